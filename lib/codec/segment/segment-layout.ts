/**
 * A stored segment: records of one shard, one LMDB value. All numbers little-endian.
 *
 * | offset | what |
 * | --- | --- |
 * | 0 | u8 version, three zero bytes |
 * | 4 | u32 CRC-32 of everything after it |
 * | 8 | u32 count |
 * | 12 | u32 shared structures that a decoder must know |
 * | 16 | f64 ordinal of the first record |
 * | 24 | f64 arrival, epoch ms, `count` times; then u32 order hash, u32 JSON bytes, u32 end of the body from the first body's start |
 * | 24 + 20 count | bodies, each from the next multiple of 4 on, the last one padded too: they are copied by words |
 *
 * A body: one byte of flags, then msgpack (records extension, shared structures) or JSON of the `dynamodb` object
 * with `null` for `SequenceNumber` and `StreamViewType`; with {@link FLAG_IDENTITY}, of `[dynamodb, userIdentity]`.
 */
export const SEGMENT_VERSION = 1
export const SEGMENT_HEADER_BYTES = 24
export const SEGMENT_COLUMN_BYTES = 20

/** Low two bits of a body's first byte: index in {@link EVENT_NAMES}. */
export const EVENT_NAME_MASK = 0x03
export const FLAG_IDENTITY = 0x04
/** The body is JSON: what msgpack could not give back exactly. */
export const FLAG_JSON = 0x08

export const EVENT_NAMES = ['INSERT', 'MODIFY', 'REMOVE'] as const
export type EventName = (typeof EVENT_NAMES)[number]

/** Where the body after one that ends at `end` begins. */
export function bodyAfter(end: number): number {
  return (end + 3) & ~3
}

/** Where the bodies of a segment of `count` records begin. */
export function bodiesOffset(count: number): number {
  return SEGMENT_HEADER_BYTES + SEGMENT_COLUMN_BYTES * count
}

/** Of every record. @source aws-semantics §6.1 */
export const EVENT_VERSION = '1.1'
export const EVENT_SOURCE = 'aws:dynamodb'
