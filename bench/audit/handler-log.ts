// hot path: bench/micro/segment
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads'
import { recordNumberOf } from '../load/workload.ts'

const LOG = 'millrace-bench-handler-log'

/** Words before the first entry. */
const HEAD_WORDS = 20
const CURSOR = 0
const RECORDS = 1
const FIRST_MARK = 2
const SECOND_MARK = 3
const OVERFLOWED = 4
/** Doubles in the head: two moments of two each, and where times begin. */
const DOUBLES_AT = 8
const ORIGIN = 4
const DOUBLES = 5

/** Words of an entry before its record numbers; counts and numbers are one more than they mean, 0 is not yet written. */
const ENTRY_WORDS = 8
const COUNT = 0
const THREAD = 1
const OUTCOME = 2
const FAILED_FROM = 3
const BEGUN = 4
const ENDED = 6

/** `running` for ever where the thread died, or the invocation was given up. */
const OUTCOMES = ['running', 'succeeded', 'failed', 'partly'] as const
const SUCCEEDED = 1
const FAILED = 2
const PARTLY = 3

const NS_PER_MS = 1_000_000

/** A point in a run. */
export type Moment = {
  /** Monotonic, the same clock in all threads. @unit ns */
  readonly atNs: number
  /** Processor time of the process until then, all threads together. @unit µs */
  readonly processorUs: number
}

/** The moment of the call. Any thread. */
export function momentNow(): Moment {
  const { user, system } = process.cpuUsage()
  return { atNs: nowNs(), processorUs: user + system }
}

/** Monotonic, the same clock in all threads. @unit ns */
export const nowNs = (): number => Number(process.hrtime.bigint())

/** One call of a handler, as the handler itself wrote it down. */
export type LoggedInvocation = {
  readonly thread: number
  readonly outcome: (typeof OUTCOMES)[number]
  /** Of a `partly` failed batch: records before this position succeeded. */
  readonly failedFrom: number
  readonly begunNs: number
  /** Meaningless while it is running. */
  readonly endedNs: number
  /** Numbers of the records, in the order of the event; those that the thread did not come to write down are missing. */
  readonly records: readonly number[]
}

/**
 * What the handlers of a run saw, written down by themselves: one entry for each invocation, in the order in which they
 * began, in memory that all threads share. What belongs to a thread that dies stays. It knows nothing of the engine.
 */
