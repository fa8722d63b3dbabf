import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** Name of the tally's memory in the environment data that every thread of this process inherits. */
const TALLY = 'millrace-bench-tally'
const RECORDS = 0
const INVOCATIONS = 1
const FIRST_MARK = 2
const SECOND_MARK = 3
const WORDS = 4
const MARK_TIMES = 2

/** When the handlers had passed a share of the backlog. @unit ns of `process.hrtime` */
export type MarkTimes = { readonly first: bigint; readonly second: bigint }

/**
 * What the handlers of a run were given, counted on their side: in memory that all threads share, so that it does not
 * matter which thread ran them. It also notes when two marks of the count were passed.
 */
export class Tally {
  readonly #words: Int32Array
  readonly #times: BigInt64Array

  private constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, WORDS)
    this.#times = new BigInt64Array(memory, WORDS * 4, MARK_TIMES)
  }

  /** The one tally of this process; the first call, which the main thread makes, creates it. */
  static shared(): Tally {
    const known = getEnvironmentData(TALLY)
    if (known instanceof SharedArrayBuffer) return new Tally(known)
    const memory = new SharedArrayBuffer(WORDS * 4 + MARK_TIMES * 8)
    setEnvironmentData(TALLY, memory)
    return new Tally(memory)
  }

  get recordCount(): number {
    return Atomics.load(this.#words, RECORDS)
  }

  get invocationCount(): number {
    return Atomics.load(this.#words, INVOCATIONS)
  }

  /** Begins to count from 0. */
  reset(marks: { readonly first: number; readonly second: number }): void {
    this.#words.fill(0)
    this.#times.fill(0n)
    this.#words[FIRST_MARK] = marks.first
    this.#words[SECOND_MARK] = marks.second
  }

  /** One invocation of `records` records begins. */
  add(records: number): void {
    const before = Atomics.add(this.#words, RECORDS, records)
    Atomics.add(this.#words, INVOCATIONS, 1)
    const after = before + records
    if (isPassed(this.#words[FIRST_MARK]!, before, after)) this.#note(0)
    if (isPassed(this.#words[SECOND_MARK]!, before, after)) this.#note(1)
  }

  markTimes(): MarkTimes {
    return { first: Atomics.load(this.#times, 0), second: Atomics.load(this.#times, 1) }
  }

  #note(mark: number): void {
    Atomics.store(this.#times, mark, process.hrtime.bigint())
  }
}

const isPassed = (mark: number, before: number, after: number): boolean =>
  before < mark && mark <= after
