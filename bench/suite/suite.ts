import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addFindings, NO_AUDITS } from '../audit/run-audit.ts'
import { ceiling } from '../ceiling.ts'
import { latency } from '../latency.ts'
import { type Backlog, writeBacklog } from '../load/backlog.ts'
import { Workload } from '../load/workload.ts'
import { sources } from '../sources.ts'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { type Figures, figureOf } from './figure.ts'
import { type BenchmarkReport, describeSurroundings, type Report } from './report.ts'

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [ceiling, latency, sources]

/** Load average above which others take a visible part of the processors. */
const LOAD_QUIET = 0.5

export type SuiteOptions = Omit<BenchmarkContext, 'scratch' | 'backlog' | 'audited'> & {
  /** Of {@link BENCHMARKS}. */
  readonly names: readonly string[]
  /** As it was typed, for the report. */
  readonly commandLine: readonly string[]
}

/** Measures, one benchmark after another. @throws AuditFailure where a run lost a record: there are no figures then. */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const { names, commandLine, ...rest } = options
  const { records, runs, seed, signal, progress } = options
  const surroundings = describeSurroundings({ commandLine, seed, records, runs })
  const { loadBefore } = surroundings.machine
  if (loadBefore > LOAD_QUIET)
    progress(`the load of this machine is ${loadBefore.toFixed(1)}: the figures will tell of that`)
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  let backlog: Promise<Backlog> | undefined
  const write = (): Promise<Backlog> => {
    progress(`writing ${records} records`)
    return writeBacklog(scratch, records, { workload: new Workload({ seed }) })
  }
  const shared = { ...rest, scratch, backlog: () => (backlog ??= write()) }
  try {
    const benchmarks: BenchmarkReport[] = []
    for (const benchmark of BENCHMARKS.filter(({ name }) => names.includes(name))) {
      signal.throwIfAborted()
      benchmarks.push(await runBenchmark(benchmark, shared))
    }
    return { ...surroundings, endedAt: new Date().toISOString(), benchmarks }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function runBenchmark(
  { name, question, figures: rules, run }: Benchmark,
  shared: Omit<BenchmarkContext, 'audited'>,
): Promise<BenchmarkReport> {
  let audit = NO_AUDITS
  const begunMs = performance.now()
  const { figures: measured, plots = [] } = await run({
    ...shared,
    audited: (findings) => {
      audit = addFindings(audit, findings)
    },
  })
  const seconds = (performance.now() - begunMs) / 1000
  const figures: Figures = Object.fromEntries(
    Object.entries(rules).map(([id, rule]) => [id, figureOf(rule, measured[id]!)]),
  )
  return { name, question, seconds, audit, figures, plots }
}
