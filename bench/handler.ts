import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UsageError } from '../lib/cli/command-context.ts'
import { loadConfiguration } from '../lib/settings/load-configuration.ts'
import type { Sampled } from './measure/sampler.ts'
import {
  type BenchmarkContext,
  benchmark,
  type Outcome,
  type Plot,
  type TrialOptions,
} from './suite/benchmark.ts'
import type { FigureRule, Measured } from './suite/figure.ts'
import { summarize } from './suite/statistics.ts'
import type { LatencyHistogram } from './timing/latency-histogram.ts'
import { type Trial, trialOf } from './trial/trial-configuration.ts'
import { RefusedRecord } from './trial/trial-load.ts'
import { generateRecords, readRecords, type TrialRecords } from './trial/trial-records.ts'
import { runTrial, TRIAL_RECORDS_MAX, type TrialPlan, type TrialRun } from './trial/trial-run.ts'
import { readTimes, type TrialTimes } from './trial/trial-times.ts'

const DEFAULT_SECONDS = 30
/** Before anything counts: a share of the duration, at most so long. @unit s */
const WARM_UP_SHARE = 0.2
const WARM_UP_SECONDS_MAX = 5
/** Of the calls: more have hardly to do with the function. */
const FAILING_SHARE = 0.5
const COMMAND = 'millrace bench'
const RECORDS_TEXT = TRIAL_RECORDS_MAX.toLocaleString('en')

const count = (meaning: string): FigureRule => ({ unit: '', meaning })
const milliseconds = (meaning: string): FigureRule => ({ unit: 'ms', meaning })

const FIGURES = {
  recordsPerSecond: { unit: 'records/s', meaning: 'records that the function was done with' },
  invocations: count('calls of the function'),
  errors: count('calls that failed, told of failed items, or never came to an end'),
  failedBatches: count('batches that were given up by the rules of the mapping'),
  unfinished: count('records that were still to be settled half a minute after the last put'),
  durationP50: milliseconds('how long a call of the function takes: half of them'),
  durationP99: milliseconds('how long a call of the function takes: 99 %'),
  putToHandlerP50: milliseconds('from the call of put to the function: half of the records'),
  putToHandlerP99: milliseconds('from the call of put to the function: 99 %'),
  putToHandlerP999: milliseconds('from the call of put to the function: 99.9 %'),
  processorPerRecord: {
    unit: 'µs',
    meaning: 'processor time of the whole process for a record, function and generator included',
  },
} as const satisfies Readonly<Record<string, FigureRule>>

/**
 * A user's own function on a stream of the benchmark's own: nothing of theirs is read, sent or changed, but by the
 * function itself. It is wrapped, so that the audit goes by what it saw and answered.
 */
