// hot path: bench/micro/segment
import type { SequenceNumber } from '../ids.ts'

const PREFIX = '4000'
const LOW_LIMIT = 1_000_000_000
const HIGH_DIGITS = 7
const PATTERN = /^4000(\d{7})1(\d{9})$/

/** Length of every sequence number of an embedded stream. @unit digits */
export const EMBEDDED_SEQUENCE_DIGITS = PREFIX.length + HIGH_DIGITS + 10

const FIRST_BLOCK = PREFIX + '0'.repeat(HIGH_DIGITS)

/**
 * Sequence number of the `ordinal`-th record of a shard; 0 is the position before the first.
 * A prefix, seven digits of billions, and ten digits that begin with 1: so no digit has to be padded in the
 * hot path, all have one length, and their order is the order of the ordinals.
 * @param ordinal 0 <= ordinal < 2^53
 */
export function sequenceNumberOf(ordinal: number): SequenceNumber {
  if (ordinal < LOW_LIMIT) return (FIRST_BLOCK + (LOW_LIMIT + ordinal)) as SequenceNumber
  const high = Math.floor(ordinal / LOW_LIMIT)
  const low = ordinal - high * LOW_LIMIT
  return (PREFIX +
    String(high).padStart(HIGH_DIGITS, '0') +
    String(LOW_LIMIT + low)) as SequenceNumber
}

const BLOCK = 1000
const LAST_DIGITS = Array.from({ length: BLOCK }, (_, value) => String(value).padStart(3, '0'))

/**
 * {@link sequenceNumberOf} for ordinals that lie near one another: keeps the digits that neighbours share.
 * @returns a function of the ordinal.
 */
export function createSequenceNumbers(): (ordinal: number) => SequenceNumber {
  let block = -1
  let shared = ''
  return (ordinal) => {
    const ordinalBlock = Math.floor(ordinal / BLOCK)
    if (ordinalBlock !== block) {
      block = ordinalBlock
      shared = sequenceNumberOf(block * BLOCK).slice(0, -3)
    }
    return (shared + LAST_DIGITS[ordinal - block * BLOCK]!) as SequenceNumber
  }
}

/** The ordinal behind a sequence number, or `undefined` where it is none of an embedded stream. */
export function maybeOrdinal(sequenceNumber: SequenceNumber): number | undefined {
  const parts = PATTERN.exec(sequenceNumber)
  if (!parts) return undefined
  const ordinal = Number(parts[1]) * LOW_LIMIT + Number(parts[2])
  return Number.isSafeInteger(ordinal) ? ordinal : undefined
}
