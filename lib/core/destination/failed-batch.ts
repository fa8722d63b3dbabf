import type { EpochMs, MappingUuid, SequenceNumber, ShardId, StreamArn } from '../ids.ts'

/** @source aws-semantics §4.6 */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded'

/** What the function last answered; absent when it never ran, or for `RecordAgeExceeded`. */
export type ResponseContext = {
  readonly statusCode: number
  readonly executedVersion: string
  /** `Unhandled` for exceptions and timeouts, `null` for a bad response body. */
  readonly functionError: 'Unhandled' | null
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
  readonly recordCount: number
  /** The event as JSON: `{"Records":[...]}`. */
  readonly payload: string
  /** What the function last failed with, for people. */
  readonly lastError?: { readonly errorType: string; readonly errorMessage: string }
}

/** What the failed-batch store holds, and what it had to give up. @source contract §3 FailedBatchStore */
export type FailedBatchTotals = {
  readonly count: number
  /** Of the payloads and what stands beside them. */
  readonly bytes: number
  /** Purged since the store was made, because it was full. */
  readonly purgedCount: number
}
