import type { Ledger } from '../lib/core/ledger/ledger.ts'
import { perSecond } from './statistics.ts'
import { Tally } from './tally.ts'

/** A drain is measured between these shares of its records: compiled code before, the emptying pipe after. */
const FIRST_SHARE = 0.2
const SECOND_SHARE = 0.85

/** When a drain began and when it was over. @unit ns of `process.hrtime` */
export type Span = { readonly begun: bigint; readonly ended: bigint }

/** Speeds of a drain whose audit passed. @unit records/s */
export type Drain = {
  /** Between the two marks. */
  readonly steady: number
  /** From the first read to the last record settled. */
  readonly whole: number
}

/** A record was lost, doubled, or not accounted for: the run's figures mean nothing. */
export class AuditFailure extends Error {
  override readonly name = 'AuditFailure'
}

const tally = Tally.shared()

export function prepareRun(recordCount: number): void {
  tally.reset({
    first: Math.ceil(recordCount * FIRST_SHARE),
    second: Math.ceil(recordCount * SECOND_SHARE),
  })
}

/**
 * Checks what the handlers of a run were given against what was there.
 * @throws AuditFailure
 */
export function auditRun(name: string, recordCount: number, { begun, ended }: Span): Drain {
  const handled = tally.recordCount
  if (handled !== recordCount)
    throw new AuditFailure(`${name}: the handlers got ${handled} of ${recordCount} records`)
  const { first, second } = tally.markTimes()
  const between = Math.ceil(recordCount * SECOND_SHARE) - Math.ceil(recordCount * FIRST_SHARE)
  return {
    steady: perSecond(between, second - first),
    whole: perSecond(recordCount, ended - begun),
  }
}

/** Contract §7: every record polled was delivered, and nothing is in flight. @throws AuditFailure */
export function auditLedger(name: string, recordCount: number, ledger: Ledger): void {
  const { polled, delivered, filtered, sent, dropped, inFlight } = ledger
  const isBalanced = polled === delivered + filtered + sent + dropped + inFlight
  if (isBalanced && polled === recordCount && delivered === recordCount) return
  throw new AuditFailure(
    `${name}: the ledger of ${recordCount} records says ${JSON.stringify(ledger)}`,
  )
}
