import {
  type IntervalHistogram,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
} from 'node:perf_hooks'
import { readProcessMemory } from './process-memory.ts'
import { type Sample, type SampleSeries, seriesOf } from './sample-series.ts'

/** @unit ms */
const INTERVAL_MS = 250
/** How often the event loop is tried. The delays that Node reports hold this interval as well. @unit ms */
const LOOP_RESOLUTION_MS = 10
const NS_PER_MS = 1e6
const MEBIBYTE = 1024 * 1024

export type SamplerOptions = {
  /** How much has been done until now: records delivered, say. */
  count(): number
  /** Default: four times a second. */
  readonly intervalMs?: number
}

/** A run over time: to be drawn, and in numbers. Event loop and collections are those of the main thread. */
export type Sampled = {
  readonly seconds: number
  readonly series: SampleSeries
  readonly summary: {
    /** Of the whole run. */
    readonly perSecond: number
    /** RssAnon; `null` where the system does not tell. */
    readonly memoryMegabytesMax: number | null
    /** Of one processor, all threads together. */
    readonly processorPercent: number
    readonly loopDelayMsP99: number
    readonly loopDelayMsMax: number
    readonly gcPauses: number
    readonly gcPauseMsMax: number
    /** Share of the time. */
    readonly gcPercent: number
  }
}

/** Looks at this process again and again while something runs in it; keeps no process alive. */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #samples: Sample[] = []
  readonly #begunMs = performance.now()
  readonly #delaySince: IntervalHistogram
  readonly #delay: IntervalHistogram
  readonly #timer: NodeJS.Timeout
  readonly #collections: PerformanceObserver
  readonly #gc = { pauses: 0, totalMs: 0, longestMs: 0 }

  private constructor(options: SamplerOptions) {
    this.#options = options
    this.#delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
    this.#delaySince = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
    this.#collections = new PerformanceObserver((list) => this.#noteCollections(list.getEntries()))
    this.#timer = setInterval(() => this.#sample(), options.intervalMs ?? INTERVAL_MS)
    this.#timer.unref()
    this.#delay.enable()
    this.#delaySince.enable()
    this.#collections.observe({ entryTypes: ['gc'] })
    this.#sample()
  }

  static start(options: SamplerOptions): Sampler {
    return new Sampler(options)
  }

  /** The last sample is of this moment. To be called once. */
  stop(): Sampled {
    clearInterval(this.#timer)
    this.#noteCollections(this.#collections.takeRecords())
    this.#collections.disconnect()
    this.#sample()
    this.#delay.disable()
    this.#delaySince.disable()
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!]
    const seconds = (last.atMs - first.atMs) / 1000
    const peak = this.#samples.reduce<number | null>(
      (most, { anonymousBytes }) =>
        anonymousBytes === undefined ? most : Math.max(most ?? 0, anonymousBytes),
      null,
    )
    return {
      seconds,
      series: seriesOf(this.#samples),
      summary: {
        perSecond: (last.count - first.count) / seconds,
        memoryMegabytesMax: peak === null ? null : peak / MEBIBYTE,
        processorPercent: (last.processorUs - first.processorUs) / seconds / 10_000,
        loopDelayMsP99: delayMs(this.#delay, this.#delay.percentile(99)),
        loopDelayMsMax: delayMs(this.#delay, this.#delay.max),
        gcPauses: this.#gc.pauses,
        gcPauseMsMax: this.#gc.longestMs,
        gcPercent: this.#gc.totalMs / seconds / 10,
      },
    }
  }

  #sample(): void {
    const { user, system } = process.cpuUsage()
    this.#samples.push({
      atMs: performance.now() - this.#begunMs,
      count: this.#options.count(),
      processorUs: user + system,
      anonymousBytes: readProcessMemory()?.anonymous,
      loopDelayMs: delayMs(this.#delaySince, this.#delaySince.max),
      gcMs: this.#gc.totalMs,
    })
    this.#delaySince.reset()
  }

  #noteCollections(entries: readonly PerformanceEntry[]): void {
    for (const { duration } of entries) {
      this.#gc.pauses++
      this.#gc.totalMs += duration
      this.#gc.longestMs = Math.max(this.#gc.longestMs, duration)
    }
  }
}

/** @param ns of the histogram, which says nonsense while it is empty. */
const delayMs = ({ count }: IntervalHistogram, ns: number): number =>
  count === 0 ? 0 : Math.max(0, ns / NS_PER_MS - LOOP_RESOLUTION_MS)
