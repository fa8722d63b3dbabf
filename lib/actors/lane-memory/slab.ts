/** Bytes of one chunk: small, so that ten thousand lanes with a few records each stay small. */
export const CHUNK_BYTES = 16 * 1024
/** Lanes address their bytes in units of 8, so that a 32-bit position wraps after 32 GB only. */
export const UNIT_BYTES = 8
export const CHUNK_UNITS = CHUNK_BYTES / UNIT_BYTES
/** `position >>> CHUNK_SHIFT` is the number of the chunk. */
export const CHUNK_SHIFT = 11

/** Who uses chunks and can give some back. */
export interface SlabBorrower {
  /** Lanes among which the slab is shared. */
  readonly laneCount: number
  /** Bytes that it would give back of the lane that holds most and does not move. */
  spareBytes(now: number): number
  /** Gives those back. @returns whether any were. */
  giveBack(now: number): boolean
}

/**
 * The process's read-ahead (D6): shared memory in chunks with a free list, so that a lane that is stuck pins its
 * own chunks and nothing else. Only the main thread allocates and frees; any thread reads.
 */
export class Slab {
  readonly memory: SharedArrayBuffer
  readonly borrowers = new Set<SlabBorrower>()
  readonly #free: Int32Array
  #freeCount: number

  constructor(capacityBytes: number) {
    const chunks = Math.max(16, Math.floor(capacityBytes / CHUNK_BYTES))
    this.memory = new SharedArrayBuffer(chunks * CHUNK_BYTES)
    // Last in, first out: what is in use stays a small, warm part of the memory.
    this.#free = Int32Array.from({ length: chunks }, (_, i) => chunks - 1 - i)
    this.#freeCount = chunks
  }

  get freeBytes(): number {
    return this.#freeCount * CHUNK_BYTES
  }

  get usedBytes(): number {
    return (this.#free.length - this.#freeCount) * CHUNK_BYTES
  }

  /** What a lane may hold so that all lanes find room. @unit bytes */
  get fairShareBytes(): number {
    let lanes = 0
    for (const { laneCount } of this.borrowers) lanes += laneCount
    return Math.max(2 * CHUNK_BYTES, this.memory.byteLength / Math.max(1, lanes))
  }

  /** Takes chunks back from the lane of the process that holds most and does not move. @returns whether there was one. */
  relieve(now: number): boolean {
    let most: SlabBorrower | undefined
    let bytes = 0
    for (const borrower of this.borrowers) {
      const spare = borrower.spareBytes(now)
      if (spare > bytes) {
        most = borrower
        bytes = spare
      }
    }
    return most?.giveBack(now) ?? false
  }

  /** @returns the index of a chunk, or -1 when all are in use. */
  allocate(): number {
    return this.#freeCount === 0 ? -1 : this.#free[--this.#freeCount]!
  }

  free(chunk: number): void {
    this.#free[this.#freeCount++] = chunk
  }
}
