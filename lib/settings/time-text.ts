import type { EpochMs } from '../core/ids.ts'
import { maybeDurationMs } from '../core/mapping/quantities.ts'

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/

/** The time that `2026-01-31T12:00:00Z` or `2h`, for two hours ago, stands for. @param now Wall clock, epoch ms. */
export function maybeTime(text: string, now: number): EpochMs | undefined {
  const agoMs = maybeDurationMs(text)
  if (agoMs !== undefined) return (now - agoMs) as EpochMs
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(time) ? (time as EpochMs) : undefined
}
