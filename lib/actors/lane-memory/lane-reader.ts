import { CHUNK_GONE, ENTRY_HEAD_BYTES, entryUnits, nextChunk, SKIP_REST } from './entry.ts'
import { type LaneBlock, LaneWord } from './lane-block.ts'
import { CHUNK_BYTES, CHUNK_SHIFT, CHUNK_UNITS, UNIT_BYTES } from './slab.ts'

/**
 * Reads entries of one lane at a time, in the thread that owns it. Bytes are copied out of the shared memory once,
 * in pieces: strings out of shared memory are ten times slower (reliability §3).
 *
 * hot path: bench/micro/lane-memory
 */
export class LaneReader {
  readonly #slab: Uint8Array
  readonly #chunk: Buffer
  readonly #chunkInts: Int32Array
  readonly #chunkDoubles: Float64Array
  #block!: LaneBlock
  #lane = 0
  #position = 0
  #tail = 0
  /** Slot whose bytes `#chunk` holds, from `#loadedFrom` to `#loadedTo`. */
  #loadedSlot = -1
  #loadedTo = 0
  /** Size of the entry before, as a guess at those that follow. */
  #entryBytes = 256

  // The entry that `next` found.
  bytes!: Buffer
  start = 0
  end = 0
  ordinal = 0
  arrivedAt = 0
  jsonBytes = 0
  structureCount = 0
  /** Entries that `next` has found since `open`. */
  entries = 0

  constructor(slabMemory: SharedArrayBuffer) {
    this.#slab = new Uint8Array(slabMemory)
    const local = new ArrayBuffer(CHUNK_BYTES)
    this.#chunk = Buffer.from(local)
    this.#chunkInts = new Int32Array(local)
    this.#chunkDoubles = new Float64Array(local)
  }

  /** Position after the entry that `next` found last. @unit units */
  get position(): number {
    return this.#position
  }

  /** Begins at a position; everything published now can be read. @param recordsWanted a hint for the copying. */
  open(block: LaneBlock, lane: number, position: number): void {
    this.#block = block
    this.#lane = lane
    this.#position = position >>> 0
    this.#tail = block.load(lane, LaneWord.tail) >>> 0
    this.#loadedSlot = -1
    this.entries = 0
  }

  /** Finds the next entry. @param wanted entries that the caller will still ask for, this one included. */
  next(wanted: number): boolean {
    for (;;) {
      if (this.#position === this.#tail) return false
      const slot = this.#position >>> CHUNK_SHIFT
      const offset = (this.#position & (CHUNK_UNITS - 1)) * 8
      const isLoaded = slot === this.#loadedSlot && offset + UNIT_BYTES <= this.#loadedTo
      if (!isLoaded && !this.#load(slot, offset, UNIT_BYTES, wanted)) {
        this.#position = nextChunk(this.#position)
        continue
      }
      const bodyBytes = this.#chunkInts[offset >>> 2]!
      if (bodyBytes === SKIP_REST) {
        this.#position = nextChunk(this.#position)
        continue
      }
      const entryBytes = Math.min(ENTRY_HEAD_BYTES + bodyBytes, CHUNK_BYTES - offset)
      if (offset + entryBytes > this.#loadedTo) this.#load(slot, offset, entryBytes, wanted)
      this.jsonBytes = this.#chunkInts[(offset >>> 2) + 1]!
      this.ordinal = this.#chunkDoubles[(offset >>> 3) + 1]!
      this.arrivedAt = this.#chunkDoubles[(offset >>> 3) + 2]!
      this.structureCount = this.#chunkInts[(offset >>> 2) + 6]!
      const units = entryUnits(bodyBytes)
      if (units <= CHUNK_UNITS) {
        this.bytes = this.#chunk
        this.start = offset + ENTRY_HEAD_BYTES
        this.end = this.start + bodyBytes
      } else {
        this.#gather(slot, bodyBytes)
      }
      this.#position = (this.#position + units) >>> 0
      this.#entryBytes = units * 8
      this.entries++
      return true
    }
  }

  /** Copies until `length` bytes from `offset` are here. @returns false when the chunk is gone. */
  #load(slot: number, offset: number, length: number, wanted: number): boolean {
    if (this.#loadedSlot !== slot) {
      this.#loadedSlot = slot
      this.#loadedTo = offset
    }
    const end = offset + length
    const chunk = this.#block.chunkAt(this.#lane, slot)
    if (chunk === CHUNK_GONE) return false
    const published =
      this.#tail >>> CHUNK_SHIFT === slot ? (this.#tail & (CHUNK_UNITS - 1)) * 8 : CHUNK_BYTES
    const to = Math.min(published, Math.max(end, this.#loadedTo + this.#entryBytes * wanted))
    const from = chunk * CHUNK_BYTES
    this.#chunk.set(this.#slab.subarray(from + this.#loadedTo, from + to), this.#loadedTo)
    this.#loadedTo = to
    return true
  }

  #gather(slot: number, bodyBytes: number): void {
    const body = Buffer.allocUnsafeSlow(bodyBytes)
    let copied = 0
    let offset = ENTRY_HEAD_BYTES
    for (let i = 0; copied < bodyBytes; i++) {
      const from = this.#block.chunkAt(this.#lane, slot + i) * CHUNK_BYTES + offset
      const part = Math.min(CHUNK_BYTES - offset, bodyBytes - copied)
      body.set(this.#slab.subarray(from, from + part), copied)
      copied += part
      offset = 0
    }
    this.bytes = body
    this.start = 0
    this.end = bodyBytes
  }
}
