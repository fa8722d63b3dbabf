// hot path: bench/micro/segment
import { crc32 } from 'node:zlib'
import { bodiesOffset, bodyAfter, SEGMENT_HEADER_BYTES, SEGMENT_VERSION } from './segment-layout.ts'

/** A segment whose checksum and bounds were checked: views of its bytes, nothing copied. */
export type SegmentView = {
  readonly count: number
  readonly structureCount: number
  readonly firstOrdinal: number
  /** The whole segment. */
  readonly bytes: Uint8Array
  /** Where the first body begins in `bytes`. */
  readonly bodiesAt: number
  /** @unit epoch ms */
  readonly arrivedAt: Float64Array
  readonly orderHashes: Uint32Array
  readonly jsonBytes: Uint32Array
  /** End of each body, counted from `bodiesAt`. */
  readonly ends: Uint32Array
}

/** Why bytes are no segment that this version reads. */
export type SegmentDefect = { readonly defect: string }

/**
 * Opens a stored segment. The view lives as long as `bytes` do.
 * @param length Bytes of the segment, where `bytes` is a longer, reused buffer.
 */
export function readSegment(bytes: Uint8Array, length = bytes.length): SegmentView | SegmentDefect {
  if (length < SEGMENT_HEADER_BYTES) return { defect: `${length} bytes are no segment` }
  const header = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES)
  const version = header.getUint8(0)
  if (version !== SEGMENT_VERSION) {
    return { defect: `format ${version}; this version reads ${SEGMENT_VERSION}` }
  }
  const checked = new Uint8Array(bytes.buffer, bytes.byteOffset + 8, length - 8)
  if (crc32(checked) !== header.getUint32(4, true)) return { defect: 'its checksum is wrong' }
  const count = header.getUint32(8, true)
  const bodiesAt = bodiesOffset(count)
  if (count === 0 || bodiesAt > length) return { defect: 'its columns do not fit' }
  const columns = alignedColumns(bytes, bodiesAt)
  const { buffer } = columns
  const words = columns.byteOffset + SEGMENT_HEADER_BYTES + 8 * count
  const ends = new Uint32Array(buffer, words + 8 * count, count)
  if (bodiesAt + bodyAfter(ends[count - 1]!) !== length) return { defect: 'its bodies do not fit' }
  return {
    count,
    structureCount: header.getUint32(12, true),
    firstOrdinal: header.getFloat64(16, true),
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, length),
    bodiesAt,
    arrivedAt: new Float64Array(buffer, columns.byteOffset + SEGMENT_HEADER_BYTES, count),
    orderHashes: new Uint32Array(buffer, words, count),
    jsonBytes: new Uint32Array(buffer, words + 4 * count, count),
    ends,
  }
}

/** Typed arrays need their own alignment; LMDB promises none. */
function alignedColumns(bytes: Uint8Array, size: number): Uint8Array {
  const head = new Uint8Array(bytes.buffer, bytes.byteOffset, size)
  return head.byteOffset % 8 === 0 ? head : new Uint8Array(head)
}
