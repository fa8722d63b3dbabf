/** Settled records by outcome, and the work they took. @source contract §7, D25 */
export type LedgerCounts = {
  readonly delivered: number
  readonly filtered: number
  readonly sent: number
  readonly dropped: number
  readonly retries: number
  readonly splits: number
  readonly invocations: number
}

/** Contract §7: `polled = delivered + filtered + sent + dropped + inFlight`. */
export type Ledger = LedgerCounts & { readonly polled: number; readonly inFlight: number }

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
