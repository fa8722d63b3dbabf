/** Bytes of one chunk: small, so that ten thousand lanes with a few records each stay small. */
export const CHUNK_BYTES = 16 * 1024
/** Lanes address their bytes in units of 8, so that a 32-bit position wraps after 32 GB only. */
export const UNIT_BYTES = 8
export const CHUNK_UNITS = CHUNK_BYTES / UNIT_BYTES
/** `position >>> CHUNK_SHIFT` is the number of the chunk. */
export const CHUNK_SHIFT = 11

/** Lanes become stuck by the time that passes: a thousand shards without room need not all look at all others. @unit ms */
const LOOK_MS = 10

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
  readonly #borrowers = new Set<SlabBorrower>()
  #lanes = 0
  /** Borrowers that had something to give back when all were last looked at, the one with most last. */
  #holders: SlabBorrower[] = []
  /** @unit epoch ms */
  #lookedAt = Number.NEGATIVE_INFINITY
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
    return Math.max(2 * CHUNK_BYTES, this.memory.byteLength / Math.max(1, this.#lanes))
  }

  /** @param borrower its number of lanes must not change. */
  lendTo(borrower: SlabBorrower): void {
    this.#borrowers.add(borrower)
    this.#lanes += borrower.laneCount
  }

  endLoan(borrower: SlabBorrower): void {
    if (this.#borrowers.delete(borrower)) this.#lanes -= borrower.laneCount
  }

  /** Takes chunks back from the lane of the process that holds most and does not move. @returns whether there was one. */
  relieve(now: number): boolean {
    const age = now - this.#lookedAt
    if (age < 0 || age >= LOOK_MS) {
      this.#lookedAt = now
      this.#holders = this.#lookAtAll(now)
    }
    for (let most = this.#holders.pop(); most; most = this.#holders.pop())
      if (most.giveBack(now)) return true
    return false
  }

  #lookAtAll(now: number): SlabBorrower[] {
    const spare = new Map<SlabBorrower, number>()
    for (const borrower of this.#borrowers) {
      const bytes = borrower.spareBytes(now)
      if (bytes > 0) spare.set(borrower, bytes)
    }
    return [...spare].sort(([, a], [, b]) => a - b).map(([borrower]) => borrower)
  }

  /** @returns the index of a chunk, or -1 when all are in use. */
  allocate(): number {
    return this.#freeCount === 0 ? -1 : this.#free[--this.#freeCount]!
  }

  free(chunk: number): void {
    this.#free[this.#freeCount++] = chunk
  }
}
