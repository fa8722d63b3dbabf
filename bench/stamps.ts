import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import { AuditFailure } from './run-audit.ts'

const STAMPS = 'millrace-bench-stamps'
const COLUMNS = 3
const NS_PER_MS = 1e6

/** Milliseconds. */
export type Latency = {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly count: number
}

/** When each record of a run was due, was put, and met its handler; memory that all threads share. @unit ns */
export class Stamps {
  readonly count: number
  readonly due: Float64Array
  readonly called: Float64Array
  readonly handled: Float64Array

  private constructor(memory: SharedArrayBuffer) {
    this.count = memory.byteLength / 8 / COLUMNS
    this.due = new Float64Array(memory, 0, this.count)
    this.called = new Float64Array(memory, this.count * 8, this.count)
    this.handled = new Float64Array(memory, this.count * 16, this.count)
  }

  /** Threads that start from now on find these stamps. */
  static create(count: number): Stamps {
    const memory = new SharedArrayBuffer(count * COLUMNS * 8)
    setEnvironmentData(STAMPS, memory)
    return new Stamps(memory)
  }

  /** In a handler: the stamps of the run. */
  static inherited(): Stamps {
    return new Stamps(getEnvironmentData(STAMPS) as SharedArrayBuffer)
  }

  /** @throws AuditFailure where a record never met its handler. */
  audit(name: string): void {
    const lost = this.handled.reduce((sum, at) => sum + (at === 0 ? 1 : 0), 0)
    if (lost > 0) throw new AuditFailure(`${name}: ${lost} of ${this.count} records never came`)
  }

  /** Latency of the records from `first` on. @param from where each one's time begins. */
  latency(from: 'due' | 'called', first: number): Latency {
    const histogram = createHistogram({ lowest: 1, highest: 3600 * 1e9, figures: 3 })
    for (let i = first; i < this.count; i++) {
      histogram.record(Math.max(1, Math.round(this.handled[i]! - this[from][i]!)))
    }
    return toLatency(histogram)
  }
}

function toLatency(histogram: RecordableHistogram): Latency {
  const ms = (percentile: number): number => histogram.percentile(percentile) / NS_PER_MS
  return {
    p50: ms(50),
    p90: ms(90),
    p99: ms(99),
    p999: ms(99.9),
    max: histogram.max / NS_PER_MS,
    count: histogram.count,
  }
}

/** Monotonic, the same clock in all threads. @unit ns */
export const nowNs = (): number => Number(process.hrtime.bigint())
