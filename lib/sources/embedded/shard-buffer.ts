// hot path: bench/micro/segment
import { BodyWriter } from '../../codec/segment/body-writer.ts'
import { encodeSegment } from '../../codec/segment/encode-segment.ts'
import { bodyAfter } from '../../codec/segment/segment-layout.ts'
import { SEGMENT_BODY_BYTES_MAX, SEGMENT_RECORDS_MAX } from '../../core/record/embedded-limits.ts'

/** How far a buffer was filled: what a refused batch goes back to. */
export type BufferMark = { readonly count: number; readonly position: number }

/** A segment ready to be stored. */
export type EncodedSegment = {
  readonly firstOrdinal: number
  readonly count: number
  readonly bytes: Buffer
}

const CAPACITY_INITIAL = 64
const CAPACITY_KEPT_MAX = 16 * 1024
/** Of the columns: three of 4 bytes, one of 8. */
const BYTES_PER_RECORD = 20

/** Records of one shard that wait for the next commit, encoded already. */
export class ShardBuffer {
  readonly writer = new BodyWriter()
  #count = 0
  #ends = new Uint32Array(CAPACITY_INITIAL)
  #orderHashes = new Uint32Array(CAPACITY_INITIAL)
  #jsonBytes = new Uint32Array(CAPACITY_INITIAL)
  #arrivedAt = new Float64Array(CAPACITY_INITIAL)

  get count(): number {
    return this.#count
  }

  /** Memory it holds, used or not. */
  get heldBytes(): number {
    return this.writer.bytes.length + this.#ends.length * BYTES_PER_RECORD
  }

  mark(): BufferMark {
    return { count: this.#count, position: this.writer.position }
  }

  rollback(mark: BufferMark): void {
    this.#count = mark.count
    this.writer.position = mark.position
  }

  /** Ends the body that was just written: it becomes the next record. */
  append(orderHash: number, arrivedAt: number, jsonBytes: number): void {
    if (this.#count === this.#ends.length) this.#grow()
    const at = this.#count++
    this.#ends[at] = this.writer.position
    this.writer.pad()
    this.#orderHashes[at] = orderHash
    this.#jsonBytes[at] = jsonBytes
    this.#arrivedAt[at] = arrivedAt
  }

  orderHashAt(index: number): number {
    return this.#orderHashes[index]!
  }

  /** Appends a record of another buffer. */
  copy(from: ShardBuffer, index: number, arrivedAt: number): void {
    const start = index === 0 ? 0 : bodyAfter(from.#ends[index - 1]!)
    this.writer.body(from.writer.bytes, start, from.#ends[index]!)
    this.append(from.#orderHashes[index]!, arrivedAt, from.#jsonBytes[index]!)
  }

  /** Cuts what waits into segments and empties the buffer. */
  takeSegments(firstOrdinal: number, structureCount: number): readonly EncodedSegment[] {
    const pending = {
      bytes: this.writer.bytes,
      ends: this.#ends,
      orderHashes: this.#orderHashes,
      jsonBytes: this.#jsonBytes,
      arrivedAt: this.#arrivedAt,
    }
    const segments: EncodedSegment[] = []
    for (let from = 0; from < this.#count; ) {
      const to = this.#cut(from)
      const first = firstOrdinal + from
      const range = { from, to, firstOrdinal: first, structureCount }
      segments.push({ firstOrdinal: first, count: to - from, bytes: encodeSegment(pending, range) })
      from = to
    }
    this.#clear()
    return segments
  }

  #cut(from: number): number {
    const start = from === 0 ? 0 : bodyAfter(this.#ends[from - 1]!)
    const last = Math.min(this.#count, from + SEGMENT_RECORDS_MAX)
    let to = from + 1
    while (to < last && this.#ends[to]! - start <= SEGMENT_BODY_BYTES_MAX) to++
    return to
  }

  #clear(): void {
    this.#count = 0
    this.writer.clear()
    if (this.#ends.length > CAPACITY_KEPT_MAX) this.#resize(CAPACITY_INITIAL)
  }

  #grow(): void {
    this.#resize(2 * this.#ends.length)
  }

  #resize(capacity: number): void {
    const kept = this.#count
    const wider = (column: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(capacity)
      grown.set(column.subarray(0, kept))
      return grown
    }
    this.#ends = wider(this.#ends)
    this.#orderHashes = wider(this.#orderHashes)
    this.#jsonBytes = wider(this.#jsonBytes)
    const arrivedAt = new Float64Array(capacity)
    arrivedAt.set(this.#arrivedAt.subarray(0, kept))
    this.#arrivedAt = arrivedAt
  }
}
