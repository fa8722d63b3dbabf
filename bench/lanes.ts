import { availableParallelism } from 'node:os'
import { betweenBatchesMs, type Pace, paceOf } from './audit/pace.ts'
import { LANES } from './engine/configuration.ts'
import { type Leg, type LegRun, LegStreams, type SeriesOptions, withLegs } from './engine/legs.ts'
import { type Behaviour, roundsPerMs } from './handlers/behaviour.ts'
import { keyBound, laneOfKey } from './load/key-bound.ts'
import { alternate } from './suite/alternate.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import { type Summary, summarize } from './suite/statistics.ts'

const BATCH_SIZE = 100
const THREADS = LANES
const MANY_KEYS = 100_000
const FEW_KEYS = 64
const WAIT_MS = 10
const COMPUTE_MS = 5
/** Of the variant whose figures are details only. */
const POOLED = { threads: 2, invocationsPerThread: LANES, runsMax: 2 }

/** Records of a leg, with one lane and with ten: one to two seconds each. */
const WAITING_RECORDS = { one: 20_000, ten: 100_000 }
const COMPUTING_RECORDS = { one: 10_000, ten: 20_000 }
const SMOKE_RECORDS = { one: 1000, ten: 4000 }
const SMOKE_THREADS = 2

const PLOTTED_WAITS_MS = [0, 1, 10, 100] as const
/** Of a leg of the plot, but not fewer batches of a lane and not more records than these. */
const PLOT_LEG_MS = 300
const PLOT_BATCHES_MIN = 6
const PLOT_RECORDS_MAX = 60_000
/** What the plot has when all is at its smallest. */
const SMOKE_PLOT = { waitsMs: [0, 1], lanes: [1, LANES], batches: 2 }
/** What a batch takes besides the handler's own time, to size a leg. @unit ms */
const BATCH_COST_MS = 0.5

type Measurement = Pace & {
  readonly betweenMs: ReturnType<typeof betweenBatchesMs>
  readonly processorUs: number
}
/** Runs next to each other, on the same warm threads: of one lane, and of ten with many keys and with few. */
type Round = readonly [one: Measurement, ten: TenLanes]
type TenLanes = { readonly many: Measurement; readonly few: Measurement | undefined }

const WAITING = `handler that waits ${WAIT_MS} ms, ten threads, batches of ${BATCH_SIZE}`

/**
 * Both sides of a speed-up are mappings of one engine, which come and go while its threads stay: the pool takes a second
 * until it has ten, and each compiles the code anew. With many keys the pace is taken between two marks; with few ones
 * from the first batch to the last, since all depends on when the fullest lane is done.
 */
export const lanes = benchmark({
  name: 'lanes',
  question: 'What does parallelization buy?',
  figures: {
    speedup: {
      unit: 'x',
      meaning: `records/s of ten lanes by those of one, ${MANY_KEYS} keys: ${WAITING}`,
      bound: { atLeast: 9.5 },
    },
    ofKeyBound: {
      unit: 'x',
      meaning: `the same with ${FEW_KEYS} keys, by what they allow: keys by keys of the fullest lane`,
      bound: { atLeast: 0.95 },
    },
    batchFill: {
      unit: '%',
      meaning:
        'mean batch of ten lanes in the runs of speedup, by BatchSize: whether batches were full',
      bound: { atLeast: 99 },
    },
    betweenBatches: {
      unit: 'ms',
      meaning:
        'mean time in those runs from the end of a batch to the begin of the next of its lane',
    },
    computingSpeedup: {
      unit: 'x',
      meaning: `speed-up of ten lanes by processors: handler that computes ${COMPUTE_MS} ms`,
    },
  },
  async run(context) {
    const streams = LegStreams.create(context)
    const computes = { spinRounds: roundsPerMs() * COMPUTE_MS }
    const size = (records: typeof WAITING_RECORDS) => (context.smoke ? SMOKE_RECORDS : records)
    const waits = { behaviour: { waitMs: WAIT_MS }, records: size(WAITING_RECORDS) }
    const waiting = await compare(context, streams, { ...waits, withFewKeys: true })
    const { runsMax, ...threads } = POOLED
    const briefly = { ...context, runs: Math.min(context.runs, runsMax) }
    const pooled = await compare(briefly, streams, { ...waits, ...threads, withFewKeys: false })
    const computing = await compare(context, streams, {
      behaviour: computes,
      records: size(COMPUTING_RECORDS),
      withFewKeys: false,
    })
    return {
      figures: { ...waitingFigures(waiting, pooled), ...computingFigure(computing) },
      plots: [await plotSpeedups(context, streams, computes)],
    }
  },
})

