import type { Summary } from './statistics.ts'

/** What a figure must reach; `aim` is what it should reach. */
export type Bound =
  | { readonly atLeast: number; readonly aim?: number }
  | { readonly atMost: number; readonly aim?: number }

export const UNITS = [
  'x',
  'records/s',
  'states/s',
  'windows/s',
  'ms',
  's',
  'µs',
  'MB',
  'MB/h',
  '%',
  '',
] as const
/** `x` is a ratio, the empty one a count. */
export type Unit = (typeof UNITS)[number]

/** A figure that a benchmark promises, whether it can be measured here or not. */
export type FigureRule = {
  readonly unit: Unit
  /** One sentence. */
  readonly meaning: string
  readonly bound?: Bound
}

/** What a figure compares the engine with. */
export type Rival = {
  readonly name: string
  readonly version: string
  /** How it was started. */
  readonly started: string
  /** What makes the comparison unfair, to either side. */
  readonly note: string
}

/** What was measured of a figure: a summary of its runs, or why there is none. All of it goes into the report. */
export type Measured =
  | {
      readonly summary: Summary
      readonly details?: Readonly<Record<string, unknown>>
      readonly rival?: Rival
    }
  | { readonly missing: string }

/** One measured value, what it is held against, and how it came about. */
export type Figure = {
  /** Median of the runs; `null`: it could not be measured, see `reason`. */
  readonly value: number | null
  readonly unit: Unit
  readonly meaning: string
  readonly bound: Bound | null
  /** `null` without a bound or a value. */
  readonly passed: boolean | null
  readonly reason?: string
  readonly details: Readonly<Record<string, unknown>>
}

export type Figures = Readonly<Record<string, Figure>>

export function figureOf(
  { unit, meaning, bound = undefined }: FigureRule,
  measured: Measured,
): Figure {
  const shared = { unit, meaning, bound: bound ?? null }
  if ('missing' in measured)
    return { ...shared, value: null, passed: null, reason: measured.missing, details: {} }
  const { median: value, ...spread } = measured.summary
  const passed = bound === undefined ? null : holds(value, bound)
  return { ...shared, value, passed, details: { ...spread, ...measured.details } }
}

function holds(value: number, bound: Bound): boolean {
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost
}
