import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** Name of the tally's memory in the environment data that every thread of this process inherits. */
const TALLY = 'millrace-bench-tally'
const RECORDS = 0
const INVOCATIONS = 1
const FIRST_MARK = 2
const SECOND_MARK = 3
const COUNTERS = 4
const MARK_VALUES = 4

/** A moment of a run. */
export type Moment = {
  /** @unit ns of `process.hrtime` */
  readonly atNs: number
  /** Processor time of the process until then, all threads together. @unit µs */
  readonly processorUs: number
}

/** The moment of the call. Any thread. */
export function momentNow(): Moment {
  const { user, system } = process.cpuUsage()
  return { atNs: Number(process.hrtime.bigint()), processorUs: user + system }
}

/**
 * What the handlers of a run were given, counted on their side: in memory that all threads share, so that it does not
 * matter which thread ran them. It also notes when two marks of the count were passed.
 */
export class Tally {
  readonly #counters: Int32Array
  readonly #moments: Float64Array

  private constructor(memory: SharedArrayBuffer) {
    this.#counters = new Int32Array(memory, 0, COUNTERS)
    this.#moments = new Float64Array(memory, COUNTERS * 4, MARK_VALUES)
  }

  /** The one tally of this process; the first call, which the main thread makes, creates it. */
  static shared(): Tally {
    const known = getEnvironmentData(TALLY)
    if (known instanceof SharedArrayBuffer) return new Tally(known)
    const memory = new SharedArrayBuffer(COUNTERS * 4 + MARK_VALUES * 8)
    setEnvironmentData(TALLY, memory)
    return new Tally(memory)
  }

  get recordCount(): number {
    return Atomics.load(this.#counters, RECORDS)
  }

  get invocationCount(): number {
    return Atomics.load(this.#counters, INVOCATIONS)
  }

  /** Begins to count from 0. @param marks counts at which the moment is noted. */
  reset(marks: { readonly first: number; readonly second: number }): void {
    this.#counters.fill(0)
    this.#moments.fill(0)
    this.#counters[FIRST_MARK] = marks.first
    this.#counters[SECOND_MARK] = marks.second
  }

  /** One invocation begins that was given so many records. */
  add(records: number): void {
    const before = Atomics.add(this.#counters, RECORDS, records)
    Atomics.add(this.#counters, INVOCATIONS, 1)
    const after = before + records
    if (isPassed(this.#counters[FIRST_MARK]!, before, after)) this.#note(0)
    if (isPassed(this.#counters[SECOND_MARK]!, before, after)) this.#note(2)
  }

  /** When the marks were passed; read when the run is over. */
  moments(): { readonly first: Moment; readonly second: Moment } {
    const [firstNs, firstUs, secondNs, secondUs] = this.#moments
    return {
      first: { atNs: firstNs!, processorUs: firstUs! },
      second: { atNs: secondNs!, processorUs: secondUs! },
    }
  }

  #note(index: number): void {
    const { atNs, processorUs } = momentNow()
    this.#moments[index] = atNs
    this.#moments[index + 1] = processorUs
  }
}

const isPassed = (mark: number, before: number, after: number): boolean =>
  before < mark && mark <= after
