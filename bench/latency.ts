import { type OpenLoopRun, runOpenLoop } from './engine/open-loop-run.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import type { Bound, FigureRule, Measured } from './suite/figure.ts'
import { summarize } from './suite/statistics.ts'
import { type Latency, LatencyHistogram } from './timing/latency-histogram.ts'

/** The bounds are those of the middle one. */
const MAIN_RATE = 10_000
const RATES = [1000, MAIN_RATE, 50_000] as const
/** Threads start, and for seconds after that the compiler takes a processor for itself. @unit s */
const WARM_UP_SECONDS = 10
/** What is counted of a run: the handlers' log holds every record of it. @unit s */
const SECONDS_MAX = 120
/** Where it only has to work. @unit s */
const SMOKE = { warmUpSeconds: 0.2, seconds: 0.4 } as const

type Percentile = 'p50' | 'p99'
/** Where a record's time begins. */
type From = 'fromCall' | 'fromSchedule' | 'lag'

const rule = (meaning: string, bound?: Bound): FigureRule => ({
  unit: 'ms',
  meaning,
  ...(bound ? { bound } : {}),
})
const fromPut = (percentile: string, rate: number) =>
  `from the call of put with one record until a handler has it, at ${rate} records/s: ${percentile}`
const fromDue = (percentile: string, rate: number) =>
  `from when the record was due to be put until a handler has it, at ${rate} records/s: ${percentile}`

/**
 * An open loop: records are due evenly, and are put whether earlier ones have arrived or not. From the call of `put` it
 * is what the engine takes; from the schedule the generator's own lateness, which shares a thread with the engine,
 * counts as well, so that nothing which was slow hides what it has held up.
 */
export const latency = benchmark({
  name: 'latency',
  question: 'How long does a record take from its put to its handler?',
  figures: {
    putToHandlerP50: rule(fromPut('half of them', MAIN_RATE), { atMost: 1 }),
    putToHandlerP99: rule(fromPut('99 %', MAIN_RATE), { atMost: 5 }),
    scheduleToHandlerP50: rule(fromDue('half of them', MAIN_RATE), { atMost: 2 }),
    scheduleToHandlerP99: rule(fromDue('99 %', MAIN_RATE)),
    generatorLagP99: rule(
      `from when a record was due until the generator called put, at ${MAIN_RATE} records/s: 99 %`,
    ),
    iteratorAgeP99: rule(
      `what the engine tells as its iterator age, at ${MAIN_RATE} records/s: 99 % of the looks`,
    ),
    slowPutToHandlerP50: rule(fromPut('half of them', RATES[0])),
    slowPutToHandlerP99: rule(fromPut('99 %', RATES[0])),
    fastPutToHandlerP50: rule(fromPut('half of them', RATES[2])),
    fastPutToHandlerP99: rule(fromPut('99 %', RATES[2])),
  },
  async run(context) {
    if (context.seconds > SECONDS_MAX)
      context.progress(
        `latency counts ${SECONDS_MAX} s of each run, and no more; soak goes on for longer`,
      )
    const byRate = new Map<number, OpenLoopRun[]>(RATES.map((rate) => [rate, []]))
    for (let run = 1; run <= context.runs; run++)
      for (const rate of RATES) byRate.get(rate)!.push(await measure(context, rate, run))
    const figure = (rate: number, from: From, percentile: Percentile) =>
      latencyFigure(byRate.get(rate)!, from, percentile)
    const [slow, , fast] = RATES
    return {
      figures: {
        putToHandlerP50: figure(MAIN_RATE, 'fromCall', 'p50'),
        putToHandlerP99: figure(MAIN_RATE, 'fromCall', 'p99'),
        scheduleToHandlerP50: figure(MAIN_RATE, 'fromSchedule', 'p50'),
        scheduleToHandlerP99: figure(MAIN_RATE, 'fromSchedule', 'p99'),
        generatorLagP99: figure(MAIN_RATE, 'lag', 'p99'),
        iteratorAgeP99: iteratorAgeFigure(byRate.get(MAIN_RATE)!),
        slowPutToHandlerP50: figure(slow, 'fromCall', 'p50'),
        slowPutToHandlerP99: figure(slow, 'fromCall', 'p99'),
        fastPutToHandlerP50: figure(fast, 'fromCall', 'p50'),
        fastPutToHandlerP99: figure(fast, 'fromCall', 'p99'),
      },
      plots: [percentilePlot(byRate), overTimePlot(byRate)],
    }
  },
})

async function measure(
  context: BenchmarkContext,
  ratePerSecond: number,
  run: number,
): Promise<OpenLoopRun> {
  context.signal.throwIfAborted()
  const seconds = Math.min(context.seconds, SECONDS_MAX)
  const length = context.smoke ? SMOKE : { warmUpSeconds: WARM_UP_SECONDS, seconds }
  const measured = await runOpenLoop(context, { ratePerSecond, ...length })
  const { p50, p99 } = measured.fromCall.latency
  context.progress(
    `latency, ${ratePerSecond} records/s, run ${run}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  )
  return measured
}

/** Of the runs the median; the whole distribution beside it. */
function latencyFigure(runs: readonly OpenLoopRun[], from: From, percentile: Percentile): Measured {
  const each = runs.map((run) => run[from].latency)
  const of = (member: keyof Latency) => summarize(each.map((latency) => latency[member]))
  return {
    summary: of(percentile),
    details: { p90: of('p90'), p999: of('p999'), p9999: of('p9999'), slowest: of('max') },
  }
}

function iteratorAgeFigure(runs: readonly OpenLoopRun[]): Measured {
  const each = runs.map(({ iteratorAges }) => iteratorAges.toSorted((a, b) => a - b))
  if (each.some((ages) => ages.length === 0)) return { missing: 'the run was too short to look' }
  return {
    summary: summarize(each.map((ages) => ages[Math.ceil(ages.length * 0.99) - 1]!)),
    details: { oldest: summarize(each.map((ages) => ages.at(-1)!)) },
  }
}

type ByRate = ReadonlyMap<number, readonly OpenLoopRun[]>

/** Of all runs together. */
function percentilePlot(byRate: ByRate): Plot {
  const line = (runs: readonly OpenLoopRun[], from: From) =>
    new LatencyHistogram().merge(runs.map((run) => run[from])).percentiles
  return {
    title: 'Put to handler by percentile',
    x: { label: 'percentile', scale: 'percentile' },
    y: { label: 'ms', scale: 'log' },
    series: [...byRate].flatMap(([rate, runs]) => [
      { name: `${rate}/s, from put`, points: line(runs, 'fromCall') },
      { name: `${rate}/s, from schedule`, points: line(runs, 'fromSchedule') },
    ]),
  }
}

/** Of the last run. */
function overTimePlot(byRate: ByRate): Plot {
  return {
    title: 'Put to handler over time',
    x: { label: 'time', scale: 'time' },
    y: { label: 'ms', scale: 'log' },
    series: [...byRate].flatMap(([rate, runs]) => {
      const { p50, p99 } = runs.at(-1)!.overTime.lines
      return [
        { name: `${rate}/s, p50`, points: p50 },
        { name: `${rate}/s, p99`, points: p99 },
      ]
    }),
  }
}
