import type { EpochMs, MappingUuid, SequenceNumber, ShardId, StreamArn } from '../ids.ts'

/** Why a batch was given up. @source aws-semantics §4.6 */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded'

/** What the function last answered; absent when it never ran, or for `RecordAgeExceeded`. */
export type ResponseContext = {
  readonly statusCode: number
  readonly executedVersion: string
  /** `Unhandled` for exceptions and timeouts, `null` for a bad response body. */
  readonly functionError: 'Unhandled' | null
}

/** Where a batch comes from that failed again when it was redriven. @source docs/decisions/0010 */
export type RedriveOrigin = {
  /** The task that sent it. */
  readonly task: string
  /** The batches that its records failed in at first, also where they are gone since. Ids, ascending. */
  readonly first: readonly string[]
  /** How often its records were redriven, this time included. */
  readonly count: number
}

/** The window whose final call was given up. @source aws-semantics §4.6 */
export type FailedWindow = {
  readonly start: EpochMs
  readonly end: EpochMs
  /** The state had outgrown its limit (D10). */
  readonly isEarly: boolean
}

/** A batch that was given up, with its whole payload. */
export type FailedBatch = {
  readonly mapping: MappingUuid
  readonly functionArn: string
  readonly streamArn: StreamArn
  readonly shardId: ShardId
  readonly condition: DiscardCondition
  readonly requestId: string
  readonly approximateInvokeCount: number
  readonly response?: ResponseContext
  readonly discardedAt: EpochMs
  readonly firstSequenceNumber: SequenceNumber
  readonly lastSequenceNumber: SequenceNumber
  readonly firstArrivedAt: EpochMs
  readonly lastArrivedAt: EpochMs
  /** 0 of a final call: its sequence numbers are the position of the shard. */
  readonly recordCount: number
  readonly window?: FailedWindow
  /** The event as JSON: `{"Records":[...]}`. */
  readonly payload: string
  /** What the function last failed with, for people. */
  readonly lastError?: { readonly errorType: string; readonly errorMessage: string }
  /** Of a batch that failed in a redrive. */
  readonly redrive?: RedriveOrigin
}

/** A failed batch without its payload, which may be megabytes: what lists are made of. */
export type FailedBatchFacts = Omit<FailedBatch, 'payload'>

/** A failed batch in the store, without its payload. */
export type FailedBatchSummary = {
  readonly id: string
  readonly facts: FailedBatchFacts
  /** `waiting`: its report was not delivered yet (D16). `redriving`: a task that has not ended holds it. */
  readonly state: 'kept' | 'waiting' | 'redriving'
}

/** What the failed-batch store holds, and what it had to give up. @source contract §3 FailedBatchStore */
export type FailedBatchTotals = {
  readonly count: number
  /** Of the payloads and what stands beside them. */
  readonly bytes: number
  /** Purged since the store was made, because it was full. */
  readonly purgedCount: number
}
