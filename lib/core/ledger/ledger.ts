/** Settled records by outcome, and the work they took. @source contract §7, D25 */
export type LedgerCounts = {
  /** Records that a handler succeeded with. */
  readonly delivered: number
  /** Records that matched no pattern. */
  readonly filtered: number
  /** Records given up, with their report in the outbox. */
  readonly sent: number
  /** Records given up where no destination is set. */
  readonly dropped: number
  /** Attempts with a batch that had failed before, unchanged. */
  readonly retries: number
  /** Batches halved. */
  readonly splits: number
  /** Calls of the function, failed ones included. */
  readonly invocations: number
}

/** Records by outcome; `polled = delivered + filtered + sent + dropped + inFlight` at any moment. @source contract §7 */
export type Ledger = LedgerCounts & {
  /** Records read, each of them once, however often it was read (D25). */
  readonly polled: number
  /** Records read and not settled. */
  readonly inFlight: number
}

/** Of a shard from which nothing was settled. */
export const NO_COUNTS: LedgerCounts = {
  delivered: 0,
  filtered: 0,
  sent: 0,
  dropped: 0,
  retries: 0,
  splits: 0,
  invocations: 0,
}

/** Sum of two counts, member by member. */
export function addCounts(a: LedgerCounts, b: LedgerCounts): LedgerCounts {
  return {
    delivered: a.delivered + b.delivered,
    filtered: a.filtered + b.filtered,
    sent: a.sent + b.sent,
    dropped: a.dropped + b.dropped,
    retries: a.retries + b.retries,
    splits: a.splits + b.splits,
    invocations: a.invocations + b.invocations,
  }
}

/** The ledger of settled `counts` and `inFlight` records. `polled` is derived: a record read again counts once (D25). */
export function ledgerOf(counts: LedgerCounts, inFlight: number): Ledger {
  const settled = counts.delivered + counts.filtered + counts.sent + counts.dropped
  return {
    polled: settled + inFlight,
    delivered: counts.delivered,
    filtered: counts.filtered,
    sent: counts.sent,
    dropped: counts.dropped,
    inFlight,
    retries: counts.retries,
    splits: counts.splits,
    invocations: counts.invocations,
  }
}
