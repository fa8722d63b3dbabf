import type { Ledger } from '../../lib/core/ledger/ledger.ts'
import { checkLog, type Findings } from '../audit/check-log.ts'
import type { LoggedInvocation } from '../audit/handler-log.ts'
import { AuditFailure, auditFindings, auditLedger } from '../audit/run-audit.ts'

/** What a trial has left behind. */
export type TrialFacts = {
  readonly name: string
  readonly recordCount: number
  keyNumberOf(index: number): number
  sequenceNumbersOf(records: readonly number[]): Promise<readonly string[]>
  /** Records in failed batches. */
  readonly givenUp: ReadonlySet<number>
  readonly ledger: Ledger
  /** Whether everything was settled when it ended; a function that fails for ever never comes so far. */
  readonly isFinished: boolean
}

/**
 * Holds what a user's function saw against what was put. Which records their filter passes by, only the ledger tells:
 * as many as that must be all that never came.
 * @throws AuditFailure
 */
export async function auditTrial(
  invocations: () => Iterable<LoggedInvocation>,
  facts: TrialFacts,
): Promise<Findings> {
  const { recordCount, keyNumberOf, givenUp, ledger, isFinished, name } = facts
  const { seen, done } = readFates(invocations(), recordCount)
  const records = Array.from({ length: recordCount }, (_, record) => record)
  const unseen = records.filter((record) => !seen[record] && !givenUp.has(record))
  const passedBy = new Set(!isFinished || unseen.length === ledger.filtered ? unseen : [])
  const unfinished = isFinished ? [] : records.filter((record) => seen[record] && !done[record])
  if (isFinished) {
    const discarded = givenUp.size
    const delivered = recordCount - ledger.filtered - discarded
    auditLedger(name, ledger, { delivered, filtered: ledger.filtered, discarded })
  } else if (!isBalanced(ledger)) {
    throw new AuditFailure(`${name}: the ledger does not balance: ${JSON.stringify(ledger)}`)
  }
  const findings = checkLog(invocations(), {
    recordCount,
    keyNumberOf,
    // Too old before its first attempt: given up, and no handler has seen it.
    isFiltered: (record) => passedBy.has(record) || (givenUp.has(record) && !seen[record]),
    discarded: new Set([...givenUp, ...unfinished].filter((record) => seen[record])),
  })
  return auditFindings(findings, facts)
}

const isBalanced = ({ polled, delivered, filtered, sent, dropped, inFlight }: Ledger): boolean =>
  polled === delivered + filtered + sent + dropped + inFlight

/** By record: whether it came, and whether it was done. */
function readFates(
  invocations: Iterable<LoggedInvocation>,
  recordCount: number,
): { readonly seen: Uint8Array; readonly done: Uint8Array } {
  const [seen, done] = [new Uint8Array(recordCount), new Uint8Array(recordCount)]
  for (const { records, outcome, failedFrom } of invocations) {
    const doneCount =
      outcome === 'succeeded' ? records.length : outcome === 'partly' ? failedFrom : 0
    records.forEach((record, i) => {
      if (record >= recordCount) return
      seen[record] = 1
      if (i < doneCount) done[record] = 1
    })
  }
  return { seen, done }
}
