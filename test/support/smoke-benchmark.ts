import type { Findings } from '../../bench/audit/check-log.ts'
import type { Benchmark, BenchmarkContext } from '../../bench/suite/benchmark.ts'
import type { Measured } from '../../bench/suite/figure.ts'
import { temporaryDirectory } from './embedded-fixture.ts'

/** What a figure says. @throws Error where it is missing. */
export function medianOf(figure: Measured | undefined): number {
  if (figure && 'summary' in figure) return figure.summary.median
  throw new Error(figure?.missing ?? 'there is no such figure')
}

/** Runs a benchmark at its smallest, in this process. @returns what it found, and the audits of its runs. */
export async function smokeBenchmark(
  t: Parameters<typeof temporaryDirectory>[0],
  { run }: Benchmark,
  { java = false }: Partial<Pick<BenchmarkContext, 'java'>> = {},
) {
  const audits: Findings[] = []
  const context: BenchmarkContext = {
    scratch: temporaryDirectory(t),
    seed: 1,
    records: 10_000,
    runs: 1,
    seconds: 1,
    tableRecords: 1000,
    java,
    smoke: true,
    signal: new AbortController().signal,
    backlog: () => Promise.reject(new Error('no benchmark of this test asks for the backlog')),
    audited: (findings) => void audits.push(findings),
    progress: () => {},
  }
  return { ...(await run(context)), audits }
}
