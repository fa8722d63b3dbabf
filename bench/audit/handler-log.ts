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
/** Where {@link HandlerLog.take} has come to. Positions count words that were ever written, and wrap as 32 bits do. */
const TAKEN = 5
/** Of a position: its place in memory; all bits where no place is used twice. */
const PLACE_BITS = 6
/** Calls of {@link HandlerLog.takeTurn}. */
const TURNS = 7
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

/** Of an invocation that the log had no space for. */
const NO_ENTRY = -1
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
  readonly #capacity: number

  private constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
    this.#words = new Int32Array(memory)
    this.#capacity = this.#words.length - HEAD_WORDS
    this.#doubles = new Float64Array(memory, DOUBLES_AT * 4, DOUBLES)
  }

  /**
   * Threads that start from now on write into this log.
   * @param deliveries records that it has space for, each delivery counted. @param invocations the same of invocations.
   */
  static create(deliveries: number, invocations = deliveries): HandlerLog {
    return HandlerLog.#ofWords(deliveries + ENTRY_WORDS * invocations, -1)
  }

  /**
   * One that never ends: {@link HandlerLog.take} makes space for what follows. Not for runs in which threads die.
   * @param wordsLog2 words that it has space for, as a power of two: eight for an invocation, one for a delivery.
   */
  static createRolling(wordsLog2: number): HandlerLog {
    const words = 2 ** wordsLog2
    return HandlerLog.#ofWords(words, words - 1)
  }

  static #ofWords(words: number, placeBits: number): HandlerLog {
    const memory = new SharedArrayBuffer((HEAD_WORDS + words) * 4)
    const log = new HandlerLog(memory)
    // Now, and not while something is measured, the kernel gives the pages.
    log.#words.fill(0)
    log.#words[PLACE_BITS] = placeBits
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

  /** @returns how often it was called until now, by all threads together: 1 for the first call. */
  takeTurn(): number {
    return Atomics.add(this.#words, TURNS, 1) + 1
  }

  /** How much of its space is used: 0 to 1, more where it is overflowed. Of one that does not roll. */
  get usedShare(): number {
    return Atomics.load(this.#words, CURSOR) / this.#capacity
  }

  /** An invocation begins. @returns its entry, for its end. */
  begin(records: readonly Parameters<typeof recordNumberOf>[0][]): number {
    return this.beginNumbers(records.length, (i) => recordNumberOf(records[i]!))
  }

  /** {@link HandlerLog.begin} for records that are not of a workload. */
  beginNumbers(count: number, numberAt: (position: number) => number): number {
    const words = this.#words
    const entry = Atomics.add(words, CURSOR, ENTRY_WORDS + count)
    const used = (entry + ENTRY_WORDS + count - Atomics.load(words, TAKEN)) | 0
    if (used > this.#capacity) {
      Atomics.store(words, OVERFLOWED, 1)
      return NO_ENTRY
    }
    Atomics.store(words, this.#place(entry + COUNT), count + 1)
    words[this.#place(entry + THREAD)] = threadId
    this.#note(entry + BEGUN, nowNs())
    for (let i = 0; i < count; i++) words[this.#place(entry + ENTRY_WORDS + i)] = numberAt(i) + 1
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

  /** In the order in which they began. Read when the run is over. */
  *invocations(): Generator<LoggedInvocation> {
    const words = this.#words
    const end = Math.min(Atomics.load(words, CURSOR), this.#capacity)
    for (let entry = 0; entry + ENTRY_WORDS <= end; ) {
      const invocation = this.#read(entry)
      // A thread died in the very moment: what follows has no known beginning.
      if (!invocation) return
      yield invocation
      entry += ENTRY_WORDS + this.#countOf(entry)
    }
  }

  /** Those that have ended, up to the first that has not, in the order in which they began: they leave the log. */
  *take(): Generator<LoggedInvocation> {
    const words = this.#words
    for (;;) {
      const entry = Atomics.load(words, TAKEN)
      const invocation = entry === Atomics.load(words, CURSOR) ? undefined : this.#read(entry)
      if (!invocation || invocation.outcome === 'running') return
      const size = ENTRY_WORDS + this.#countOf(entry)
      for (let i = 0; i < size; i++) words[this.#place(entry + i)] = 0
      Atomics.add(words, TAKEN, size)
      yield invocation
    }
  }

  /** Records of an invocation; -1 where it is not yet written down. */
  #countOf(entry: number): number {
    return Atomics.load(this.#words, this.#place(entry + COUNT)) - 1
  }

  #read(entry: number): LoggedInvocation | undefined {
    const words = this.#words
    const count = this.#countOf(entry)
    if (count < 0) return undefined
    // Before the rest: once it is written, nothing changes any more.
    const outcome = OUTCOMES[Atomics.load(words, this.#place(entry + OUTCOME))]!
    const records: number[] = []
    for (let i = 0; i < count; i++) {
      const word = words[this.#place(entry + ENTRY_WORDS + i)]!
      if (word > 0) records.push(word - 1)
    }
    return {
      thread: words[this.#place(entry + THREAD)]!,
      outcome,
      failedFrom: words[this.#place(entry + FAILED_FROM)]!,
      begunNs: this.#noted(entry + BEGUN),
      endedNs: this.#noted(entry + ENDED),
      records,
    }
  }

  #end(entry: number, outcome: number, failedFrom: number): void {
    if (entry === NO_ENTRY) return
    this.#note(entry + ENDED, nowNs())
    this.#words[this.#place(entry + FAILED_FROM)] = failedFrom
    Atomics.store(this.#words, this.#place(entry + OUTCOME), outcome)
  }

  #place(position: number): number {
    return HEAD_WORDS + (position & this.#words[PLACE_BITS]!)
  }

  #note(at: number, ns: number): void {
    const since = ns - this.#doubles[ORIGIN]!
    const ms = Math.floor(since / NS_PER_MS)
    this.#words[this.#place(at)] = ms
    this.#words[this.#place(at + 1)] = since - ms * NS_PER_MS
  }

  #noted(at: number): number {
    const [ms, ns] = [this.#words[this.#place(at)]!, this.#words[this.#place(at + 1)]!]
    return this.#doubles[ORIGIN]! + ms * NS_PER_MS + ns
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
