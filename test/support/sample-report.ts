import { NO_AUDITS } from '../../bench/audit/run-audit.ts'
import type { Plot } from '../../bench/suite/benchmark.ts'
import { type Bound, type FigureRule, type Figures, figureOf } from '../../bench/suite/figure.ts'
import type { BenchmarkReport, Report } from '../../bench/suite/report.ts'
import { summarize } from '../../bench/suite/statistics.ts'
import { BENCHMARKS } from '../../bench/suite/suite.ts'

/** As many benchmarks as issue 5 has, in case that the suite has fewer yet. */
const BENCHMARK_COUNT = 13
const RUNS = 5

/** A report of the suite with made-up numbers: each benchmark, and `plotCount` plots of `pointCount` points. */
export function sampleReport(plotCount: number, pointCount: number): Report {
  const names = Array.from(
    { length: BENCHMARK_COUNT },
    (_, i) => BENCHMARKS[i]?.name ?? `benchmark-${i + 1}`,
  )
  return {
    reportVersion: 1,
    commandLine: ['bench', '--threshold', 'lost==0', 'p99<50ms', '--html', 'report.html'],
    seed: 20_260_101,
    records: 3_000_000,
    tableRecords: 50_000,
    runs: RUNS,
    seconds: null,
    java: true,
    smoke: false,
    machine: {
      processor: 'AMD EPYC 7B13',
      processors: 2,
      memoryBytes: 8 * 1024 ** 3,
      system: 'Linux 6.1.0',
      loadBefore: 0.08,
    },
    node: 'v20.20.2',
    commit: '0123456789ab',
    begunAt: '2026-01-31T12:34:56.789Z',
    endedAt: '2026-01-31T12:58:01.234Z',
    warnings: [],
    thresholds: [threshold('lost==0', 'lost', 0), threshold('ratio>=1', 'ceiling.ratio', 1.31)],
    benchmarks: names.map((name, i) => ({
      ...sampleBenchmark(name, figuresOf(BENCHMARKS[i]?.figures ?? BENCHMARKS[0]!.figures)),
      plots: Array.from({ length: plotCount }, (_, k) => k)
        .filter((k) => k % BENCHMARK_COUNT === i)
        .map((k) => samplePlot(k, pointCount)),
    })),
  }
}

/** One benchmark that audited clean, without plots. */
export function sampleBenchmark(name: string, figures: Figures): BenchmarkReport {
  return {
    name,
    question: 'How close does the engine come to what the machine can do?',
    seconds: 104.2,
    audit: { ...NO_AUDITS, runs: 12, invocations: 360_000, deliveries: 36_000_000 },
    noise: { spinSpread: 2.1, stolen: 0 },
    figures,
    rivals: [],
    plots: [],
  }
}

/** Measured where a bound is, or a summary of five runs about 100. */
export const sampleFigure = (rule: Partial<FigureRule> & { readonly value?: number }) => {
  const { value = 100, ...given } = rule
  const samples = Array.from({ length: RUNS }, (_, i) => value * (1 + (i - 2) * 0.013))
  return figureOf(
    { unit: 'x', meaning: 'records/s of one by those of the other', ...given },
    {
      summary: summarize(samples),
      details: { wholeDrain: summarize(samples), engineRecordsPerSecond: summarize(samples) },
    },
  )
}

function figuresOf(rules: Readonly<Record<string, FigureRule>>): Figures {
  return Object.fromEntries(
    Object.entries(rules).map(([id, rule]) => [
      id,
      sampleFigure({ ...rule, value: rule.bound ? withinBound(rule.bound) : 412_345 }),
    ]),
  )
}

const withinBound = (bound: Bound): number =>
  'atLeast' in bound ? bound.atLeast * 1.1 : bound.atMost * 0.9

const threshold = (expression: string, name: string, value: number) => ({
  expression,
  passed: true,
  judged: [{ name, value, unit: '', limit: 0, passed: true }],
})

/** One of each kind of axes, in turn. */
function samplePlot(index: number, pointCount: number): Plot {
  const kinds = [throughputOverTime, latencyByPercentile, throughputBySize, speedupByLanes]
  return kinds[index % kinds.length]!(pointCount)
}

/** A value about `middle` that moves as measured ones do. */
const moving = (i: number, middle: number): number =>
  middle * (1 + 0.05 * Math.sin(i / 7) + 0.02 * Math.sin(i * 12.9898))

const points = (count: number, at: (i: number) => readonly [number, number]) =>
  Array.from({ length: count }, (_, i) => at(i))

const throughputOverTime = (count: number): Plot => ({
  title: 'Throughput over time',
  x: { label: 'time', scale: 'time' },
  y: { label: 'records/s' },
  series: [{ name: 'delivered', points: points(count, (i) => [i / 2, moving(i, 431_234.567)]) }],
})

const latencyByPercentile = (count: number): Plot => ({
  title: 'Latency by percentile, from the scheduled time',
  x: { label: 'percentile', scale: 'percentile' },
  y: { label: 'ms', scale: 'log' },
  series: [
    {
      name: '10,000 records/s',
      points: points(count, (i) => [
        100 * (1 - 10 ** ((-4 * i) / count)),
        0.41234 * 1.9 ** ((4 * i) / count),
      ]),
    },
  ],
})

const throughputBySize = (count: number): Plot => ({
  title: 'Throughput by batch size',
  x: { label: 'BatchSize', scale: 'log' },
  y: { label: 'records/s', scale: 'log' },
  series: ['engine', 'bare loop'].map((name, which) => ({
    name,
    points: points(count / 2, (i) => {
      const size = 10 ** (1 + (i * 6) / count)
      return [size, (1e6 * size) / (size + 120 + which * 90)]
    }),
  })),
})

const speedupByLanes = (count: number): Plot => ({
  title: 'Speed-up by ParallelizationFactor',
  x: { label: 'ParallelizationFactor' },
  y: { label: 'x of one lane' },
  series: ['10 ms', '100 ms', '1 ms', '0 ms', 'processor-bound'].map((name, which) => ({
    name,
    points: points(count / 5, (i) => {
      const lanes = 1 + (i * 45) / count
      return [lanes, lanes / (1 + which * 0.09 * lanes)]
    }),
  })),
})
