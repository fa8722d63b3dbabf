import type { LoggedInvocation } from './handler-log.ts'

/** What the handlers of a run ought to have seen. */
export type Expectation = {
  /** Records that were put, numbered in the order of their puts from 0. */
  readonly recordCount: number
  /** Number of a record's partition key. */
  keyNumberOf(index: number): number
  /** Records that no handler may see: a filter passes them by. Default: none. */
  isFiltered?(index: number): boolean
  /** Records in failed batches, which were given up. */
  readonly discarded?: ReadonlySet<number>
  /**
   * Moments between an engine that ended and the next one: what had succeeded before may come once more after each.
   * Ascending. Default: none. @unit ns of the log's clock
   */
  readonly restartsNs?: readonly number[]
}

export type Violation = {
  readonly kind: 'lost' | 'duplicated' | 'reordered' | 'unexpected'
  readonly key: number
  /** Of a `reordered` pair the one that should have come first. */
  readonly record: number
  /** Of a `reordered` pair the one that came too early. */
  readonly other?: number
}

/** What the check of a log found. A sound run has `lost`, `duplicated`, `reordered` and `unexpected` 0. */
export type Findings = {
  readonly invocations: number
  readonly deliveries: number
  /** Deliveries of records that had come before, each of them explained: the sum of the three that follow. */
  readonly repeated: number
  /** The invocation before had failed, or had told of a failed item at or before the record. */
  readonly repeatedAfterFailure: number
  /** The invocation before never came to its end: its thread died, or its time was up. */
  readonly repeatedAfterSilence: number
  /** It had succeeded, and the engine was started again since. */
  readonly repeatedAfterRestart: number
  /** Neither succeeded, nor were given up after an invocation had failed. */
  readonly lost: number
  /** Came again after they had succeeded or were passed over as given up, or while they were being handled. */
  readonly duplicated: number
  /** Came while an earlier record of their key was not done. */
  readonly reordered: number
  /** Came although a filter should have passed them by, were never put, or were given up after they had succeeded. */
  readonly unexpected: number
  readonly first?: Violation
}

const UNSEEN = 0
/** Failed when it came last. */
const FAILED = 1
/** It is not known what became of it when it came last. */
const SILENT = 2
const DONE = 3
/** A later record of its key has come, so it must never come again. */
const GIVEN_UP = 4

/**
 * Compares what handlers wrote down with what was put. It goes by one rule: when an invocation begins, each record in
 * it must follow records of its key that are all done, or that stand before it in the same event. Done is what an
 * invocation that ended before had succeeded with, or what was given up; what is done must not come again. After a
 * restart a key may begin again anywhere in what is done, and has to come to its end from there without a gap.
 * @cost O(deliveries); some 20 bytes for each record.
 */
export function checkLog(
  invocations: Iterable<LoggedInvocation>,
  expectation: Expectation,
): Findings {
  return new LogCheck(expectation).check(invocations)
}

