import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runInChild } from './engine/child-run.ts'
import type { ShardsPlan, ShardsRun } from './engine/shards-run.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { type Summary, summarize } from './suite/statistics.ts'

const MEBIBYTE = 1024 * 1024

/** Those that figures are made of. */
const SOME = 10
const MANY = 1000
/** Those that only the plots and the details show, and how often they are measured. */
const DRAWN = [1, 100]
const DRAWN_RUNS_MAX = 2

const RECORDS_PER_SECOND = 50_000
const RECORDS_PER_PUT = 500
const DEFAULT_SECONDS = 3
/** As AWS's defaults are. */
const MAPPING = { batchSize: 100, lanes: 1 }
const KEYS = 100_000
const WARM_UP_SECONDS = 2
const SMOKE = { recordsPerSecond: 2500, warmUpSeconds: 0.2, seconds: 0.4 }

type Runs = ReadonlyMap<number, readonly ShardsRun[]>

/**
 * Each run is a process of its own: a stream with so many shards, one mapping as AWS's defaults make it, and puts of 500
 * records at an even rate that does not wait for anything. What was not handled when the offer ended is behind; it
 * says how long that took then. The making of records is taken off the processor time: it is the same for all.
 */
export const shards = benchmark({
  name: 'shards',
  question: 'How does the cost grow with the number of shards?',
  defaultSeconds: DEFAULT_SECONDS,
  figures: {
    keptUpTen: keptUpRule(SOME),
    keptUpThousand: keptUpRule(MANY),
    drain: {
      unit: 'ms',
      meaning: 'from the end of the offer until the last record was handled, 10 and 1,000 shards',
      bound: { atMost: 1000 },
    },
    processorRatio: {
      unit: 'x',
      meaning: 'processor time of a record with 1,000 shards by that with 10',
      bound: { atMost: 1.5 },
    },
    processorPerRecord: {
      unit: 'µs',
      meaning: 'processor time of a record with 1,000 shards, put to settled, all threads',
    },
    residentMegabytes: {
      unit: 'MB',
      meaning: 'most RssAnon with 1,000 shards',
      bound: { atMost: 1000 },
    },
    iteratorAge: {
      unit: 'ms',
      meaning: "p99 of the age of an invocation's last record with 1,000 shards, from its put",
    },
  },
  async run(context) {
    const runs = await measureAll(context)
    const many = runs.get(MANY)!
    const some = runs.get(SOME)!
    const of = (shards: number, value: (run: ShardsRun) => number): Summary =>
      summarize(runs.get(shards)!.map(value))
    const everywhere = (value: (run: ShardsRun) => number) =>
      Object.fromEntries([...runs.keys()].map((shards) => [`shards${shards}`, of(shards, value)]))
    return {
      figures: {
        keptUpTen: keptUp(some),
        keptUpThousand: keptUp(many),
        drain: {
          summary: summarize(many.map((run, i) => Math.max(run.drainMs, some[i]!.drainMs))),
          details: everywhere(({ drainMs }) => drainMs),
        },
        processorRatio: {
          summary: summarize(many.map((run, i) => run.processorUs / some[i]!.processorUs)),
          details: { meanBatch: everywhere(({ batch }) => batch) },
        },
        processorPerRecord: {
          summary: of(MANY, ({ processorUs }) => processorUs),
          details: {
            ...everywhere(({ processorUs }) => processorUs),
            generator: everywhere(({ generatorUs }) => generatorUs),
          },
        },
        residentMegabytes: resident(runs),
        iteratorAge: {
          summary: of(MANY, ({ iteratorAge }) => iteratorAge.p99),
          details: {
            p50: everywhere(({ iteratorAge }) => iteratorAge.p50),
            p99: everywhere(({ iteratorAge }) => iteratorAge.p99),
            fromScheduleP99: everywhere(({ fromSchedule }) => fromSchedule.p99),
          },
        },
      },
      plots: plotsOf(runs),
    }
  },
})

function keptUpRule(shards: number) {
  return {
    unit: '%',
    meaning: `handled of ${RECORDS_PER_SECOND} records/s that are offered, ${shards} shards`,
    bound: { atLeast: 99 },
  } as const
}

