// hot path: bench/micro/segment

import type { SequenceNumber } from '../../core/ids.ts'
import { SEGMENT_BODY_BYTES_MAX, SEGMENT_RECORDS_MAX } from '../../core/record/embedded-limits.ts'
import { sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import type { SegmentView } from './read-segment.ts'
import { bodyAfter } from './segment-layout.ts'

/** Columns of consecutive records whose bodies are in the `segment` format. Its members are those of a `Page`. */
export type SegmentPage = {
  readonly count: number
  readonly format: 'segment'
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly orderHashes: Uint32Array
  readonly arrivedAt: Float64Array
  readonly jsonBytes: Uint32Array
  readonly structureCount: number
  readonly firstOrdinal: number
  readonly words?: Int32Array
  sequenceNumberAt(index: number): SequenceNumber
}

/** A page this full is handed out as it lies in the store; emptier ones are worth a copy to be filled up. */
const WORTH_A_PAGE = 2

/**
 * Makes pages out of segments, in one set of arrays: a page is valid until the next one is begun.
 * One large segment becomes a page without a copy of its bodies; small ones are gathered.
 */
export class SegmentPageBuilder {
  readonly #starts = new Uint32Array(SEGMENT_RECORDS_MAX)
  readonly #ends = new Uint32Array(SEGMENT_RECORDS_MAX)
  readonly #orderHashes = new Uint32Array(SEGMENT_RECORDS_MAX)
  readonly #arrivedAt = new Float64Array(SEGMENT_RECORDS_MAX)
  readonly #jsonBytes = new Uint32Array(SEGMENT_RECORDS_MAX)
  #gathered = new Uint8Array(0)
  #bytes: Uint8Array = this.#gathered
  #count = 0
  #bodyBytes = 0
  #structureCount = 0
  #firstOrdinal = 0

  /** Records of the page so far. */
  get count(): number {
    return this.#count
  }

  begin(firstOrdinal: number): void {
    this.#count = 0
    this.#bodyBytes = 0
    this.#structureCount = 0
    this.#firstOrdinal = firstOrdinal
  }

  /** Whether another segment should be gathered, where there is one. */
  get hasRoom(): boolean {
    return (
      this.#count * WORTH_A_PAGE < SEGMENT_RECORDS_MAX &&
      this.#bodyBytes * WORTH_A_PAGE < SEGMENT_BODY_BYTES_MAX
    )
  }

  /** Whether `hasRoom` would still hold if the segment's records from `skip` on were the whole page. */
  isSmall(segment: SegmentView, skip: number): boolean {
    return (
      (segment.count - skip) * WORTH_A_PAGE < SEGMENT_RECORDS_MAX &&
      bodyBytesFrom(segment, skip) * WORTH_A_PAGE < SEGMENT_BODY_BYTES_MAX
    )
  }

  /** Makes the records of one segment the page; bodies stay where they are. */
  refer(segment: SegmentView, skip: number): void {
    this.#bytes = segment.bytes
    this.#columns(segment, skip, segment.bodiesAt)
  }

  /** Copies the records of a segment behind those gathered so far. @returns false where they do not fit. */
  gather(segment: SegmentView, skip: number): boolean {
    const bodyBytes = bodyBytesFrom(segment, skip)
    const fits =
      this.#count + segment.count - skip <= SEGMENT_RECORDS_MAX &&
      this.#bodyBytes + bodyBytes <= SEGMENT_BODY_BYTES_MAX
    if (!fits) return false
    if (this.#gathered.length === 0) this.#gathered = new Uint8Array(SEGMENT_BODY_BYTES_MAX)
    const skipped = skip === 0 ? 0 : bodyAfter(segment.ends[skip - 1]!)
    const bodies = segment.bytes.subarray(segment.bodiesAt + skipped)
    this.#gathered.set(bodies, this.#bodyBytes)
    this.#bytes = this.#gathered
    this.#columns(segment, skip, this.#bodyBytes - skipped)
    return true
  }

  /** The page of what was referred to or gathered since `begin`. */
  page(): SegmentPage {
    const firstOrdinal = this.#firstOrdinal
    const words = wordsOf(this.#bytes)
    return {
      count: this.#count,
      format: 'segment',
      bytes: this.#bytes,
      starts: this.#starts,
      ends: this.#ends,
      orderHashes: this.#orderHashes,
      arrivedAt: this.#arrivedAt,
      jsonBytes: this.#jsonBytes,
      structureCount: this.#structureCount,
      firstOrdinal,
      ...(words ? { words } : {}),
      sequenceNumberAt: (index) => sequenceNumberOf(firstOrdinal + index),
    }
  }

  #columns(segment: SegmentView, skip: number, bodiesAt: number): void {
    const { ends, count } = segment
    let start = bodiesAt + (skip === 0 ? 0 : bodyAfter(ends[skip - 1]!))
    let at = this.#count
    for (let i = skip; i < count; i++) {
      const end = bodiesAt + ends[i]!
      this.#starts[at] = start
      this.#ends[at] = end
      this.#orderHashes[at] = segment.orderHashes[i]!
      this.#arrivedAt[at] = segment.arrivedAt[i]!
      this.#jsonBytes[at] = segment.jsonBytes[i]!
      start = bodiesAt + bodyAfter(ends[i]!)
      at++
    }
    this.#count = at
    this.#bodyBytes += bodyBytesFrom(segment, skip)
    this.#structureCount = Math.max(this.#structureCount, segment.structureCount)
  }
}

function bodyBytesFrom(segment: SegmentView, skip: number): number {
  const from = skip === 0 ? 0 : bodyAfter(segment.ends[skip - 1]!)
  return bodyAfter(segment.ends[segment.count - 1]!) - from
}

/** The bytes as words, where they lie on a border of words. */
function wordsOf(bytes: Uint8Array): Int32Array | undefined {
  if (bytes.byteOffset % 4 !== 0) return undefined
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
}
