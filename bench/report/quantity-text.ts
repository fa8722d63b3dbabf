import type { Bound } from '../suite/figure.ts'

const SMALL = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 })
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Three digits, as more would tell of chance; counts as they are. */
export const numberText = (value: number): string =>
  (Number.isInteger(value) || Math.abs(value) >= 1000 ? WHOLE : SMALL).format(value)

/** `1,234 records/s`, `98 %`, `7`. */
export const quantityText = (value: number, unit: string): string =>
  `${numberText(value)} ${unit}`.trim()

/** `≥ 1.2`. */
export const boundText = (bound: Bound): string =>
  'atLeast' in bound ? `≥ ${numberText(bound.atLeast)}` : `≤ ${numberText(bound.atMost)}`

/** The number that a bound is about. */
export const limitOf = (bound: Bound): number => ('atLeast' in bound ? bound.atLeast : bound.atMost)

/** `1 run`, `1,200 runs`. */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${WHOLE.format(count)} ${count === 1 ? one : many}`

/** `bareLoopRecordsPerSecond` as `bare loop records per second`. */
export const wordsOf = (name: string): string =>
  name.replace(/([a-z])([A-Z0-9])/g, '$1 $2').toLowerCase()

/** `2026-01-31 12:34:56 UTC` of an ISO time. */
export const momentText = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`

/** `48 s`, `12 min 5 s`, `1 h 2 min`. */
export function spanText(seconds: number): string {
  if (seconds < 60) return `${numberText(seconds)} s`
  const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)]
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