export class HandlerLog {
  readonly #memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  private constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
    this.#words = new Int32Array(memory)
    this.#doubles = new Float64Array(memory, DOUBLES_AT * 4, DOUBLES)
  }

  /**
   * Threads that start from now on write into this log.
   * @param deliveries records that it has space for, each delivery counted. @param invocations the same of invocations.
   */
  static create(deliveries: number, invocations = deliveries): HandlerLog {
    const words = HEAD_WORDS + deliveries + ENTRY_WORDS * invocations
    const memory = new SharedArrayBuffer(words * 4)
    const log = new HandlerLog(memory)
    // Now, and not while something is measured, the kernel gives the pages.
    log.#words.fill(0)
    log.#words[CURSOR] = HEAD_WORDS
    log.#doubles[ORIGIN] = nowNs()
    setEnvironmentData(LOG, memory)
    return log
  }

  static #current: HandlerLog | undefined

  /** In a handler: the log of the run. */
  static current(): HandlerLog {
    const memory = getEnvironmentData(LOG) as SharedArrayBuffer
    const known = HandlerLog.#current
    if (known !== undefined && known.#memory === memory) return known
    HandlerLog.#current = new HandlerLog(memory)
    return HandlerLog.#current
  }

  /** Counts of deliveries at which the moment is noted. */
  mark(first: number, second: number): void {
    this.#words[FIRST_MARK] = first
    this.#words[SECOND_MARK] = second
  }

  /** When the marks were passed; `atNs` is 0 where one was not. */
  moments(): { readonly first: Moment; readonly second: Moment } {
    const [firstNs, firstUs, secondNs, secondUs] = this.#doubles
    return {
      first: { atNs: firstNs!, processorUs: firstUs! },
      second: { atNs: secondNs!, processorUs: secondUs! },
    }
  }

  /** Records that handlers were given until now, each delivery counted. */
  get deliveries(): number {
    return Atomics.load(this.#words, RECORDS)
  }

  /** More was delivered than it has space for. */
  get isOverflowed(): boolean {
    return Atomics.load(this.#words, OVERFLOWED) !== 0
  }

  /** An invocation begins. @returns its entry, for its end. */
  begin(records: readonly Parameters<typeof recordNumberOf>[0][]): number {
    return this.beginNumbers(records.length, (i) => recordNumberOf(records[i]!))
  }

  /** {@link HandlerLog.begin} for records that are not of a workload. */
  beginNumbers(count: number, numberAt: (position: number) => number): number {
    const words = this.#words
    const entry = Atomics.add(words, CURSOR, ENTRY_WORDS + count)
    if (entry + ENTRY_WORDS + count > words.length) {
      Atomics.store(words, OVERFLOWED, 1)
      return -1
    }
    Atomics.store(words, entry + COUNT, count + 1)
    words[entry + THREAD] = threadId
    this.#note(entry + BEGUN, nowNs())
    for (let i = 0; i < count; i++) words[entry + ENTRY_WORDS + i] = numberAt(i) + 1
    this.#count(count)
    return entry
  }

  succeed(entry: number): void {
    this.#end(entry, SUCCEEDED, 0)
  }

  fail(entry: number): void {
    this.#end(entry, FAILED, 0)
  }

  /** It told of failed items, the first of them at `position`. */
  failFrom(entry: number, position: number): void {
    this.#end(entry, PARTLY, position)
  }

  /** Where the next entry goes. */
  get end(): number {
    return Atomics.load(this.#words, CURSOR)
  }

  /** In the order in which they began. Read when the run is over. @param from {@link HandlerLog.end} of an earlier moment. */
  *invocations(from: number = HEAD_WORDS): Generator<LoggedInvocation> {
    const words = this.#words
    const end = Math.min(this.end, words.length)
    for (let entry = from; entry + ENTRY_WORDS <= end; ) {
      const count = Atomics.load(words, entry + COUNT) - 1
      // A thread died in the very moment: what follows has no known beginning.
      if (count < 0) return
      const first = entry + ENTRY_WORDS
      yield {
        thread: words[entry + THREAD]!,
        outcome: OUTCOMES[Atomics.load(words, entry + OUTCOME)]!,
        failedFrom: words[entry + FAILED_FROM]!,
        begunNs: this.#noted(entry + BEGUN),
        endedNs: this.#noted(entry + ENDED),
        records: Array.from(words.subarray(first, first + count), (word) => word - 1).filter(
          (number) => number >= 0,
        ),
      }
      entry = first + count
    }
  }

  #end(entry: number, outcome: number, failedFrom: number): void {
    if (entry < 0) return
    this.#note(entry + ENDED, nowNs())
    this.#words[entry + FAILED_FROM] = failedFrom
    Atomics.store(this.#words, entry + OUTCOME, outcome)
  }

  #note(at: number, ns: number): void {
    const since = ns - this.#doubles[ORIGIN]!
    const ms = Math.floor(since / NS_PER_MS)
    this.#words[at] = ms
    this.#words[at + 1] = since - ms * NS_PER_MS
  }

  #noted(at: number): number {
    return this.#doubles[ORIGIN]! + this.#words[at]! * NS_PER_MS + this.#words[at + 1]!
  }

  #count(records: number): void {
    const before = Atomics.add(this.#words, RECORDS, records)
    const after = before + records
    if (isPassed(this.#words[FIRST_MARK]!, before, after)) this.#noteMoment(0)
    if (isPassed(this.#words[SECOND_MARK]!, before, after)) this.#noteMoment(2)
  }

  #noteMoment(index: number): void {
    const { atNs, processorUs } = momentNow()
    this.#doubles[index] = atNs
    this.#doubles[index + 1] = processorUs
  }
}

const isPassed = (mark: number, before: number, after: number): boolean =>
  before < mark && mark <= after
