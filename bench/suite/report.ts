import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { AuditTotals } from '../audit/run-audit.ts'
import type { Plot } from './benchmark.ts'
import type { Bound, Figure, Figures } from './figure.ts'

/** What one benchmark has found. */
export type BenchmarkReport = {
  readonly name: string
  readonly question: string
  /** How long it took. @unit s */
  readonly seconds: number
  readonly audit: AuditTotals
  readonly figures: Figures
  readonly plots: readonly Plot[]
}

/** What a run of the suite prints with `--json`. */
export type Report = ReturnType<typeof describeSurroundings> & {
  readonly endedAt: string
  readonly benchmarks: readonly BenchmarkReport[]
}

/** What must be known to judge a measurement, and to take it again. */
export function describeSurroundings(facts: {
  readonly commandLine: readonly string[]
  readonly seed: number
  readonly records: number
  readonly runs: number
}) {
  const processors = cpus()
  return {
    ...facts,
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

/** Rows for people: name, value, bound, verdict, extremes. */
export function reportRows({ benchmarks }: Report): readonly (readonly string[])[] {
  return benchmarks.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([id, figure]) => [
      `${name}.${id}`,
      valueText(figure),
      figure.bound ? boundText(figure.bound) : '',
      figure.passed === null ? '' : figure.passed ? 'reached' : 'MISSED',
      figure.reason ?? rangeText(figure),
    ]),
  )
}

const valueText = ({ value, unit }: Figure): string =>
  value === null ? '-' : `${numberText(value)} ${unit}`

function boundText(bound: Bound): string {
  const must = 'atLeast' in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`
  return bound.aim === undefined ? must : `${must} (aim ${bound.aim})`
}

function rangeText({ details }: Figure): string {
  const { min, max } = details
  return typeof min === 'number' && typeof max === 'number'
    ? `${numberText(min)} .. ${numberText(max)}`
    : ''
}

const numberText = (value: number): string =>
  Math.abs(value) >= 1000 ? String(Math.round(value)) : value.toPrecision(3)
