import { summarize } from '../suite/statistics.ts'

/** Two lines of a plot: a point for each slot of time in which there was a record. @unit s, ms */
export type LatencyLines = {
  readonly p50: readonly (readonly [atSeconds: number, ms: number])[]
  readonly p99: readonly (readonly [atSeconds: number, ms: number])[]
}

const SLOT_MS_MIN = 100
const SLOTS_MAX = 600

/** Gathers latencies by the time that their records were due at, in slots of a tenth of a second or longer. */
export class LatencyOverTime {
  readonly #slotNs: number
  readonly #slots: number[][]

  /** @param seconds of the whole, from the first record that counts. */
  constructor(seconds: number) {
    const slotMs = Math.max(SLOT_MS_MIN, (seconds * 1000) / SLOTS_MAX)
    this.#slotNs = slotMs * 1e6
    const count = Math.max(1, Math.ceil((seconds * 1000) / slotMs))
    this.#slots = Array.from({ length: count }, () => [])
  }

  /** @param sinceNs when it was due, after the first that counts. */
  record(sinceNs: number, latencyNs: number): void {
    const slot = Math.min(this.#slots.length - 1, Math.floor(sinceNs / this.#slotNs))
    this.#slots[slot]!.push(latencyNs / 1e6)
  }

  get lines(): LatencyLines {
    const filled = this.#slots.flatMap((slot, i) =>
      slot.length === 0 ? [] : [{ at: (i * this.#slotNs) / 1e9, slot }],
    )
    return {
      p50: filled.map(({ at, slot }) => [at, summarize(slot).median]),
      p99: filled.map(({ at, slot }) => [at, quantile(slot, 0.99)]),
    }
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(share * sorted.length) - 1]!
}
