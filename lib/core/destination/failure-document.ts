import { isoMilliseconds, isoSeconds } from '../timestamp.ts'
import type { FailedBatch, ResponseContext } from './failed-batch.ts'

/**
 * The failure document of a discarded batch as SQS and SNS get it: one line of JSON, members in AWS's order.
 * @source aws-semantics §4.6 [N]
 */
export function failureDocument(failed: FailedBatch): string {
  return JSON.stringify({ ...head(failed), ...tail(failed) })
}

/**
 * The failure document with the event in it, in the member order of S3: one line of JSON, `payload` is the
 * event as an escaped JSON string.
 * @source aws-semantics §4.6 [D, N]
 */
export function failureDocumentWithPayload(failed: FailedBatch): string {
  return JSON.stringify({ ...head(failed), payload: failed.payload, ...tail(failed) })
}

function head(failed: FailedBatch): object {
  return {
    requestContext: {
      requestId: failed.requestId,
      functionArn: failed.functionArn,
      condition: failed.condition,
      approximateInvokeCount: failed.approximateInvokeCount,
    },
    ...responseContext(failed),
    version: '1.0',
  }
}

/** Left out for `RecordAgeExceeded` and where the function never ran (aws-semantics §4.5). */
function responseContext(failed: FailedBatch): { responseContext?: ResponseContext } {
  if (failed.condition === 'RecordAgeExceeded' || failed.response === undefined) return {}
  const { statusCode, executedVersion, functionError } = failed.response
  return { responseContext: { statusCode, executedVersion, functionError } }
}

function tail(failed: FailedBatch): object {
  const timestamp = isoMilliseconds(failed.discardedAt)
  const { window, shardId, streamArn } = failed
  if (!window) return { timestamp, DDBStreamBatchInfo: batchInfo(failed) }
  const timeWindowInfo = {
    window: { start: isoSeconds(window.start), end: isoSeconds(window.end) },
    isFinalInvokeForWindow: true,
    isWindowTerminatedEarly: window.isEarly,
  }
  return { timestamp, DDBStreamBatchInfo: { shardId, streamArn }, timeWindowInfo }
}

function batchInfo(failed: FailedBatch): object {
  return {
    shardId: failed.shardId,
    startSequenceNumber: failed.firstSequenceNumber,
    endSequenceNumber: failed.lastSequenceNumber,
    approximateArrivalOfFirstRecord: isoSeconds(failed.firstArrivedAt),
    approximateArrivalOfLastRecord: isoSeconds(failed.lastArrivedAt),
    batchSize: failed.recordCount,
    streamArn: failed.streamArn,
  }
}
