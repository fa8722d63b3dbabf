// hot path: bench/micro/segment
import type { Findings, Violation } from './check-log.ts'
import type { LoggedInvocation } from './handler-log.ts'

/** What the handlers of a run that goes on for long ought to see: every record, none of them filtered or given up. */
export type RollingExpectation = {
  readonly recordCount: number
  /** Keys that the records have: numbers from 0. */
  readonly keyCount: number
  /** Records that may be on their way at the same time, as a power of two: so many are remembered. */
  readonly windowLog2: number
  keyNumberOf(index: number): number
  /** A record has come for the first time. */
  firstSeen?(index: number, atNs: number): void
}

const UNSEEN = 0
/** It did not succeed when it came last. */
const SEEN = 1
const DONE = 2

/**
 * The rule of `checkLog`, held against a log while it is written, in memory that does not grow: records that are done
 * are forgotten, and what is forgotten must never come again. Threads that die and engines that start anew are not for it.
 */
export class RollingCheck {
  readonly #expected: RollingExpectation
  readonly #mask: number
  readonly #state: Uint8Array
  /** When the last invocation that had the record ended. */
  readonly #endedNs: Float64Array
  /** The record of its key before it, or -1. */
  readonly #previous: Int32Array
  /** Number of the last invocation that had it, from 1. */
  readonly #lastEvent: Float64Array
  readonly #lastOfKey: Int32Array
  /** All records before it are done; it is the first that is remembered. */
  #oldest = 0
  /** The first that no invocation has reached; those before it have their place. */
  #next = 0
  #invocations = 0
  #deliveries = 0
  #repeated = 0
  readonly #wrong = { lost: 0, duplicated: 0, reordered: 0, unexpected: 0 }
  #first: Violation | undefined

  constructor(expected: RollingExpectation) {
    const size = 2 ** expected.windowLog2
    this.#expected = expected
    this.#mask = size - 1
    // Filled, so that the kernel gives the pages now: they would look like a leak later.
    this.#state = new Uint8Array(size).fill(UNSEEN)
    this.#endedNs = new Float64Array(size).fill(0)
    this.#previous = new Int32Array(size).fill(-1)
    this.#lastEvent = new Float64Array(size).fill(0)
    this.#lastOfKey = new Int32Array(expected.keyCount).fill(-1)
  }

  /** Records that are done. */
  get doneCount(): number {
    return this.#oldest
  }

  /**
   * The next of the log, in the order in which they began; it has ended.
   * @returns false where more records are on their way than are remembered: the check cannot go on.
   */
  take(invocation: LoggedInvocation): boolean {
    const { records, begunNs } = invocation
    this.#invocations++
    this.#deliveries += records.length
    this.#forgetDone(begunNs)
    for (const record of records) {
      if (record >= this.#expected.recordCount) this.#note('unexpected', record)
      else if (record < this.#oldest) this.#note('duplicated', record)
      else if (!this.#reach(record)) return false
      else this.#see(record, begunNs)
    }
    this.#end(invocation)
    return true
  }

  /** When everything has been taken. */
  finish(): Findings {
    this.#forgetDone(Number.POSITIVE_INFINITY)
    const { recordCount } = this.#expected
    for (let record = this.#oldest; record < recordCount; record++)
      if (record >= this.#next || this.#state[record & this.#mask] !== DONE)
        this.#note('lost', record)
    return {
      invocations: this.#invocations,
      deliveries: this.#deliveries,
      repeated: this.#repeated,
      // Only invocations that have ended are taken.
      repeatedAfterFailure: this.#repeated,
      repeatedAfterSilence: 0,
      repeatedAfterRestart: 0,
      ...this.#wrong,
      ...(this.#first ? { first: this.#first } : {}),
    }
  }

  /** Gives a place to all records up to this one. */
  #reach(record: number): boolean {
    if (record - this.#oldest > this.#mask) return false
    for (; this.#next <= record; this.#next++) {
      const place = this.#next & this.#mask
      const key = this.#expected.keyNumberOf(this.#next)
      this.#state[place] = UNSEEN
      this.#endedNs[place] = 0
      this.#lastEvent[place] = 0
      this.#previous[place] = this.#lastOfKey[key]!
      this.#lastOfKey[key] = this.#next
    }
    return true
  }

  #see(record: number, begunNs: number): void {
    const place = record & this.#mask
    const hasCome = this.#state[place] !== UNSEEN
    const isRunning = this.#endedNs[place]! > begunNs
    const isTwice = this.#lastEvent[place] === this.#invocations
    if (isTwice || isRunning || this.#state[place] === DONE) this.#note('duplicated', record)
    else if (hasCome) this.#repeated++
    else this.#expected.firstSeen?.(record, begunNs)
    if (!hasCome) this.#state[place] = SEEN
    this.#lastEvent[place] = this.#invocations
    const previous = this.#previous[place]!
    if (!this.#isPast(previous, begunNs)) this.#note('reordered', previous, record)
  }

  #isPast(record: number, begunNs: number): boolean {
    if (record < this.#oldest) return true
    const place = record & this.#mask
    if (this.#lastEvent[place] === this.#invocations) return true
    return this.#state[place] === DONE && this.#endedNs[place]! <= begunNs
  }

  #end({ outcome, records, failedFrom, endedNs }: LoggedInvocation): void {
    const doneCount =
      outcome === 'succeeded' ? records.length : outcome === 'partly' ? failedFrom : 0
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!
      if (record < this.#oldest || record >= this.#expected.recordCount) continue
      this.#endedNs[record & this.#mask] = endedNs
      if (i < doneCount) this.#state[record & this.#mask] = DONE
    }
  }

  /** Only what was done before `nowNs`: of the rest it must be known when that was. */
  #forgetDone(nowNs: number): void {
    while (this.#oldest < this.#next) {
      const place = this.#oldest & this.#mask
      if (this.#state[place] !== DONE || this.#endedNs[place]! > nowNs) return
      this.#oldest++
    }
  }

  #note(kind: Violation['kind'], record: number, other?: number): void {
    this.#wrong[kind]++
    const key = record < this.#expected.recordCount ? this.#expected.keyNumberOf(record) : -1
    this.#first ??= { kind, key, record, ...(other === undefined ? {} : { other }) }
  }
}
