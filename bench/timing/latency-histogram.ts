import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

const NS_PER_MS = 1e6
/** An hour. @unit ns */
const HIGHEST = 3600 * 1e9

/** What a histogram of times says. @unit ms */
export type Latency = {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly p9999: number
  readonly max: number
  readonly count: number
}

/** Times of nanoseconds to an hour, to three figures; its memory does not grow. */
export class LatencyHistogram {
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: HIGHEST,
    figures: 3,
  })

  get count(): number {
    return this.#histogram.count
  }

  record(ns: number): void {
    this.#histogram.record(Math.min(HIGHEST, Math.max(1, Math.round(ns))))
  }

  /** What others hold, as if it had been recorded here. */
  merge(others: readonly LatencyHistogram[]): this {
    for (const other of others) if (other.count > 0) this.#histogram.add(other.#histogram)
    return this
  }

  reset(): void {
    this.#histogram.reset()
  }

  /** @param percentile 0 to 100. @unit ms */
  at(percentile: number): number {
    if (this.count === 0) return Number.NaN
    return this.#histogram.percentile(Math.max(Number.MIN_VALUE, percentile)) / NS_PER_MS
  }

  get latency(): Latency {
    return {
      p50: this.at(50),
      p90: this.at(90),
      p99: this.at(99),
      p999: this.at(99.9),
      p9999: this.at(99.99),
      max: this.count === 0 ? Number.NaN : this.#histogram.max / NS_PER_MS,
      count: this.count,
    }
  }

  /** Points of a percentile plot, ten from one nine to the next. It ends where one record alone is left. */
  get percentiles(): readonly (readonly [percentile: number, ms: number])[] {
    const steps = Math.floor(Math.log10(Math.max(1, this.count)) * STEPS_PER_NINE)
    if (this.count === 0) return []
    return Array.from({ length: steps + 1 }, (_, step) => {
      const percentile = 100 - 100 / 10 ** (step / STEPS_PER_NINE)
      return [percentile, this.at(percentile)] as const
    })
  }
}

const STEPS_PER_NINE = 10
