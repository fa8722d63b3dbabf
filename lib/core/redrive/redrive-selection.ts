import type { FailedBatchSummary } from '../destination/failed-batch.ts'
import type { SequenceNumber, ShardId } from '../ids.ts'

/** Whether the function has seen something newer of a batch's keys since the batch was given up. */
export type Freshness =
  | { readonly type: 'fresh' }
  /** A newer record of one of its keys was delivered: to send it now is to send it out of order. */
  | {
      readonly type: 'stale'
      readonly key: string
      readonly newer: { readonly shardId: ShardId; readonly sequenceNumber: SequenceNumber }
    }
  /** The source does not tell any more, or not now. */
  | { readonly type: 'unknown'; readonly reason: string }

/** A selected batch that is not sent, and why. */
export type SkippedBatch = {
  readonly batch: FailedBatchSummary
  readonly because: 'stale' | 'unknown' | 'impossible'
  readonly reason: string
}

/** What of a selection is sent, and what not. */
export type RedriveSelection = {
  readonly sent: readonly FailedBatchSummary[]
  readonly skipped: readonly SkippedBatch[]
}

/** Why a batch can never be sent as it is; `undefined` where it can. */
export function obstacle({ facts, state }: FailedBatchSummary): string | undefined {
  if (state === 'redriving') return 'a redrive that has not ended holds it'
  if (facts.recordCount > 0) return undefined
  return 'it is the final call of a tumbling window: it has no records, and the state it was called with is gone'
}

/** Parts a selection into what is sent and what is not. @param freshness by id, of those without an obstacle. */
export function selectForRedrive(
  batches: readonly FailedBatchSummary[],
  freshness: ReadonlyMap<string, Freshness>,
  { includeStale }: { readonly includeStale: boolean },
): RedriveSelection {
  const sent: FailedBatchSummary[] = []
  const skipped: SkippedBatch[] = []
  for (const batch of batches) {
    const reason = obstacle(batch)
    const judged = freshness.get(batch.id)
    if (reason !== undefined) skipped.push({ batch, because: 'impossible', reason })
    else if (judged === undefined || judged.type === 'fresh' || includeStale) sent.push(batch)
    else skipped.push({ batch, because: judged.type, reason: reasonOf(judged) })
  }
  return { sent, skipped }
}

function reasonOf(freshness: Exclude<Freshness, { type: 'fresh' }>): string {
  if (freshness.type === 'unknown') return freshness.reason
  const { key, newer } = freshness
  return `${key}: a newer record was delivered since, ${newer.sequenceNumber} in ${newer.shardId}`
}
