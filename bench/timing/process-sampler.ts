import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { readProcessMemory } from '../measure/process-memory.ts'

const LOOP_RESOLUTION_MS = 5

/** How this process fared since the look before. */
export type ProcessSample = {
  /** Memory that no file stands behind; `null` where /proc does not tell. @unit bytes */
  readonly anonymous: number | null
  /** All threads: 200 are two processors. @unit % */
  readonly processor: number
  /** How late the main thread's loop was: 99 % of the looks. @unit ms */
  readonly loopDelayP99: number
  /** Share of the time that the main thread's collector took. @unit % */
  readonly collector: number
}

/** Looks at this process when it is asked to, and keeps nothing of it: for runs that tell of their own memory. */
export class ProcessSampler implements Disposable {
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  readonly #observer: PerformanceObserver
  #collectedMs = 0
  #lastMs = performance.now()
  #lastUse = process.cpuUsage()

  constructor() {
    this.#loop.enable()
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#collectedMs += duration
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  look(): ProcessSample {
    const nowMs = performance.now()
    const passedMs = nowMs - this.#lastMs
    const { user, system } = process.cpuUsage(this.#lastUse)
    const sample = {
      anonymous: readProcessMemory()?.anonymous ?? null,
      processor: ((user + system) / 1000 / passedMs) * 100,
      loopDelayP99: Math.max(0, this.#loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
      collector: (this.#collectedMs / passedMs) * 100,
    }
    this.#loop.reset()
    this.#collectedMs = 0
    this.#lastMs = nowMs
    this.#lastUse = process.cpuUsage()
    return sample
  }

  [Symbol.dispose](): void {
    this.#loop.disable()
    this.#observer.disconnect()
  }
}
