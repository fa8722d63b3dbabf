declare const brand: unique symbol
/** A value of `T` that has been checked to be a `Name`. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Milliseconds since the epoch, wall clock. */
export type EpochMs = Brand<number, 'EpochMs'>

/** Shard id as the source gives it: opaque. */
export type ShardId = Brand<string, 'ShardId'>

/** Stream ARN, or whatever the source uses in its place: opaque. */
export type StreamArn = Brand<string, 'StreamArn'>

/** UUID of an event source mapping, 36 characters. */
export type MappingUuid = Brand<string, 'MappingUuid'>

/** Decimal digits without leading zeros; up to 129 of them. Never a JS number. @source aws-semantics §6.1, §6.4 */
export type SequenceNumber = Brand<string, 'SequenceNumber'>

/** Running number of a record in its shard, from 1, as one poller counted it. Exact below 2^53. */
export type Ordinal = Brand<number, 'Ordinal'>

const SEQUENCE_NUMBER = /^(0|[1-9]\d{0,128})$/

/** The sequence number in `text` without leading zeros, or `undefined` where it is not one. */
export function maybeSequenceNumber(text: unknown): SequenceNumber | undefined {
  if (typeof text !== 'string') return undefined
  const digits = text.replace(/^0+(?=\d)/, '')
  return SEQUENCE_NUMBER.test(digits) ? (digits as SequenceNumber) : undefined
}

/** Numeric order of two sequence numbers of any length: negative, zero or positive. */
export function compareSequenceNumbers(a: SequenceNumber, b: SequenceNumber): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
