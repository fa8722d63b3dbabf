import type { Ledger } from '../lib/core/ledger/ledger.ts'
import { perSecond } from './statistics.ts'
import { type Moment, Tally } from './tally.ts'

/**
 * A drain is measured between these shares of its records. Before the first, threads start and code is compiled; at
 * the second, a backlog of a million still fills the engine's read-ahead (64 MB of a shard: some 190,000 records), so
 * that as many records are read between the marks as are handled.
 */
const FIRST_SHARE = 0.4
const SECOND_SHARE = 0.8

/** What a drain whose audit passed has shown. */
export type Drain = {
  /** Between the two marks. @unit records/s */
  readonly steady: number
  /** From the first read to the last record settled. @unit records/s */
  readonly whole: number
  /** Processor time of all threads between the marks. @unit µs for each record */
  readonly processorUs: number
}

/** A record was lost, doubled, or not accounted for: the run's figures mean nothing. */
export class AuditFailure extends Error {
  override readonly name = 'AuditFailure'
}

const tally = Tally.shared()
const firstMark = (records: number): number => Math.ceil(records * FIRST_SHARE)
const secondMark = (records: number): number => Math.ceil(records * SECOND_SHARE)

/** Before a drain of so many records. */
export function prepareDrain(recordCount: number): void {
  tally.reset({ first: firstMark(recordCount), second: secondMark(recordCount) })
}

/**
 * Checks what the handlers of a drain were given against what was there.
 * @throws AuditFailure
 */
export function auditDrain(
  name: string,
  recordCount: number,
  span: { readonly begun: Moment; readonly ended: Moment },
): Drain {
  auditCount(name, recordCount)
  const { first, second } = tally.moments()
  const between = secondMark(recordCount) - firstMark(recordCount)
  return {
    steady: perSecond(between, second.atNs - first.atNs),
    whole: perSecond(recordCount, span.ended.atNs - span.begun.atNs),
    processorUs: (second.processorUs - first.processorUs) / between,
  }
}

/** @throws AuditFailure */
export function auditCount(name: string, recordCount: number): void {
  const handled = tally.recordCount
  if (handled === recordCount) return
  throw new AuditFailure(`${name}: the handlers got ${handled} of ${recordCount} records`)
}

/** Contract §7: every record polled was delivered or filtered out, and nothing is in flight. @throws AuditFailure */
export function auditLedger(
  name: string,
  recordCount: number,
  ledger: Ledger,
  deliveredCount = recordCount,
): void {
  const { polled, delivered, filtered, sent, dropped, inFlight } = ledger
  const isBalanced = polled === delivered + filtered + sent + dropped + inFlight
  if (
    isBalanced &&
    polled === recordCount &&
    delivered === deliveredCount &&
    filtered === recordCount - deliveredCount
  )
    return
  throw new AuditFailure(
    `${name}: the ledger of ${recordCount} records says ${JSON.stringify(ledger)}`,
  )
}
