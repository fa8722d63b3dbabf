import { recordNumberOf } from '../load/workload.ts'
import { AuditFailure } from './run-audit.ts'

/** What of a failed batch is looked at. */
export type FailedBatchFacts = {
  readonly condition: string
  readonly approximateInvokeCount: number
  readonly recordCount: number
  /** The event as JSON. */
  readonly payload: string
}

/** When a batch may be given up. */
export type GivingUp = {
  /** Of the run. */
  readonly name: string
  /** `MaximumRetryAttempts`. */
  readonly retries: number
  /** Whether a failing batch is halved, so that one record is given up at a time. */
  readonly bisect: boolean
  /** Records that fail whenever they come. */
  isPoison(record: number): boolean
}

/**
 * Holds each batch that was given up against AWS's rules: it had its attempts, something in it does fail, it could not
 * be halved any more, and its records are in no other. It reads the payloads itself.
 * @returns numbers of the records.
 * @throws AuditFailure
 * @source aws-semantics §4.3 rules 1 to 3
 */
export function auditFailedBatches(
  batches: Iterable<FailedBatchFacts>,
  giving: GivingUp,
): ReadonlySet<number> {
  const discarded = new Set<number>()
  for (const batch of batches) {
    const records = recordsIn(batch.payload)
    const wrong =
      wrongIn(batch, records, giving) ?? (records.some((r) => discarded.has(r)) && AGAIN)
    if (wrong) throw new AuditFailure(`${giving.name}: a failed batch of ${list(records)} ${wrong}`)
    for (const record of records) discarded.add(record)
  }
  return discarded
}

const AGAIN = 'has records that are in another one as well'

function wrongIn(
  { condition, approximateInvokeCount, recordCount }: FailedBatchFacts,
  records: readonly number[],
  { retries, bisect, isPoison }: GivingUp,
): string | undefined {
  if (condition !== 'RetryAttemptsExhausted') return `was given up for ${condition}`
  if (records.length !== recordCount) return `says that it has ${recordCount} records`
  if (approximateInvokeCount !== retries + 1)
    return `had ${approximateInvokeCount} attempts, not ${retries + 1}`
  if (bisect && records.length !== 1) return 'could have been halved'
  if (!records.some((record) => isPoison(record))) return 'has no record that fails'
  return undefined
}

function recordsIn(payload: string): readonly number[] {
  const { Records } = JSON.parse(payload) as {
    readonly Records: readonly Parameters<typeof recordNumberOf>[0][]
  }
  return Records.map(recordNumberOf)
}

const list = (records: readonly number[]): string =>
  records.length === 1 ? `record ${records[0]}` : `records ${records[0]} to ${records.at(-1)}`
