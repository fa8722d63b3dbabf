import type { Test } from 'tap'
import type { Benchmark } from '../../bench/suite/benchmark.ts'
import { temporaryDirectory } from './embedded-fixture.ts'

/** Runs a benchmark of embedded streams at its smallest, with what it gave to the audit. */
export async function runSmoke(t: Test, benchmark: Benchmark) {
  // Many engines, one after another, on a machine that may be busy.
  t.setTimeout(110_000)
  const audits: unknown[] = []
  const outcome = await benchmark.run({
    scratch: temporaryDirectory(t),
    seed: 1,
    records: 10_000,
    runs: 1,
    seconds: 1,
    tableRecords: 1000,
    java: false,
    smoke: true,
    signal: new AbortController().signal,
    backlog: () => Promise.reject(new Error('not asked for')),
    audited: (findings) => audits.push(findings),
    progress: () => {},
  })
  return { ...outcome, audits }
}
