import { suggestion } from '../../lib/core/mapping/did-you-mean.ts'
import type { AuditTotals } from '../audit/run-audit.ts'
import type { Benchmark } from './benchmark.ts'
import type { Figures } from './figure.ts'
import { convert, unitsLike } from './quantity.ts'

const OPERATORS = {
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
  '==': (value: number, limit: number) => value === limit,
} as const
type Operator = keyof typeof OPERATORS

/** Counts of the audits, which a threshold may name as it names figures. */
export const AUDIT_TOTALS = ['lost', 'reordered', 'duplicated', 'unexpected', 'repeated'] as const
type AuditTotal = (typeof AUDIT_TOTALS)[number]

/** A figure, or a total of the audits: of one benchmark, or of all that ran. */
type Target =
  | { readonly type: 'figure'; readonly benchmark: string; readonly id: string }
  | { readonly type: 'total'; readonly benchmark?: string; readonly total: AuditTotal }

/** What must hold of a run, as a user has asked for it. */
export type Threshold = {
  /** As it was typed. */
  readonly expression: string
  readonly operator: Operator
  /** Several where benchmarks have figures of one name: it must hold for each. `limit` is in the target's unit. */
  readonly targets: readonly {
    readonly target: Target
    readonly unit: string
    readonly limit: number
  }[]
}

/** Whether a threshold held, and what it was held against. */
export type ThresholdVerdict = {
  readonly expression: string
  readonly passed: boolean
  readonly judged: readonly {
    /** `benchmark.figure`, or a total of the audits. */
    readonly name: string
    /** `null`: it could not be measured, see `reason`; then it has not passed. */
    readonly value: number | null
    readonly unit: string
    readonly limit: number
    readonly passed: boolean
    readonly reason?: string
  }[]
}

/** An expression that cannot be judged: what is wrong with it, and what there is. */
export class ThresholdError extends Error {
  override readonly name = 'ThresholdError'
}

type Chosen = readonly Pick<Benchmark, 'name' | 'figures'>[]

/** What of a benchmark's report is judged. */
type Judged = { readonly name: string; readonly figures: Figures; readonly audit: AuditTotals }

const EXPRESSION = /^\s*([A-Za-z][\w.-]*)\s*(<=|>=|==|<|>)\s*(-?\d+(?:\.\d+)?)\s*(\S*)\s*$/

/**
 * Reads `p99<50ms`, `lost==0`, `ratio>=1`, `latency.p99<=5ms`. Without a unit the number is in the figure's own.
 * @param chosen the benchmarks that are to run. @throws ThresholdError
 */
export function parseThreshold(expression: string, chosen: Chosen): Threshold {
  const parts = EXPRESSION.exec(expression)
  if (!parts)
    throw new ThresholdError(
      `${expression}: a threshold is NAME OPERATOR NUMBER UNIT, such as p99<50ms; operators: ${Object.keys(OPERATORS).join(' ')}`,
    )
  const [, name = '', operator = '', number = '', unit = ''] = parts
  const targets = targetsOf(name, chosen)
  if (targets.length === 0) {
    const known = namesOf(chosen)
    const short = known.filter((one) => !one.includes('.'))
    throw new ThresholdError(
      `${expression}: unknown figure ${name}; there are: ${short.join(', ')}${suggestion(name, known)}`,
    )
  }
  return {
    expression,
    operator: operator as Operator,
    targets: targets.map((target) => {
      const own = unitOf(target, chosen)
      const limit = unit === '' ? Number(number) : convert(Number(number), unit, own)
      if (limit !== undefined) return { target, unit: own, limit }
      const units = unitsLike(own)
      const allowed = own === '' ? 'a number without a unit' : units.join(', ')
      throw new ThresholdError(
        `${expression}: ${nameOf(target)} is not in ${unit}; it is in: ${allowed}${suggestion(unit, units)}`,
      )
    }),
  }
}

/** Holds what was measured against what was asked for; what was not measured does not hold. */
export function judgeThreshold(
  { expression, operator, targets }: Threshold,
  reports: readonly Judged[],
): ThresholdVerdict {
  const judged = targets.map(({ target, unit, limit }) => {
    const { value, reason } = observe(target, reports)
    const passed = value !== null && OPERATORS[operator](value, limit)
    const why = reason === undefined ? {} : { reason }
    return { name: nameOf(target), value, unit, limit, passed, ...why }
  })
  return { expression, passed: judged.every(({ passed }) => passed), judged }
}

const isTotal = (name: string): name is AuditTotal => AUDIT_TOTALS.some((total) => total === name)

/** The totals of the audits first, as they are of all benchmarks. */
function targetsOf(name: string, chosen: Chosen): readonly Target[] {
  if (isTotal(name)) return [{ type: 'total', total: name }]
  return chosen.flatMap(({ name: benchmark, figures }): readonly Target[] => {
    const isQualified = name.startsWith(`${benchmark}.`)
    const id = isQualified ? name.slice(benchmark.length + 1) : name
    if (Object.hasOwn(figures, id)) return [{ type: 'figure', benchmark, id }]
    return isQualified && isTotal(id) ? [{ type: 'total', benchmark, total: id }] : []
  })
}

const namesOf = (chosen: Chosen): readonly string[] => [
  ...new Set([
    ...AUDIT_TOTALS,
    ...chosen.flatMap(({ figures }) => Object.keys(figures)),
    ...chosen.flatMap(({ name, figures }) => Object.keys(figures).map((id) => `${name}.${id}`)),
  ]),
]

const unitOf = (target: Target, chosen: Chosen): string =>
  target.type === 'total'
    ? ''
    : chosen.find(({ name }) => name === target.benchmark)!.figures[target.id]!.unit

function nameOf(target: Target): string {
  const own = target.type === 'figure' ? target.id : target.total
  return target.benchmark === undefined ? own : `${target.benchmark}.${own}`
}

function observe(
  target: Target,
  reports: readonly Judged[],
): { readonly value: number | null; readonly reason?: string } {
  const { benchmark } = target
  const here = reports.filter(({ name }) => benchmark === undefined || name === benchmark)
  if (target.type === 'total')
    return { value: here.reduce((sum, { audit }) => sum + audit[target.total], 0) }
  const figure = here[0]?.figures[target.id]
  if (!figure) return { value: null, reason: 'it was not measured' }
  const { value, reason } = figure
  return { value, ...(reason === undefined ? {} : { reason }) }
}