type Comparison = Pick<SeriesOptions, 'threads' | 'invocationsPerThread'> & {
  readonly behaviour: Behaviour
  readonly records: { readonly one: number; readonly ten: number }
  readonly withFewKeys: boolean
}

async function compare(
  context: BenchmarkContext,
  streams: LegStreams,
  { behaviour, records, withFewKeys, ...threads }: Comparison,
): Promise<readonly Round[]> {
  const leg = async (lanes: number, keys: number, recordCount: number): Promise<Leg> => ({
    backlog: await streams.backlog(keys, recordCount),
    lanes,
    batchSize: BATCH_SIZE,
  })
  const one = await leg(1, MANY_KEYS, records.one)
  const many = await leg(LANES, MANY_KEYS, records.ten)
  const few = withFewKeys ? await leg(LANES, FEW_KEYS, records.ten) : undefined
  const { directory } = streams
  const use = {
    directory,
    behaviour,
    threads: threadsFor(context),
    ...threads,
    recordsMax: Math.max(records.one, records.ten),
  }
  return withLegs(use, context, async (runLeg) => {
    const measured = async (leg: Leg) => measurementOf(leg, await runLeg(leg))
    const name = JSON.stringify({ ...behaviour, ...threads })
    return alternate(
      context,
      { name: `one lane, ${name}`, run: () => measured(one) },
      {
        name: `${LANES} lanes, ${name}`,
        run: async () => ({
          many: await measured(many),
          few: few && (await measured(few)),
        }),
      },
    )
  })
}

const threadsFor = ({ smoke }: BenchmarkContext): number => (smoke ? SMOKE_THREADS : THREADS)

function measurementOf(leg: Leg, { invocations, processorUs }: LegRun): Measurement {
  const laneOf = (record: number) => laneOfKey(leg.backlog.workload.keyNumberOf(record), leg.lanes)
  return { ...paceOf(invocations), betweenMs: betweenBatchesMs(invocations, laneOf), processorUs }
}

const each = (rounds: readonly Round[], value: (round: Round) => number): Summary =>
  summarize(rounds.map(value))

const speedup = ([one, { many }]: Round): number => many.steady / one.steady

function waitingFigures(rounds: readonly Round[], pooled: readonly Round[]) {
  const fewBound = keyBound(FEW_KEYS, LANES)
  const fewSpeedup = ([one, { few }]: Round): number => few!.whole / one.whole
  return {
    speedup: {
      summary: each(rounds, speedup),
      details: {
        allowedByKeys: keyBound(MANY_KEYS, LANES),
        oneLaneRecordsPerSecond: each(rounds, ([one]) => one.steady),
        tenLanesRecordsPerSecond: each(rounds, ([, { many }]) => many.steady),
        fromFirstBatchToLast: each(rounds, ([one, { many }]) => many.whole / one.whole),
        oneLaneProcessorUsPerRecord: each(rounds, ([one]) => one.processorUs),
        tenLanesProcessorUsPerRecord: each(rounds, ([, { many }]) => many.processorUs),
        twoThreadsWithTenInvocationsEach: each(pooled, speedup),
      },
    },
    ofKeyBound: {
      summary: each(rounds, (round) => fewSpeedup(round) / fewBound),
      details: { allowedByKeys: fewBound, speedup: each(rounds, fewSpeedup) },
    },
    batchFill: {
      summary: each(rounds, ([, { many }]) => (100 * many.batch) / BATCH_SIZE),
      details: {
        oneLane: each(rounds, ([one]) => (100 * one.batch) / BATCH_SIZE),
        fewKeys: each(rounds, ([, { few }]) => (100 * few!.batch) / BATCH_SIZE),
      },
    },
    betweenBatches: betweenFigure(rounds),
  }
}

