import type { Page } from '../../ports/stream-source.ts'
import { CHUNK_GONE, ENTRY_HEAD_BYTES, entryUnits, nextChunk, SKIP_REST } from './entry.ts'
import { type LaneBlock, LaneWord } from './lane-block.ts'
import { CHUNK_BYTES, CHUNK_SHIFT, CHUNK_UNITS, type Slab } from './slab.ts'

/**
 * The poller's side of one lane: appends records, publishes them, frees what is settled.
 *
 * hot path: bench/micro/lane-memory
 */
export class LaneWriter {
  readonly lane: number
  readonly #block: LaneBlock
  readonly #slab: Slab
  readonly #bytes: Uint8Array
  readonly #ints: Int32Array
  readonly #doubles: Float64Array
  /** Position of the next entry, not yet published. @unit units, modulo 2^32 */
  #tail = 0
  #tailCount = 0
  #publishedCount = 0
  /** Chunks of the ring that are held: slots `#firstSlot` (included) to `#endSlot` (excluded), never wrapping. */
  #firstSlot = 0
  #endSlot = 0
  /** Byte offset in the slab of the chunk that is being written. */
  #chunkAt = 0

  constructor(block: LaneBlock, lane: number, slab: Slab) {
    this.lane = lane
    this.#block = block
    this.#slab = slab
    this.#bytes = new Uint8Array(slab.memory)
    this.#ints = new Int32Array(slab.memory)
    this.#doubles = new Float64Array(slab.memory)
  }

  get tailCount(): number {
    return this.#tailCount
  }

  get heldBytes(): number {
    return (this.#endSlot - this.#firstSlot) * CHUNK_BYTES
  }

  /**
   * Copies record `index` of the page behind the others.
   * @returns false, with nothing written, when the slab or the lane's ring is full.
   */
  append(page: Page, index: number, ordinal: number): boolean {
    const start = page.starts[index]!
    const bodyBytes = page.ends[index]! - start
    const units = entryUnits(bodyBytes)
    const within = this.#tail & (CHUNK_UNITS - 1)
    if (within === 0 || within + units > CHUNK_UNITS) {
      const skipped = within === 0 ? 0 : CHUNK_UNITS - within
      if (!this.#grow(Math.ceil(units / CHUNK_UNITS), skipped)) return false
    }
    const at = this.#chunkAt + (this.#tail & (CHUNK_UNITS - 1)) * 8
    const word = at >>> 2
    this.#ints[word] = bodyBytes
    this.#ints[word + 1] = page.jsonBytes[index]!
    this.#doubles[(at >>> 3) + 1] = ordinal
    this.#doubles[(at >>> 3) + 2] = page.arrivedAt[index]!
    this.#ints[word + 6] = page.structureCount
    if (units <= CHUNK_UNITS) {
      this.#copyShort(page, index, at + ENTRY_HEAD_BYTES)
    } else {
      this.#copyLong(page.bytes.subarray(start, start + bodyBytes))
    }
    this.#tail = (this.#tail + units) >>> 0
    this.#tailCount = (this.#tailCount + 1) >>> 0
    return true
  }

  /** Makes what was appended visible to the lane's owner. */
  publish(): void {
    if (this.#publishedCount === this.#tailCount) return
    this.#publishedCount = this.#tailCount
    this.#block.store(this.lane, LaneWord.tailCount, this.#tailCount | 0)
    this.#block.store(this.lane, LaneWord.tail, this.#tail | 0)
  }

  /** Frees the chunks that lie wholly before `settledUnits`, and the last one too when nothing is left. */
  release(settledUnits: number): void {
    while (this.#firstSlot < this.#endSlot) {
      const chunkEnd = (this.#firstSlot + 1) * CHUNK_UNITS
      if (((settledUnits - chunkEnd) | 0) < 0) break
      this.#slab.free(this.#block.chunkAt(this.lane, this.#firstSlot++))
    }
    if (this.#firstSlot < this.#endSlot && settledUnits >>> 0 === this.#tail) {
      this.#slab.free(this.#block.chunkAt(this.lane, this.#firstSlot))
      // Who reads on from this position finds the chunk gone and goes to the next one.
      this.#block.setChunkAt(this.lane, this.#firstSlot++, CHUNK_GONE)
      this.#tail = nextChunk(this.#tail)
    }
  }

  /**
   * Takes back everything behind `takenUnits`, which `takenCount` records came before; what the owner has taken stays.
   * Only while the lane's `cut` word says truncating.
   */
  truncate(takenUnits: number, takenCount: number): void {
    const first = this.#firstSlot * CHUNK_UNITS
    // The chunk of the last settled record may be gone already, and the lane goes on in the one after it.
    const behind = (takenUnits - first) | 0
    const kept = Math.max(0, Math.ceil(behind / CHUNK_UNITS))
    while (this.#endSlot - this.#firstSlot > kept) {
      this.#slab.free(this.#block.chunkAt(this.lane, --this.#endSlot))
    }
    if (behind > 0 && behind % CHUNK_UNITS !== 0) {
      const chunkAt = this.#block.chunkAt(this.lane, this.#endSlot - 1) * CHUNK_BYTES
      this.#ints[(chunkAt >>> 2) + (behind % CHUNK_UNITS) * 2] = SKIP_REST
    }
    this.#tail = (first + kept * CHUNK_UNITS) >>> 0
    this.#tailCount = takenCount >>> 0
    this.#publishedCount = -1
    this.publish()
  }

  /** Gives all chunks back: nobody reads this lane any more. */
  free(): void {
    while (this.#firstSlot < this.#endSlot)
      this.#slab.free(this.#block.chunkAt(this.lane, this.#firstSlot++))
  }

  #grow(chunks: number, skipped: number): boolean {
    // One slot stays free: the one before the first may be marked as gone, for who still has to go past it.
    if (this.#endSlot - this.#firstSlot + chunks > this.#block.ringMask) return false
    if (this.#slab.freeBytes < chunks * CHUNK_BYTES) return false
    if (skipped > 0) {
      this.#ints[(this.#chunkAt + (this.#tail & (CHUNK_UNITS - 1)) * 8) >>> 2] = SKIP_REST
      this.#tail = (this.#tail + skipped) >>> 0
    }
    for (let i = 0; i < chunks; i++) {
      const chunk = this.#slab.allocate()
      this.#block.setChunkAt(this.lane, this.#endSlot++, chunk)
      if (i === 0) this.#chunkAt = chunk * CHUNK_BYTES
    }
    return true
  }

  /** Bodies are small: a loop costs less than a view and a call for each, and leaves no garbage. */
  #copyShort({ words, bytes, starts, ends }: Page, index: number, at: number): void {
    const start = starts[index]!
    const end = ends[index]!
    if (words === undefined) {
      this.#bytes.set(bytes.subarray(start, end), at)
      return
    }
    const ints = this.#ints
    const last = (end + 3) >>> 2
    for (let from = start >>> 2, to = at >>> 2; from < last; from++, to++) ints[to] = words[from]!
  }

  #copyLong(body: Uint8Array): void {
    const slot = this.#tail >>> CHUNK_SHIFT
    let copied = 0
    let offset = ENTRY_HEAD_BYTES
    for (let i = 0; copied < body.length; i++) {
      const chunkAt = this.#block.chunkAt(this.lane, slot + i) * CHUNK_BYTES
      const part = Math.min(CHUNK_BYTES - offset, body.length - copied)
      this.#bytes.set(body.subarray(copied, copied + part), chunkAt + offset)
      copied += part
      offset = 0
      if (copied === body.length) this.#chunkAt = chunkAt
    }
  }
}
