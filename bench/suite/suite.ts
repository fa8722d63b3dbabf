import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addFindings, NO_AUDITS } from '../audit/run-audit.ts'
import { ceiling } from '../ceiling.ts'
import { failure } from '../failure.ts'
import { filters } from '../filters.ts'
import { handler } from '../handler.ts'
import { ingest } from '../ingest.ts'
import { lanes } from '../lanes.ts'
import { latency } from '../latency.ts'
import { type Backlog, writeBacklog } from '../load/backlog.ts'
import { Workload } from '../load/workload.ts'
import { order } from '../order.ts'
import { recovery } from '../recovery.ts'
import { shards } from '../shards.ts'
import { soak } from '../soak.ts'
import { sources } from '../sources.ts'
import { windows } from '../windows.ts'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { type FigureRule, type Figures, figureOf, type Measured, type Rival } from './figure.ts'
import { loadWarnings, noiseWarnings, watchNoise } from './noise.ts'
import { type BenchmarkReport, describeSurroundings, type Report } from './report.ts'
import { judgeThreshold, type Threshold } from './threshold.ts'

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  ceiling,
  lanes,
  shards,
  latency,
  order,
  filters,
  windows,
  failure,
  ingest,
  recovery,
  sources,
  soak,
  handler,
]

/** @unit s */
const DEFAULT_SECONDS = 5

export type SuiteOptions = Omit<BenchmarkContext, 'scratch' | 'backlog' | 'audited' | 'seconds'> & {
  /** Of {@link BENCHMARKS}. */
  readonly benchmarks: readonly Benchmark[]
  readonly thresholds: readonly Threshold[]
  /** `undefined`: as long as each benchmark does by itself. */
  readonly seconds: number | undefined
  /** As it was typed, for the report. */
  readonly commandLine: readonly string[]
  /** A benchmark begins, the `number`th. */
  began(name: string, number: number): void
}

/** Measures, one benchmark after another. @throws AuditFailure where a run lost a record: there are no figures then. */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const { benchmarks: chosen, thresholds, began, signal, progress, ...rest } = options
  const { records, tableRecords, runs, seed, seconds = null, java, smoke, commandLine } = rest
  const sizes = { records, tableRecords, runs, seconds }
  const surroundings = describeSurroundings({ commandLine, seed, ...sizes, java, smoke })
  const warnings = [...loadWarnings(surroundings.machine.loadBefore)]
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  let backlog: Promise<Backlog> | undefined
  const write = (): Promise<Backlog> => {
    progress(`writing ${records} records`)
    return writeBacklog(scratch, records, { workload: new Workload({ seed }) })
  }
  const shared = { ...rest, signal, progress, scratch, backlog: () => (backlog ??= write()) }
  try {
    const benchmarks: BenchmarkReport[] = []
    for (const [i, benchmark] of chosen.entries()) {
      signal.throwIfAborted()
      began(benchmark.name, i + 1)
      const { defaultSeconds = DEFAULT_SECONDS, aloneSeconds = defaultSeconds } = benchmark
      const ownSeconds = chosen.length === 1 ? aloneSeconds : defaultSeconds
      const report = await runBenchmark(benchmark, { ...shared, seconds: seconds ?? ownSeconds })
      warnings.push(...noiseWarnings(report.name, report.noise))
      benchmarks.push(report)
    }
    const verdicts = thresholds.map((threshold) => judgeThreshold(threshold, benchmarks))
    const endedAt = new Date().toISOString()
    return { ...surroundings, endedAt, warnings, thresholds: verdicts, benchmarks }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function runBenchmark(
  { name, question, figures: rules, run }: Benchmark,
  shared: Omit<BenchmarkContext, 'audited'>,
): Promise<BenchmarkReport> {
  let audit = NO_AUDITS
  const noiseUntilNow = watchNoise()
  const begunMs = performance.now()
  const outcome = await run({
    ...shared,
    audited: (findings) => {
      audit = addFindings(audit, findings)
    },
  })
  const seconds = (performance.now() - begunMs) / 1000
  const { figures: measured, plots = [] } = outcome
  const figures: Figures = Object.fromEntries(
    Object.entries(rules).map(([id, rule]) => [id, figureOf(judged(rule, shared), measured[id]!)]),
  )
  const rivals = rivalsOf(Object.values(measured))
  return { name, question, seconds, audit, noise: noiseUntilNow(), figures, rivals, plots }
}

/** A smoke run tells whether a benchmark works: its figures are held against nothing. */
function judged(
  { bound, ...rule }: FigureRule,
  { smoke }: Pick<BenchmarkContext, 'smoke'>,
): FigureRule {
  return smoke || bound === undefined ? rule : { ...rule, bound }
}

/** Each once, though several figures may be of it. */
function rivalsOf(measured: readonly Measured[]): readonly Rival[] {
  const rivals = measured.flatMap((one) => ('rival' in one ? [one.rival] : []))
  return [...new Map(rivals.map((rival) => [rival.name, rival])).values()]
}
