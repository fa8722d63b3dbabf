import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { AuditTotals } from '../audit/run-audit.ts'
import type { Plot } from './benchmark.ts'
import type { Figures, Rival } from './figure.ts'
import type { Noise } from './noise.ts'
import type { Sizes } from './sizes.ts'
import type { ThresholdVerdict } from './threshold.ts'

/** Of the document's form: a reader of it refuses others. The reports before it had none. */
export const REPORT_VERSION = 1

/** What one benchmark has found. */
export type BenchmarkReport = {
  readonly name: string
  readonly question: string
  /** How long it took. @unit s */
  readonly seconds: number
  readonly audit: AuditTotals
  readonly noise: Noise
  readonly figures: Figures
  readonly rivals: readonly Rival[]
  readonly plots: readonly Plot[]
}

/** What a run of the suite prints with `--json`; {@link reportSchema} describes it. */
export type Report = Surroundings & {
  readonly endedAt: string
  /** What must be known before the figures are believed. */
  readonly warnings: readonly string[]
  /** Verdicts of `--threshold`, in its order. */
  readonly thresholds: readonly ThresholdVerdict[]
  readonly benchmarks: readonly BenchmarkReport[]
}

/** What must be known to judge a measurement, and to take it again. */
export type Surroundings = ReturnType<typeof describeSurroundings>

/** What a user has chosen of a run. */
export type Chosen = Omit<Sizes, 'seconds'> & {
  readonly commandLine: readonly string[]
  readonly seed: number
  /** `null`: as long as each benchmark does by itself. */
  readonly seconds: number | null
  readonly java: boolean
  readonly smoke: boolean
}

export function describeSurroundings(chosen: Chosen) {
  const processors = cpus()
  return {
    reportVersion: REPORT_VERSION,
    ...chosen,
    machine: {
      processor: processors[0]?.model ?? 'unknown',
      processors: processors.length,
      memoryBytes: totalmem(),
      system: `${type()} ${release()}`,
      /** Processes that wanted to run, in the minute before: above 0 others took part in the measurement. */
      loadBefore: loadavg()[0]!,
    },
    node: process.version,
    commit: commitOf(),
    begunAt: new Date().toISOString(),
  }
}

/** `null` outside of a clone. */
function commitOf(): string | null {
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}
