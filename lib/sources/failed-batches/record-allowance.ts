import type { EpochMs } from '../../core/ids.ts'

/** Longest time whose records may be sent at once after a pause. @unit ms */
const SAVED_UP_MS_MAX = 100

/** How many records may be read now, at a given rate. Shared by all readers of a redrive. */
export class RecordAllowance {
  readonly #recordsPerMs: number
  #allowed: number
  #at: number | undefined

  /** @param recordsPerSecond `Infinity` = as fast as it goes. */
  constructor(recordsPerSecond: number) {
    this.#recordsPerMs = recordsPerSecond / 1000
    this.#allowed = Math.max(1, this.#recordsPerMs * SAVED_UP_MS_MAX)
  }

  /** Takes what is allowed of `count` records. */
  take(count: number, now: EpochMs): number {
    if (this.#recordsPerMs === Number.POSITIVE_INFINITY) return count
    const most = Math.max(1, this.#recordsPerMs * SAVED_UP_MS_MAX)
    // A clock that went back earns nothing, and takes nothing.
    const passedMs = Math.max(0, now - (this.#at ?? now))
    this.#at = now
    this.#allowed = Math.min(most, this.#allowed + passedMs * this.#recordsPerMs)
    const taken = Math.min(count, Math.floor(this.#allowed))
    this.#allowed -= taken
    return taken
  }

  /** When the next record is allowed. */
  nextAt(now: EpochMs): EpochMs {
    const missing = Math.max(0, 1 - this.#allowed)
    return (now + Math.ceil(missing / this.#recordsPerMs)) as EpochMs
  }
}
