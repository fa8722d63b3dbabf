import type { EpochMs } from './ids.ts'

const MS_PER_DAY = 86_400_000
const DAYS_PER_ERA = 146_097
/** Days from 0000-03-01 to 1970-01-01. */
const DAYS_BEFORE_EPOCH = 719_468

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

/**
 * Year, month and day of a day number since the epoch, Gregorian, any sign.
 * Years are counted from March, so that the leap day is a year's last (Howard Hinnant, "chrono-compatible
 * low-level date algorithms").
 */
function dateOfDay(day: number): string {
  const shifted = day + DAYS_BEFORE_EPOCH
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const dayOfEra = shifted - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / (DAYS_PER_ERA - 1))) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  return `${yearText(year)}-${padded(month, 2)}-${padded(dayOfMonth, 2)}`
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return padded(year, 4)
  return `${year < 0 ? '-' : '+'}${padded(Math.abs(year), 6)}`
}

function dateAndTime(time: number): string {
  const day = Math.floor(time / MS_PER_DAY)
  const second = Math.floor((time - day * MS_PER_DAY) / 1000)
  const hours = Math.floor(second / 3600)
  const minutes = Math.floor(second / 60) % 60
  return `${dateOfDay(day)}T${padded(hours, 2)}:${padded(minutes, 2)}:${padded(second % 60, 2)}`
}

/** ISO 8601 with milliseconds, UTC, exactly as `Date.toISOString`: `2026-01-01T00:00:00.000Z`. */
export function isoMilliseconds(time: EpochMs): string {
  const whole = Math.floor(time)
  return `${dateAndTime(whole)}.${padded(((whole % 1000) + 1000) % 1000, 3)}Z`
}

/** ISO 8601 cut to whole seconds, UTC: `2026-01-01T00:00:00Z`. */
export function isoSeconds(time: EpochMs): string {
  return `${dateAndTime(Math.floor(time))}Z`
}
