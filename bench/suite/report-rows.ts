import type { Bound, Figure } from './figure.ts'
import type { Report } from './report.ts'

type Rows = readonly (readonly string[])[]

/** For people: name, value, bound, verdict, extremes. */
export function figureRows({ benchmarks }: Pick<Report, 'benchmarks'>): Rows {
  return benchmarks.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([id, figure]) => [
      `${name}.${id}`,
      valueText(figure),
      figure.bound ? boundText(figure.bound) : '',
      verdictText(figure),
      figure.reason ?? rangeText(figure),
    ]),
  )
}

/** What the audits of each benchmark found. */
export function auditRows({ benchmarks }: Pick<Report, 'benchmarks'>): Rows {
  return benchmarks.map(({ name, seconds, audit }) => [
    name,
    `${seconds.toFixed(0)} s`,
    `audited runs: ${audit.runs}`,
    `${audit.deliveries} deliveries: ${audit.lost} lost, ${audit.reordered} reordered, ${audit.duplicated} duplicated, ${audit.repeated} repeated`,
  ])
}

/** Verdicts of the thresholds. */
export function thresholdRows({ thresholds }: Pick<Report, 'thresholds'>): Rows {
  return thresholds.flatMap(({ expression, judged }) =>
    judged.map(({ name, value, unit, passed, reason }) => [
      expression,
      name,
      value === null ? '-' : quantityText(value, unit),
      passed ? 'held' : 'FAILED',
      reason ?? '',
    ]),
  )
}

export const valueText = ({ value, unit }: Pick<Figure, 'value' | 'unit'>): string =>
  value === null ? '-' : quantityText(value, unit)

export const verdictText = ({ passed }: Pick<Figure, 'passed'>): string =>
  passed === null ? '' : passed ? 'reached' : 'MISSED'

export function boundText(bound: Bound): string {
  const must = 'atLeast' in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`
  return bound.aim === undefined ? must : `${must} (aim ${bound.aim})`
}

export function rangeText({ details }: Pick<Figure, 'details'>): string {
  const { min, max } = details
  return typeof min === 'number' && typeof max === 'number' && min !== max
    ? `${numberText(min)} .. ${numberText(max)}`
    : ''
}

const quantityText = (value: number, unit: string): string => `${numberText(value)} ${unit}`.trim()

/** Three digits, as more would tell of chance; counts as they are. */
export const numberText = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1000
    ? String(Math.round(value))
    : value.toPrecision(3)
