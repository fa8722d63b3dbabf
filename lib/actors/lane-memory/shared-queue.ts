/**
 * Bounded queue of 32-bit values that any number of threads push and take (Vyukov's scheme: each cell carries
 * the ticket of who may use it next). Holds the ids of ready lanes; a lane stands in it at most once.
 *
 * hot path: bench/micro/lane-memory
 */
export class SharedQueue {
  readonly #cells: Int32Array
  readonly #mask: number

  /** @param memory made by {@link SharedQueue.allocate}, possibly in another thread. */
  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory)
    this.#mask = (this.#cells.length - 2) / 2 - 1
  }

  /** @param capacity a power of two, 2 at least: with one cell its ticket could not tell full from free. */
  static allocate(capacity: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer((2 + 2 * capacity) * 4)
    const cells = new Int32Array(memory)
    for (let i = 0; i < capacity; i++) cells[2 + 2 * i] = i
    return memory
  }

  /** @returns false when the queue is full. */
  push(value: number): boolean {
    const cells = this.#cells
    for (;;) {
      const ticket = Atomics.load(cells, 0)
      const cell = 2 + 2 * (ticket & this.#mask)
      const turn = (Atomics.load(cells, cell) - ticket) | 0
      if (turn < 0) return false
      if (turn === 0 && Atomics.compareExchange(cells, 0, ticket, (ticket + 1) | 0) === ticket) {
        cells[cell + 1] = value
        Atomics.store(cells, cell, (ticket + 1) | 0)
        return true
      }
    }
  }

  /** @returns the oldest value, or -1 when there is none. */
  take(): number {
    const cells = this.#cells
    for (;;) {
      const ticket = Atomics.load(cells, 1)
      const cell = 2 + 2 * (ticket & this.#mask)
      const turn = (Atomics.load(cells, cell) - (ticket + 1)) | 0
      if (turn < 0) return -1
      if (turn === 0 && Atomics.compareExchange(cells, 1, ticket, (ticket + 1) | 0) === ticket) {
        const value = cells[cell + 1]!
        Atomics.store(cells, cell, (ticket + this.#mask + 1) | 0)
        return value
      }
    }
  }

  /** Values that wait, about: others push and take meanwhile. */
  get size(): number {
    return Math.max(0, (Atomics.load(this.#cells, 0) - Atomics.load(this.#cells, 1)) | 0)
  }

  isEmpty(): boolean {
    return Atomics.load(this.#cells, 0) === Atomics.load(this.#cells, 1)
  }
}