class LogCheck {
  readonly #expected: Expectation
  readonly #state: Uint8Array
  /** By record: when the last invocation that had it ended; 0 where that is not known. */
  readonly #endedNs: Float64Array
  /** By record: the record of its key before it, or -1. */
  readonly #previous: Int32Array
  /** By record: number of the last invocation that had it, from 1. */
  readonly #lastEvent: Int32Array
  readonly #found = {
    invocations: 0,
    deliveries: 0,
    repeated: 0,
    repeatedAfterFailure: 0,
    repeatedAfterSilence: 0,
    repeatedAfterRestart: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    unexpected: 0,
  }
  readonly #restartsNs: number[]
  /** Number of the last invocation before the last restart; 0 before the first one. */
  #restartEvent = 0
  /** By key: the latest record that has come since the last restart. */
  readonly #latestOfKey = new Map<number, number>()
  #first: Violation | undefined

  constructor(expected: Expectation) {
    const { recordCount, restartsNs = [] } = expected
    this.#expected = expected
    this.#state = new Uint8Array(recordCount)
    this.#endedNs = new Float64Array(recordCount)
    this.#previous = previousOfKey(expected)
    this.#lastEvent = new Int32Array(recordCount)
    this.#restartsNs = [...restartsNs]
  }

  check(invocations: Iterable<LoggedInvocation>): Findings {
    for (const invocation of invocations) {
      this.#passRestarts(invocation.begunNs)
      this.#begin(invocation)
      this.#end(invocation)
    }
    for (let record = 0; record < this.#state.length; record++) this.#conclude(record)
    return { ...this.#found, ...(this.#first ? { first: this.#first } : {}) }
  }

  #passRestarts(nowNs: number): void {
    while (this.#restartsNs.length > 0 && this.#restartsNs[0]! <= nowNs) {
      this.#restartsNs.shift()
      this.#restartEvent = this.#found.invocations
      this.#latestOfKey.clear()
    }
  }

  #begin({ records, begunNs }: LoggedInvocation): void {
    const event = ++this.#found.invocations
    this.#found.deliveries += records.length
    for (const record of records) {
      if (record >= this.#state.length || this.#isFiltered(record)) {
        this.#note('unexpected', { record })
        continue
      }
      this.#checkAgain(record, { event, begunNs })
      this.#checkOrder(record, { event, begunNs })
      this.#lastEvent[record] = event
    }
  }

  /** Whether the record may come: for the first time, or once more. */
  #checkAgain(record: number, now: { readonly event: number; readonly begunNs: number }): void {
    const state = this.#state[record]!
    if (state === UNSEEN && this.#lastEvent[record] !== now.event) return
    const isRunning = this.#endedNs[record]! > now.begunNs
    if (isRunning || this.#lastEvent[record] === now.event) {
      this.#note('duplicated', { record })
    } else if (state === FAILED) {
      this.#found.repeatedAfterFailure++
      this.#found.repeated++
    } else if (state === SILENT) {
      this.#found.repeatedAfterSilence++
      this.#found.repeated++
    } else if (this.#restartEvent > 0 && !this.#hasCome(record)) {
      // It has to succeed once more before its followers may come.
      this.#state[record] = SILENT
      this.#found.repeatedAfterRestart++
      this.#found.repeated++
    } else {
      this.#note('duplicated', { record })
    }
  }

  #checkOrder(record: number, now: { readonly event: number; readonly begunNs: number }): void {
    const previous = this.#previous[record]!
    const open = this.#latestOpen(previous, now)
    if (open >= 0) {
      this.#note('reordered', { record: open, other: record })
      return
    }
    if (this.#restartEvent === 0) return
    const key = this.#expected.keyNumberOf(record)
    const latest = this.#latestOfKey.get(key) ?? -1
    if (record > latest) this.#latestOfKey.set(key, record)
    if (latest < 0 || this.#hasCome(record)) return
    if (record < latest) {
      this.#note('reordered', { record, other: latest })
      return
    }
    let gap = previous
    while (gap > latest && this.#isDiscarded(gap)) gap = this.#previous[gap]!
    if (gap > latest) this.#note('reordered', { record: gap, other: record })
  }

  /** The latest record of a key, `from` or before it, that is not done and so holds its followers up; -1: none. */
  #latestOpen(from: number, now: { readonly event: number; readonly begunNs: number }): number {
    for (let record = from; record >= 0; record = this.#previous[record]!) {
      const state = this.#state[record]!
      // Those before a record in its event were looked at when it came.
      if (this.#lastEvent[record] === now.event) return -1
      if (state === GIVEN_UP) {
        // What was done before it may have come once more, and may have failed then.
        if (this.#restartEvent > 0) continue
        return -1
      }
      if (this.#endedNs[record]! > now.begunNs) return record
      if (state === DONE) return -1
      if (state === UNSEEN || !this.#isDiscarded(record)) return record
      // Only now the log tells that what came last of it was the last; what was before it in its batch is looked at next.
      this.#state[record] = GIVEN_UP
    }
    return -1
  }

  /** Takes account of the end at once: whoever begins before its time still finds it running. */
  #end({ outcome, records, failedFrom, endedNs }: LoggedInvocation): void {
    const doneCount =
      outcome === 'succeeded' ? records.length : outcome === 'partly' ? failedFrom : 0
    const isSilent = outcome === 'running'
    for (let i = 0; i < records.length; i++) {
      const record = records[i]!
      if (record >= this.#state.length || this.#state[record]! >= DONE) continue
      this.#state[record] = i < doneCount ? DONE : isSilent ? SILENT : FAILED
      this.#endedNs[record] = isSilent ? 0 : endedNs
    }
  }

  #conclude(record: number): void {
    if (this.#isFiltered(record)) return
    const isDone = this.#state[record] === DONE
    const isDiscarded = this.#isDiscarded(record)
    if (isDone && isDiscarded) this.#note('unexpected', { record })
    if (!isDone && (!isDiscarded || this.#state[record] === UNSEEN)) this.#note('lost', { record })
  }

  /** Since the last restart. */
  #hasCome(record: number): boolean {
    return this.#lastEvent[record]! > this.#restartEvent
  }

  #isFiltered(record: number): boolean {
    return this.#expected.isFiltered?.(record) ?? false
  }

  #isDiscarded(record: number): boolean {
    return this.#expected.discarded?.has(record) ?? false
  }

  #note(
    kind: Violation['kind'],
    where: { readonly record: number; readonly other?: number },
  ): void {
    this.#found[kind]++
    const isKnown = where.record < this.#state.length
    const key = isKnown ? this.#expected.keyNumberOf(where.record) : -1
    this.#first ??= { kind, key, ...where }
  }
}

/** Filtered records count as no part of their key's order. */
function previousOfKey({ recordCount, keyNumberOf, isFiltered }: Expectation): Int32Array {
  const last = new Map<number, number>()
  const previous = new Int32Array(recordCount).fill(-1)
  for (let record = 0; record < recordCount; record++) {
    if (isFiltered?.(record)) continue
    const key = keyNumberOf(record)
    previous[record] = last.get(key) ?? -1
    last.set(key, record)
  }
  return previous
}
