import type { HistoryLedger } from './history.ts'

/** What a history knows of its records at the moment when a ledger was read; in numbers of records. */
export type LedgerFacts = {
  readonly put: number
  /** Invoked, and not answered. */
  readonly running: number
  /** With an outcome that was saved. */
  readonly durable: number
  /** With an outcome that this run of the engine may know of, saved or not. */
  readonly settled: number
}

/** What is wrong with a ledger that was read in the midst of a run (I1, D25), in words. */
export function checkLedger(ledger: HistoryLedger, facts: LedgerFacts): readonly string[] {
  const { polled, delivered, filtered, sent, dropped, inFlight } = ledger
  const outcomes = delivered + filtered + sent + dropped
  const rules: readonly (readonly [boolean, string])[] = [
    [
      polled === outcomes + inFlight,
      `${polled} polled, ${outcomes} settled, ${inFlight} in flight`,
    ],
    [polled <= facts.put, `${polled} polled of ${facts.put} that were put`],
    [inFlight >= facts.running, `${inFlight} in flight while ${facts.running} are being handled`],
    [outcomes >= facts.durable, `${outcomes} settled while ${facts.durable} are durable`],
    [delivered <= facts.settled, `${delivered} delivered of ${facts.settled} that settled`],
  ]
  return rules.flatMap(([holds, what]) => (holds ? [] : [what]))
}
