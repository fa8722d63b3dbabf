import { type Ledger, ledgerOf } from './ledger.ts'

/** What invocations of lanes came to. @source contract §6; aws-semantics §8 */
export type WorkCounts = {
  /** Records handed to a function: those of a retry count again. */
  readonly invoked: number
  /** Of those, the ones in invocations that failed, or that a partial answer gave back. */
  readonly failed: number
  /** Invocations that ended with a function error. */
  readonly errors: number
  /** Invocations that did not begin, as the function's concurrency is used up. */
  readonly throttles: number
  /** Of all invocations together. */
  readonly durationMs: number
}

/** Nothing was done. */
export const NO_WORK: WorkCounts = { invoked: 0, failed: 0, errors: 0, throttles: 0, durationMs: 0 }

/** Sum, member by member. */
export function addWork(a: WorkCounts, b: WorkCounts): WorkCounts {
  return {
    invoked: a.invoked + b.invoked,
    failed: a.failed + b.failed,
    errors: a.errors + b.errors,
    throttles: a.throttles + b.throttles,
    durationMs: a.durationMs + b.durationMs,
  }
}

/** Adds up what many have done, each as often looked at as one likes: sums never go back, whoever goes. */
export class WorkTally {
  readonly #seen = new WeakMap<object, WorkCounts>()
  #sum = NO_WORK

  get sum(): WorkCounts {
    return this.#sum
  }

  /** @param done All that `doer` has done until now. */
  look(doer: object, done: WorkCounts): void {
    const before = this.#seen.get(doer) ?? NO_WORK
    this.#seen.set(doer, done)
    this.#sum = addWork(this.#sum, {
      invoked: done.invoked - before.invoked,
      failed: done.failed - before.failed,
      errors: done.errors - before.errors,
      throttles: done.throttles - before.throttles,
      durationMs: done.durationMs - before.durationMs,
    })
  }
}

/**
 * The greater of two ledgers, outcome by outcome. Records in flight are read again after a stop: what was polled already
 * must not seem to go back then.
 */
export function greaterLedger(a: Ledger, b: Ledger): Ledger {
  const greater = (name: keyof Ledger) => Math.max(a[name], b[name])
  const counts = {
    delivered: greater('delivered'),
    filtered: greater('filtered'),
    sent: greater('sent'),
    dropped: greater('dropped'),
    retries: greater('retries'),
    splits: greater('splits'),
    invocations: greater('invocations'),
  }
  return { ...ledgerOf(counts, b.inFlight), polled: greater('polled') }
}
