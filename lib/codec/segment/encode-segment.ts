import { crc32 } from 'node:zlib'
import { invariant } from '../../core/invariant.ts'
import { bodiesOffset, bodyAfter, SEGMENT_HEADER_BYTES, SEGMENT_VERSION } from './segment-layout.ts'

/** Records that wait to be stored, as columns. Body `i` ends at `ends[i]` in `bytes`; the next one begins at `bodyAfter` of that. */
export type PendingRecords = {
  readonly bytes: Buffer
  readonly ends: Uint32Array
  readonly orderHashes: Uint32Array
  readonly jsonBytes: Uint32Array
  /** @unit epoch ms */
  readonly arrivedAt: Float64Array
}

/** Which of the pending records a segment holds, and what it says about them. */
export type SegmentRange = {
  /** Index of the first record. */
  readonly from: number
  /** Index after the last record. */
  readonly to: number
  readonly firstOrdinal: number
  readonly structureCount: number
}

/**
 * One stored segment; layout in `segment-layout.ts`. The bytes are copied, so `pending` is free afterwards.
 * @throws InvariantError for an empty range.
 */
export function encodeSegment(pending: PendingRecords, range: SegmentRange): Buffer {
  const { from, to } = range
  const count = to - from
  invariant(count > 0, 'a segment holds a record at least')
  const bodiesStart = from === 0 ? 0 : bodyAfter(pending.ends[from - 1]!)
  const bodiesEnd = bodyAfter(pending.ends[to - 1]!)
  const bodiesAt = bodiesOffset(count)
  const segment = Buffer.allocUnsafeSlow(bodiesAt + bodiesEnd - bodiesStart)
  segment.writeUInt32LE(SEGMENT_VERSION, 0)
  segment.writeUInt32LE(count, 8)
  segment.writeUInt32LE(range.structureCount, 12)
  segment.writeDoubleLE(range.firstOrdinal, 16)
  const { buffer } = segment
  let at = SEGMENT_HEADER_BYTES
  new Float64Array(buffer, at, count).set(pending.arrivedAt.subarray(from, to))
  at += 8 * count
  new Uint32Array(buffer, at, count).set(pending.orderHashes.subarray(from, to))
  at += 4 * count
  new Uint32Array(buffer, at, count).set(pending.jsonBytes.subarray(from, to))
  at += 4 * count
  const ends = new Uint32Array(buffer, at, count)
  for (let i = 0; i < count; i++) ends[i] = pending.ends[from + i]! - bodiesStart
  pending.bytes.copy(segment, bodiesAt, bodiesStart, bodiesEnd)
  segment.writeUInt32LE(crc32(segment.subarray(8)), 4)
  return segment
}
