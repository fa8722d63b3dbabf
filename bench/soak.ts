import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { AuditFailure } from './audit/run-audit.ts'
import type { SoakEnd, SoakLine, SoakPlan, SoakSample } from './engine/soak-run.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { summarize } from './suite/statistics.ts'
import { type Trend, trendOf } from './timing/trend.ts'

const RATE = 5000
const SMOKE = { ratePerSecond: 1000, seconds: 2 } as const
const SAMPLES = 600
const SAMPLE_SECONDS_MIN = 0.1
/** Of the progress that is told. */
const TELL_SHARE = 0.1
/** Until then a process still makes itself at home: heaps find their size, code is compiled. @unit s */
const SETTLED_SECONDS = 300
const MEBIBYTE = 1024 * 1024
const HOUR_SECONDS = 3600

/**
 * An engine in a process of its own under an even load: busy and idle keys, changes of all three kinds, handlers that
 * fail now and then. What its handlers see is checked while it runs. The slope of RssAnon is that of the second half.
 */
export const soak = benchmark({
  name: 'soak',
  question: 'Does it stay flat?',
  figures: {
    anonymousSlope: {
      unit: 'MB/h',
      meaning: 'by how much RssAnon grows, the slope of a line through the second half',
    },
    anonymousSlopeAtLeast: {
      unit: 'MB/h',
      meaning:
        'lower end of the interval that holds this slope in 19 cases of 20; 0 or less cannot be told from flat',
      bound: { atMost: 0 },
    },
    latencyDrift: {
      unit: 'x',
      meaning: 'p99 from put to handler in the last quarter by that in the second',
    },
    putToHandlerP50: {
      unit: 'ms',
      meaning: "from the call of put to the handler, second half: median of the samples' p50",
    },
    putToHandlerP99: {
      unit: 'ms',
      meaning: "from the call of put to the handler, second half: median of the samples' p99",
    },
    recordsPerSecond: { unit: 'records/s', meaning: 'what was handled of what was offered' },
    processorPerRecord: {
      unit: 'µs',
      meaning: 'processor time of the whole process for a record, the generator included',
    },
    loopDelayP99: {
      unit: 'ms',
      meaning:
        "how late the event loop of the engine's main thread was: median of the samples' p99",
    },
  },
  defaultSeconds: 60,
  aloneSeconds: HOUR_SECONDS,
  async run(context) {
    const { samples, end } = await soakInChild(context)
    context.audited(end.findings)
    const middle = summarize(samples.map(({ atSeconds }) => atSeconds)).median
    const second = samples.filter(({ atSeconds }) => atSeconds >= middle)
    const records = samples.reduce((sum, sample) => sum + sample.records, 0)
    const spanSeconds = samples.at(-1)!.atSeconds
    const [, early, , late] = end.quarters
    const one = (value: number): Measured => ({ summary: summarize([value]) })
    const ofSecondHalf = (value: (sample: SoakSample) => number | null): Measured => {
      const values = second.flatMap((sample) => value(sample) ?? [])
      return values.length === 0
        ? { missing: 'nothing came in the second half' }
        : { summary: summarize([summarize(values).median]) }
    }
    return {
      figures: {
        ...slopeFigures(second, spanSeconds),
        latencyDrift: {
          summary: summarize([late!.p99 / early!.p99]),
          details: { quarters: end.quarters },
        },
        putToHandlerP50: ofSecondHalf(({ p50 }) => p50),
        putToHandlerP99: ofSecondHalf(({ p99 }) => p99),
        recordsPerSecond: one(records / spanSeconds),
        processorPerRecord: one(end.processorUsPerRecord),
        loopDelayP99: ofSecondHalf(({ loopDelayP99 }) => loopDelayP99),
      },
      plots: plotsOf(samples),
    }
  },
})