/** By turns, so that what else the machine does meets all alike. */
async function measureAll(context: BenchmarkContext): Promise<Runs> {
  const found = new Map<number, ShardsRun[]>()
  const drawn = context.smoke ? [] : DRAWN
  for (const shards of [...drawn, SOME, MANY].toSorted((a, b) => a - b)) found.set(shards, [])
  for (let run = 1; run <= context.runs; run++) {
    const counts = run % 2 === 1 ? [...found.keys()] : [...found.keys()].reverse()
    for (const shards of counts) {
      if (DRAWN.includes(shards) && run > DRAWN_RUNS_MAX) continue
      context.signal.throwIfAborted()
      const result = await measure(context, shards)
      found.get(shards)!.push(result)
      context.progress(`${shards} shards, run ${run}: ${textOf(result)}`)
    }
  }
  return found
}

async function measure(context: BenchmarkContext, shards: number): Promise<ShardsRun> {
  const { scratch, seed, seconds, smoke, signal, audited } = context
  const { recordsPerSecond, ...times } = smoke
    ? SMOKE
    : { recordsPerSecond: RECORDS_PER_SECOND, warmUpSeconds: WARM_UP_SECONDS, seconds }
  const directory = mkdtempSync(join(scratch, 'shards-'))
  const plan: ShardsPlan = {
    directory,
    seed,
    shards,
    keys: KEYS,
    ...MAPPING,
    recordsPerPut: RECORDS_PER_PUT,
    putsPerSecond: recordsPerSecond / RECORDS_PER_PUT,
    ...times,
  }
  try {
    const run = await runInChild<ShardsRun>('shards', plan, signal)
    audited(run.findings)
    return run
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const textOf = ({ keptUp, behindAtEnd, drainMs, processorUs, anonymousMax }: ShardsRun): string =>
  `${keptUp.toFixed(1)} % kept up, ${behindAtEnd} records behind for ${drainMs.toFixed(0)} ms, ` +
  `${processorUs.toFixed(2)} µs a record, ${((anonymousMax ?? 0) / MEBIBYTE).toFixed(0)} MB`

const keptUp = (runs: readonly ShardsRun[]): Measured => ({
  summary: summarize(runs.map((run) => run.keptUp)),
  details: { recordsBehindAtEnd: summarize(runs.map(({ behindAtEnd }) => behindAtEnd)) },
})

/** `undefined` where /proc does not tell. */
function megabytes(runs: readonly ShardsRun[]): Summary | undefined {
  const known = runs.flatMap(({ anonymousMax }) => anonymousMax ?? [])
  if (known.length === 0) return undefined
  return summarize(known.map((bytes) => bytes / MEBIBYTE))
}

function resident(runs: Runs): Measured {
  const summary = megabytes(runs.get(MANY)!)
  if (!summary) return { missing: 'RssAnon is read from /proc, which only Linux has' }
  const others = [...runs].map(([shards, results]) => [`shards${shards}`, megabytes(results)])
  return { summary, details: Object.fromEntries(others) }
}

function plotsOf(runs: Runs): readonly Plot[] {
  const x = { label: 'shards', scale: 'log' } as const
  const line = (name: string, value: (results: readonly ShardsRun[]) => number | undefined) => ({
    name,
    points: [...runs].flatMap(([shards, results]) => {
      const y = value(results)
      return y === undefined ? [] : [[shards, y] as const]
    }),
  })
  const median = (value: (run: ShardsRun) => number) => (results: readonly ShardsRun[]) =>
    summarize(results.map(value)).median
  const processor = median(({ processorUs }) => processorUs)
  return [
    {
      title: 'Processor time of a record by shards',
      x,
      y: { label: 'µs' },
      series: [line('put to settled', processor)],
    },
    {
      title: 'Memory by shards',
      x,
      y: { label: 'MB' },
      series: [line('RssAnon', (results) => megabytes(results)?.median)],
    },
    {
      title: 'Iterator age by shards',
      x,
      y: { label: 'ms', scale: 'log' },
      series: [
        line(
          'p50',
          median(({ iteratorAge }) => iteratorAge.p50),
        ),
        line(
          'p99',
          median(({ iteratorAge }) => iteratorAge.p99),
        ),
      ],
    },
  ]
}
