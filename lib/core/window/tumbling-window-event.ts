/**
 * What a function gets in a tumbling window, members in this order. `@types/aws-lambda` has it for Kinesis only: give its
 * `DynamoDBRecord` as `StreamRecord`.
 *
 * @source aws-semantics §5
 */
export type DynamoDBStreamTumblingWindowEvent<State = unknown, StreamRecord = unknown> = {
  /** Records of the window since the last call, in order; empty in a final call. */
  Records: StreamRecord[]
  /** Of the shard: each has windows of its own. */
  shardId: string
  /** ARN of the stream. */
  eventSourceARN: string
  /** Begin and end as `2026-01-01T00:00:00Z`; the end belongs to the next window. */
  window: { start: string; end: string }
  /** What the last call of this window returned; `{}` in the first one. A fresh value in each attempt. */
  state: State
  /** The window is over: the state is handed back, and dropped when this call succeeds. */
  isFinalInvokeForWindow: boolean
  /** The state was larger than 1 MB: the same window goes on with `{}` (D10). */
  isWindowTerminatedEarly: boolean
}

/**
 * What a function answers in a tumbling window: without `state` the invocation failed.
 *
 * @source aws-semantics §5, §4.4
 */
export type DynamoDBStreamTumblingWindowResponse<State = unknown> = {
  /** Any JSON, 1 MB as UTF-8 at most. */
  state: State
  /** With `ReportBatchItemFailures`: the state is then that of the records before the first one that failed. */
  batchItemFailures?: { itemIdentifier: string }[] | null
}