/** @param samples of the second half. @param seconds of the whole. */
function slopeFigures(
  samples: readonly SoakSample[],
  seconds: number,
): { readonly anonymousSlope: Measured; readonly anonymousSlopeAtLeast: Measured } {
  const points = samples.flatMap(({ atSeconds, anonymous }) =>
    anonymous === null ? [] : [[atSeconds / HOUR_SECONDS, anonymous / MEBIBYTE] as const],
  )
  if (points.length === 0)
    return both({ missing: 'RssAnon is read from /proc, which only Linux has' })
  const trend = trendOf(points)
  if (!trend) return both({ missing: 'too short to tell: give a longer --duration' })
  const anonymousSlope: Measured = { summary: summarize([trend.slope]), details: detailsOf(trend) }
  if (seconds < SETTLED_SECONDS)
    return {
      anonymousSlope,
      anonymousSlopeAtLeast: {
        missing: 'a process still warms up in its first minutes: give --duration 10m',
      },
    }
  return {
    anonymousSlope,
    anonymousSlopeAtLeast: { summary: summarize([trend.interval[0]]), details: detailsOf(trend) },
  }
}

const both = (measured: Measured) => ({
  anonymousSlope: measured,
  anonymousSlopeAtLeast: measured,
})

const detailsOf = ({ standardError, interval, isDistinguishable }: Trend) => ({
  standardError,
  interval,
  isDistinguishable,
})

function plotsOf(samples: readonly SoakSample[]): readonly Plot[] {
  const line = (name: string, value: (sample: SoakSample, i: number) => number | null) => ({
    name,
    points: samples.flatMap((sample, i) => {
      const y = value(sample, i)
      return y === null ? [] : [[sample.atSeconds, y] as const]
    }),
  })
  const x = { label: 'time', scale: 'time' } as const
  const rate = ({ atSeconds, records }: SoakSample, i: number) =>
    records / (atSeconds - (samples[i - 1]?.atSeconds ?? 0))
  const megabytes = ({ anonymous }: SoakSample) =>
    anonymous === null ? null : anonymous / MEBIBYTE
  return [
    { title: 'Throughput', x, y: { label: 'records/s' }, series: [line('handled', rate)] },
    { title: 'Memory', x, y: { label: 'MB' }, series: [line('RssAnon', megabytes)] },
    {
      title: 'Put to handler',
      x,
      y: { label: 'ms', scale: 'log' },
      series: [line('p50', ({ p50 }) => p50), line('p99', ({ p99 }) => p99)],
    },
    {
      title: 'Event loop of the main thread',
      x,
      y: { label: 'ms late' },
      series: [line('p99', ({ loopDelayP99 }) => loopDelayP99)],
    },
    {
      title: 'Processor',
      x,
      y: { label: '% of one processor' },
      series: [
        line('all threads', ({ processor }) => processor),
        line("main thread's collector", ({ collector }) => collector),
      ],
    },
  ]
}

/** @throws AuditFailure */
async function soakInChild({
  scratch,
  seed,
  seconds,
  smoke,
  signal,
  progress,
}: BenchmarkContext): Promise<{ readonly samples: readonly SoakSample[]; readonly end: SoakEnd }> {
  const size = smoke ? SMOKE : { ratePerSecond: RATE, seconds }
  const sampleSeconds = Math.max(SAMPLE_SECONDS_MIN, size.seconds / SAMPLES)
  const directory = mkdtempSync(join(scratch, 'soak-'))
  const plan: SoakPlan = { directory, seed, sampleSeconds, ...size }
  const file = fileURLToPath(new URL('engine/soak-run.js', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const exited = once(child, 'exit')
  // An abort may come while the lines are read; it is thrown below.
  exited.catch(() => {})
  const complained = text(child.stderr)
  const samples: SoakSample[] = []
  let end: SoakEnd | undefined
  let toldSeconds = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as SoakLine
    if (told.type === 'violation') throw new AuditFailure(told.message)
    if (told.type === 'end') end = told
    if (told.type !== 'sample') continue
    samples.push(told)
    if (told.atSeconds - toldSeconds < size.seconds * TELL_SHARE) continue
    toldSeconds = told.atSeconds
    progress(`soak, ${sampleText(told)}`)
  }
  const [exitCode] = await exited
  rmSync(directory, { recursive: true, force: true })
  if (exitCode !== 0 || !end || samples.length === 0)
    throw new AuditFailure(`soak: the process failed: ${await complained}`)
  return { samples, end }
}

const sampleText = ({ atSeconds, anonymous, p50, p99 }: SoakSample): string =>
  `after ${atSeconds.toFixed(0)} s: RssAnon ${((anonymous ?? 0) / MEBIBYTE).toFixed(0)} MB, ` +
  `p50 ${(p50 ?? 0).toFixed(2)} ms, p99 ${(p99 ?? 0).toFixed(2)} ms`
