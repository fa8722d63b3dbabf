import type { Backlog } from './backlog.ts'
import type { Summary } from './statistics.ts'

/** What a figure must reach; `aim` is what it should reach. */
export type Bound =
  | { readonly atLeast: number; readonly aim?: number }
  | { readonly atMost: number; readonly aim?: number }

/** One measured value, what it is held against, and how it came about. */
export type Figure = {
  /** `null`: it could not be measured, see `reason`. */
  readonly value: number | null
  readonly unit: string
  readonly bound: Bound | null
  /** `null` without a bound or a value. */
  readonly passed: boolean | null
  readonly reason?: string
  readonly details: Readonly<Record<string, unknown>>
}

export type Figures = Readonly<Record<string, Figure>>

/** What every benchmark is given. */
export type BenchmarkContext = {
  /** A directory that is removed at the end. */
  readonly scratch: string
  /** Of the backlog. */
  readonly records: number
  /** Measured runs of each contender, after one that warms up. */
  readonly runs: number
  /** Length of a measurement that is made over time. @unit s */
  readonly seconds: number
  /** Items in the table of DynamoDB Local. */
  readonly tableRecords: number
  /** Whether DynamoDB Local may be started. */
  readonly java: boolean
  /** Aborts when the benchmark is to end early. */
  readonly signal: AbortSignal
  /** The backlog in an embedded stream; written when first asked for. */
  backlog(): Promise<Backlog>
  progress(line: string): void
}

/** A group of figures that are measured together. @throws AuditFailure where a run lost a record. */
export type Benchmark = (context: BenchmarkContext) => Promise<Figures>

/** A figure whose value is the median of several runs. */
export function medianFigure(
  summary: Summary,
  { unit, bound = null }: { readonly unit: string; readonly bound?: Bound | null },
  details: Readonly<Record<string, unknown>> = {},
): Figure {
  const value = summary.median
  const { min, max, samples } = summary
  const passed = bound === null ? null : holds(value, bound)
  return { value, unit, bound, passed, details: { min, max, samples, ...details } }
}

/** A figure that could not be measured here. */
export function missingFigure(unit: string, bound: Bound, reason: string): Figure {
  return { value: null, unit, bound, passed: null, reason, details: {} }
}

function holds(value: number, bound: Bound): boolean {
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost
}
