const BYTES_PER_UNIT = new Map([
  ['', 1],
  ['B', 1],
  ['KB', 1024],
  ['MB', 1024 ** 2],
  ['GB', 1024 ** 3],
])

const MS_PER_UNIT = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

const QUANTITY = /^(\d{1,15})(?:\.(\d{1,3}))?\s?([A-Za-z]*)$/

/**
 * A size as people write it: `12MB`, `512 KB`, `1.5GB` or a plain number of bytes. 1 KB is 1024 bytes,
 * as AWS counts (D11).
 *
 * @returns whole bytes, or `undefined` where `text` is no size.
 */
export function maybeBytes(text: unknown): number | undefined {
  return maybeQuantity(typeof text === 'number' ? String(text) : text, BYTES_PER_UNIT)
}

/** A duration as people write it: `200ms`, `60s`, `1.5m`, `1h`. @returns whole ms, or `undefined`. */
export function maybeDurationMs(text: unknown): number | undefined {
  return maybeQuantity(text, MS_PER_UNIT)
}

function maybeQuantity(
  text: unknown,
  factorByUnit: ReadonlyMap<string, number>,
): number | undefined {
  if (typeof text !== 'string') return undefined
  const [, whole, fraction, unit] = QUANTITY.exec(text) ?? []
  const factor = unit === undefined ? undefined : factorByUnit.get(unit)
  if (whole === undefined || factor === undefined) return undefined
  const amount = Number(fraction === undefined ? whole : `${whole}.${fraction}`) * factor
  return Number.isSafeInteger(amount) ? amount : undefined
}
