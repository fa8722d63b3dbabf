import type { Drain } from './audit/run-audit.ts'
import { drainWithEngine, type EngineDrain } from './engine/drain.ts'
import { GROWTH, measureMemory, RESIDENT } from './engine/memory.ts'
import { drainBare, readEvents } from './rivals/bare-loop.ts'
import { clonePoolFacts, drainWithClonePool } from './rivals/clone-pool.ts'
import { alternate } from './suite/alternate.ts'
import { type BenchmarkContext, benchmark } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { type Summary, summarize } from './suite/statistics.ts'

/** `BatchSize` of the figures that are not of several. */
const BATCH_SIZE = 100
const BATCH_SIZES = [10, 100, 1000, 10_000] as const
/** Of the backlog: the clone pool is slow, and as slow with fewer records. */
const CLONE_POOL_SHARE = 0.2
/** Events that the clone pool is given again and again. */
const CLONE_POOL_EVENTS = 100

type Pair = readonly [engine: Drain, rival: Drain]

const ratioOf = (size: number) =>
  `records/s of the engine (ten lanes, two threads, durable positions) by those of one thread that reads, decodes and calls, batches of ${size}`
const RATIO_BOUND = { atLeast: 1.2, aim: 1.5 } as const

/**
 * The code of the bare loop stays compiled from one run to the next while the engine's threads begin anew in each, so
 * both are compared between two marks of the handlers' count, where both are warm and the engine's read-ahead is as
 * full at the second as at the first: nothing that was done before the clock is counted. The same over the whole drain
 * is in the details, and so is the processor time of a record, which tells more than a clock on a busy machine.
 */
export const ceiling = benchmark({
  name: 'ceiling',
  question: 'How close does the engine come to what the machine can do?',
  figures: {
    ratio: { unit: 'x', meaning: ratioOf(100), bound: RATIO_BOUND },
    ratio1000: { unit: 'x', meaning: ratioOf(1000), bound: RATIO_BOUND },
    ratio10: { unit: 'x', meaning: ratioOf(10) },
    ratio10000: { unit: 'x', meaning: ratioOf(10_000) },
    recordsPerSecond: {
      unit: 'records/s',
      meaning: 'what the engine delivers to a handler that does nothing, batches of 100',
    },
    processorPerRecord: {
      unit: 'µs',
      meaning: 'processor time of the engine for a record, all threads, batches of 100',
    },
    versusClonePool: {
      unit: 'x',
      meaning: 'records/s of the engine by those of a piscina pool that is given record objects',
      bound: { atLeast: 4, aim: 6 },
    },
    durableOverhead: {
      unit: 'x',
      meaning: 'time of a drain with durable positions by that with positions in memory',
      bound: { atMost: 1.05 },
    },
    residentMegabytes: RESIDENT,
    residentGrowth: GROWTH,
  },
  async run(context) {
    const backlog = await context.backlog()
    const engine = (drain: EngineDrain) => ({
      name: `engine, BatchSize ${drain.batchSize}, ${drain.durability ?? 'durable'}`,
      run: () => drainWithEngine(backlog, drain, context),
    })
    const bySize = new Map<number, readonly Pair[]>()
    for (const batchSize of BATCH_SIZES) {
      const bare = {
        name: `bare loop, events of ${batchSize}`,
        run: () => drainBare(backlog, batchSize, context),
      }
      bySize.set(batchSize, await alternate(context, engine({ batchSize }), bare))
    }
    const durable = await alternate(
      context,
      engine({ batchSize: BATCH_SIZE }),
      engine({ batchSize: BATCH_SIZE, durability: 'memory' }),
    )
    const ratio = (size: number) => ratioFigure(bySize.get(size)!)
    const hundred = bySize.get(BATCH_SIZE)!.map(([drain]) => drain)
    return {
      figures: {
        ratio: ratio(100),
        ratio1000: ratio(1000),
        ratio10: ratio(10),
        ratio10000: ratio(10_000),
        recordsPerSecond: { summary: summarize(hundred.map(({ steady }) => steady)) },
        processorPerRecord: { summary: summarize(hundred.map(({ processorUs }) => processorUs)) },
        versusClonePool: await versusClonePool(context),
        durableOverhead: durableOverhead(durable),
        ...(await measureMemory(context, backlog)),
      },
      plots: [
        {
          title: 'Throughput by batch size',
          x: { label: 'BatchSize', scale: 'log' },
          y: { label: 'records/s' },
          series: ['engine', 'bare loop'].map((name, which) => ({
            name,
            points: BATCH_SIZES.map((size) => {
              const drains = bySize.get(size)!.map((pair) => pair[which]!.steady)
              return [size, summarize(drains).median] as const
            }),
          })),
        },
      ],
    }
  },
})

const each = (pairs: readonly Pair[], value: (pair: Pair) => number): Summary =>
  summarize(pairs.map(value))

const ratioFigure = (pairs: readonly Pair[]): Measured => ({
  summary: each(pairs, ([engine, bare]) => engine.steady / bare.steady),
  details: {
    wholeDrain: each(pairs, ([engine, bare]) => engine.whole / bare.whole),
    engineRecordsPerSecond: each(pairs, ([engine]) => engine.steady),
    bareLoopRecordsPerSecond: each(pairs, ([, bare]) => bare.steady),
    engineProcessorUsPerRecord: each(pairs, ([engine]) => engine.processorUs),
    bareLoopProcessorUsPerRecord: each(pairs, ([, bare]) => bare.processorUs),
  },
})

const durableOverhead = (pairs: readonly Pair[]): Measured => ({
  summary: each(pairs, ([durable, memory]) => memory.whole / durable.whole),
  details: {
    steady: each(pairs, ([durable, memory]) => memory.steady / durable.steady),
    processor: each(pairs, ([durable, memory]) => durable.processorUs / memory.processorUs),
  },
})

async function versusClonePool(context: BenchmarkContext): Promise<Measured> {
  const backlog = await context.backlog()
  const events = await readEvents(backlog, BATCH_SIZE, CLONE_POOL_EVENTS)
  const rounds = Math.ceil((backlog.recordCount * CLONE_POOL_SHARE) / BATCH_SIZE)
  const pairs = await alternate(
    context,
    {
      name: 'engine',
      run: () => drainWithEngine(backlog, { batchSize: BATCH_SIZE }, context),
    },
    { name: 'clone pool', run: () => drainWithClonePool(events, rounds * BATCH_SIZE) },
  )
  return {
    summary: each(pairs, ([engine, pool]) => engine.steady / pool.steady),
    rival: clonePoolFacts(),
    details: {
      clonePoolRecordsPerSecond: each(pairs, ([, pool]) => pool.steady),
      clonePoolProcessorUsPerRecord: each(pairs, ([, pool]) => pool.processorUs),
    },
  }
}