export const handler = benchmark({
  name: 'handler',
  question: 'How fast is your own function?',
  figures: FIGURES,
  defaultSeconds: DEFAULT_SECONDS,
  isAskedFor: true,
  async run(context) {
    const { trial: options, scratch } = context
    if (!options) throw new UsageError('handler needs --config FILE: whose function', COMMAND)
    const directory = mkdtempSync(join(scratch, 'handler-'))
    try {
      const trial = await prepare(options, directory)
      for (const note of trial.notes) context.progress(note)
      const records = await recordsOf(trial, options, context.seed)
      const run = await runTrial(trial, records, planOf(context, options)).catch(asUsage)
      context.audited(run.findings)
      const times = readTimes(run)
      if (times.errors > times.invocations * FAILING_SHARE && options.recordsFile === undefined)
        context.progress('most calls failed: if it needs records of your own, give --records FILE')
      return outcomeOf(run, times)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
})

async function prepare({ config, mapping }: TrialOptions, directory: string): Promise<Trial> {
  const { configuration } = await loadConfiguration({
    workingDirectory: process.cwd(),
    environment: process.env,
    flags: { config },
    whenMissing: 'refuse',
  })
  const trial = trialOf(configuration, { directory, ...(mapping === undefined ? {} : { mapping }) })
  if ('refused' in trial) throw new UsageError(`${config}: ${trial.refused}`, COMMAND)
  return trial
}

async function recordsOf(
  { stream }: Trial,
  { recordsFile }: TrialOptions,
  seed: number,
): Promise<TrialRecords> {
  if (recordsFile === undefined) return generateRecords(stream.keySchema, seed)
  const records = await readRecords(resolve(recordsFile), stream.keySchema)
  if ('refused' in records) throw new UsageError(`${recordsFile}: ${records.refused}`, COMMAND)
  return records
}

function planOf({ seconds, signal }: BenchmarkContext, { ratePerSecond }: TrialOptions): TrialPlan {
  const warmUpSeconds = Math.min(WARM_UP_SECONDS_MAX, seconds * WARM_UP_SHARE)
  if ((ratePerSecond ?? 0) * (warmUpSeconds + seconds) > TRIAL_RECORDS_MAX)
    throw new UsageError(
      `--rate for that long makes more than ${RECORDS_TEXT} records, which the audit has no space for`,
      COMMAND,
    )
  return { ratePerSecond, warmUpSeconds, seconds, signal }
}

/** What is wrong with a user's records is no failure of the benchmark. */
function asUsage(error: unknown): never {
  if (error instanceof RefusedRecord) throw new UsageError(error.message, COMMAND)
  throw error
}

function outcomeOf(run: TrialRun, times: TrialTimes): Outcome<keyof typeof FIGURES> {
  const one = (value: number): Measured => ({ summary: summarize([value]) })
  const { duration, putToHandler, records, seconds } = times
  const noRate = 'records wait for one another as fast as it goes: give --rate'
  const notCalled =
    times.invocations > 0
      ? 'no call came to a good end while it counted'
      : 'the function was not called while it counted: does the filter pass anything?'
  const at = (histogram: LatencyHistogram, percentile: number, missing: string): Measured =>
    histogram.count === 0 ? { missing } : one(histogram.at(percentile))
  const put = (percentile: number) =>
    at(putToHandler, percentile, run.timetable ? notCalled : noRate)
  const { retries, splits, filtered, delivered } = run.ledger
  return {
    figures: {
      recordsPerSecond: {
        ...one(records / seconds),
        details: { seconds, ledger: { delivered, filtered, retries, splits } },
      },
      invocations: one(times.invocations),
      errors: one(times.errors),
      failedBatches: one(run.failedBatches),
      unfinished: one(run.unfinished),
      durationP50: at(duration, 50, notCalled),
      durationP99: at(duration, 99, notCalled),
      putToHandlerP50: put(50),
      putToHandlerP99: put(99),
      putToHandlerP999: put(99.9),
      processorPerRecord: records === 0 ? { missing: notCalled } : one(times.processorUs / records),
    },
    plots: [percentilePlot(times), ...overTimePlots(run.sampled)],
  }
}

function percentilePlot({ duration, putToHandler }: TrialTimes): Plot {
  return {
    title: 'Times by percentile',
    x: { label: 'percentile', scale: 'percentile' },
    y: { label: 'ms', scale: 'log' },
    series: [
      { name: 'a call of the function', points: duration.percentiles },
      { name: 'a record, from put', points: putToHandler.percentiles },
    ].filter(({ points }) => points.length > 0),
  }
}

/** The warm-up is in them. */
function overTimePlots({ series }: Sampled): readonly Plot[] {
  const x = { label: 's' }
  return [
    {
      title: 'Throughput',
      x,
      y: { label: 'records/s' },
      series: [{ name: 'given to the function', points: series.throughput }],
    },
    {
      title: 'Memory',
      x,
      y: { label: 'MB' },
      series: [{ name: 'RssAnon', points: series.memory }],
    },
    {
      title: 'Processor',
      x,
      y: { label: '% of one processor' },
      series: [
        { name: 'all threads', points: series.processor },
        { name: "main thread's collector", points: series.gc },
      ],
    },
    {
      title: 'Event loop of the main thread',
      x,
      y: { label: 'ms late' },
      series: [{ name: 'longest', points: series.loopDelay }],
    },
  ]
}
