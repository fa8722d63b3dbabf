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
  /** The engine was ended and started again in the midst: what had succeeded may come once more. */
  readonly mayRepeat?: boolean
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
  /** Deliveries of records that had come before and had not succeeded, or may repeat: they are explained. */
  readonly repeated: number
  /** Neither succeeded nor discarded. */
  readonly lost: number
  /** Came again after they had succeeded or were given up. */
  readonly duplicated: number
  /** Came while an earlier record of their key was not done. */
  readonly reordered: number
  /** Came although a filter should have passed them by, or were never put. */
  readonly unexpected: number
  readonly first?: Violation
}

const NOT_SEEN = 0
const SEEN = 1
const DONE = 2

/**
 * Compares what handlers wrote down with what was put. It goes by one rule: when an invocation begins, each record in
 * it must follow records of its key that are all done, or that stand before it in the same event. Done is what an
 * invocation that ended before had succeeded with, or what was given up.
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
  /** By record: the record of its key before it, or -1. */
  readonly #previous: Int32Array
  /** By record: number of the last invocation that had it, from 1. */
  readonly #lastEvent: Int32Array
  readonly #found = {
    invocations: 0,
    deliveries: 0,
    repeated: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    unexpected: 0,
  }
  #first: Violation | undefined

  constructor(expected: Expectation) {
    this.#expected = expected
    this.#state = new Uint8Array(expected.recordCount)
    this.#previous = previousOfKey(expected)
    this.#lastEvent = new Int32Array(expected.recordCount)
  }

  check(invocations: Iterable<LoggedInvocation>): Findings {
    // Ends of invocations are taken account of before the next one begins, in the order of time.
    const running: LoggedInvocation[] = []
    for (const invocation of invocations) {
      settleEnded(running, invocation.begunNs, (ended) => this.#end(ended))
      this.#begin(invocation)
      running.push(invocation)
    }
    settleEnded(running, Number.POSITIVE_INFINITY, (ended) => this.#end(ended))
    for (let record = 0; record < this.#state.length; record++) {
      const isExpected = !this.#isFiltered(record) && !this.#isDiscarded(record)
      if (isExpected && this.#state[record] !== DONE) this.#note('lost', { record })
    }
    return { ...this.#found, ...(this.#first ? { first: this.#first } : {}) }
  }

  #begin({ records }: LoggedInvocation): void {
    const event = ++this.#found.invocations
    for (const record of records) {
      this.#found.deliveries++
      if (record >= this.#state.length || this.#isFiltered(record)) {
        this.#note('unexpected', { record })
        continue
      }
      if (this.#lastEvent[record] === event) this.#note('duplicated', { record })
      else if (this.#state[record] === NOT_SEEN) this.#state[record] = SEEN
      else if (this.#state[record] === SEEN || this.#expected.mayRepeat) this.#found.repeated++
      else this.#note('duplicated', { record })
      this.#lastEvent[record] = event
      const previous = this.#previous[record]!
      if (previous >= 0 && !this.#isPast(previous, event))
        this.#note('reordered', { record: previous, other: record })
    }
  }

  #isPast(record: number, event: number): boolean {
    if (this.#lastEvent[record] === event || this.#state[record] === DONE) return true
    // Given up after its last delivery, of which the log cannot tell that it was the last.
    return this.#isDiscarded(record) && this.#state[record] === SEEN
  }

  #end({ outcome, records, failedFrom }: LoggedInvocation): void {
    if (outcome === 'running' || outcome === 'failed') return
    const count = outcome === 'partly' ? failedFrom : records.length
    for (let i = 0; i < count; i++)
      if (records[i]! < this.#state.length) this.#state[records[i]!] = DONE
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

function settleEnded(
  running: LoggedInvocation[],
  beforeNs: number,
  end: (invocation: LoggedInvocation) => void,
): void {
  for (let i = running.length - 1; i >= 0; i--) {
    const invocation = running[i]!
    if (invocation.outcome === 'running') {
      running.splice(i, 1)
    } else if (invocation.endedNs <= beforeNs) {
      end(invocation)
      running.splice(i, 1)
    }
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