function betweenFigure(rounds: readonly Round[]) {
  const times = rounds.flatMap(([, { many }]) => many.betweenMs ?? [])
  if (times.length < rounds.length) return { missing: 'no lane had three batches' }
  const oneLane = rounds.flatMap(([{ betweenMs }]) => betweenMs ?? [])
  return {
    summary: summarize(times.map(({ mean }) => mean)),
    details: {
      median: summarize(times.map(({ median }) => median)),
      p99: summarize(times.map(({ p99 }) => p99)),
      oneLane: summarize(oneLane.map(({ mean }) => mean)),
    },
  }
}

function computingFigure(rounds: readonly Round[]) {
  const processors = availableParallelism()
  return {
    computingSpeedup: {
      summary: each(rounds, (round) => speedup(round) / processors),
      details: { processors, speedup: each(rounds, speedup) },
    },
  }
}

type PlottedHandler = {
  readonly name: string
  readonly behaviour: Behaviour
  /** Of a batch. @unit ms */
  readonly takesMs: number
}

async function plotSpeedups(
  context: BenchmarkContext,
  streams: LegStreams,
  computes: Behaviour,
): Promise<Plot> {
  const waits = context.smoke ? SMOKE_PLOT.waitsMs : PLOTTED_WAITS_MS
  const handlers: readonly PlottedHandler[] = [
    ...waits.map((ms) => ({ name: `waits ${ms} ms`, behaviour: { waitMs: ms }, takesMs: ms })),
    { name: `computes ${COMPUTE_MS} ms`, behaviour: computes, takesMs: COMPUTE_MS },
  ]
  const series: Plot['series'][number][] = []
  for (const handler of handlers)
    series.push({ name: handler.name, points: await speedupsOf(context, streams, handler) })
  return {
    title: 'Speed-up by ParallelizationFactor, for each handler',
    x: { label: 'ParallelizationFactor' },
    y: { label: 'times the records/s of one lane' },
    series,
  }
}

/** The first leg only warms the threads up. */
async function speedupsOf(
  context: BenchmarkContext,
  streams: LegStreams,
  { name, behaviour, takesMs }: PlottedHandler,
): Promise<readonly (readonly [number, number])[]> {
  const factors = context.smoke ? SMOKE_PLOT.lanes : Array.from({ length: LANES }, (_, i) => i + 1)
  const legs: Leg[] = []
  for (const lanes of factors) {
    const recordCount = plotLegRecords(takesMs, lanes, context)
    const backlog = await streams.backlog(MANY_KEYS, recordCount)
    legs.push({ backlog, lanes, batchSize: BATCH_SIZE })
  }
  const [warmUp] = legs.slice(-1)
  const all = [warmUp!, ...legs]
  const recordsMax = Math.max(...legs.map(({ backlog }) => backlog.recordCount))
  const { directory } = streams
  const paces: number[] = []
  await withLegs(
    { directory, behaviour, threads: threadsFor(context), recordsMax },
    context,
    async (runLeg) => {
      for (const leg of all) paces.push(paceOf((await runLeg(leg)).invocations).steady)
    },
  )
  const [, one, ...more] = paces
  const speedups = [1, ...more.map((pace) => pace / one!)]
  context.progress(`${name}, speed-up by lanes: ${speedups.map((x) => x.toFixed(2)).join(' ')}`)
  return factors.map((lanes, i) => [lanes, speedups[i]!] as const)
}

/** Whole batches in each lane. */
function plotLegRecords(takesMs: number, lanes: number, { smoke }: BenchmarkContext): number {
  const inTime = Math.ceil(PLOT_LEG_MS / (takesMs + BATCH_COST_MS))
  const batches = smoke ? SMOKE_PLOT.batches : Math.max(PLOT_BATCHES_MIN, inTime)
  return Math.min(PLOT_RECORDS_MAX, batches * lanes * BATCH_SIZE)
}
