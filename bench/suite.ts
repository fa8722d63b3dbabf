import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backlog, writeBacklog } from './backlog.ts'
import { clonePool } from './clone-pool.ts'
import { durability } from './durability.ts'
import type { Benchmark, BenchmarkContext, Figure } from './figure.ts'
import { filter } from './filter.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { put } from './put.ts'
import { ratio } from './ratio.ts'
import { describeSurroundings, type Report } from './report.ts'
import { source } from './source.ts'
import { start } from './start.ts'
import { windows } from './windows.ts'

const BENCHMARKS = new Map<string, Benchmark>([
  ['ratio', ratio],
  ['clone-pool', clonePool],
  ['durability', durability],
  ['memory', memory],
  ['latency', latency],
  ['put', put],
  ['filter', filter],
  ['windows', windows],
  ['source', source],
  ['start', start],
])

/** Stands for all of them. */
const CEILING = 'ceiling'

/** Load average above which others take a visible part of the processors. */
const LOAD_QUIET = 0.5

/** What `bench` can be asked for. */
export const BENCHMARK_NAMES: readonly string[] = [CEILING, ...BENCHMARKS.keys()]

export type SuiteOptions = Omit<BenchmarkContext, 'scratch' | 'backlog'> & {
  /** Of {@link BENCHMARK_NAMES}. */
  readonly names: readonly string[]
  /** As it was typed, for the report. */
  readonly commandLine: readonly string[]
}

/** Measures, one benchmark after another. @throws AuditFailure where a run lost a record: there are no figures then. */
export async function runSuite(options: SuiteOptions): Promise<Report> {
  const { names, records, commandLine, ...rest } = options
  const surroundings = describeSurroundings({ records, runs: options.runs, names, commandLine })
  const { loadBefore } = surroundings.machine
  if (loadBefore > LOAD_QUIET)
    options.progress(
      `the load of this machine is ${loadBefore.toFixed(1)}: the figures will tell of that`,
    )
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  let backlog: Promise<Backlog> | undefined
  const write = (): Promise<Backlog> => {
    options.progress(`writing ${records} records`)
    return writeBacklog(scratch, records)
  }
  const context = {
    ...rest,
    records,
    scratch,
    backlog: () => {
      backlog ??= write()
      return backlog
    },
  }
  try {
    const figures: Record<string, Figure> = {}
    for (const [name, benchmark] of BENCHMARKS) {
      options.signal.throwIfAborted()
      if (names.includes(CEILING) || names.includes(name))
        Object.assign(figures, await benchmark(context))
    }
    return { ...surroundings, figures }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
