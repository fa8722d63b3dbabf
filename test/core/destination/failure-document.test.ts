import t from 'tap'
import {
  failureDocument,
  failureDocumentWithPayload,
} from '../../../lib/core/destination/failure-document.ts'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { failedBatchOf, NEW_YEAR } from '../../support/state-builders.ts'

// aws-semantics §4.6 [N]: members in AWS's order, byte for byte.
const REQUEST_CONTEXT =
  '"requestContext":{"requestId":"4b6e3f9c-0000-4000-8000-000000000001","functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f","condition":"RetryAttemptsExhausted","approximateInvokeCount":2}'
const RESPONSE_CONTEXT =
  '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}'
const BATCH_INFO =
  '"DDBStreamBatchInfo":{"shardId":"shardId-1","startSequenceNumber":"800000000003126276362","endSequenceNumber":"800000000003126276363","approximateArrivalOfFirstRecord":"2026-01-01T00:00:00Z","approximateArrivalOfLastRecord":"2026-01-01T00:00:01Z","batchSize":2,"streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l"}'
const REST = `"timestamp":"2026-01-01T00:00:00.123Z",${BATCH_INFO}}`

const FAILED = failedBatchOf({ discardedAt: (NEW_YEAR + 123) as EpochMs })
const { response, ...NEVER_RAN } = FAILED

t.test('SQS and SNS: the document as published', async (t) => {
  t.equal(
    failureDocument(FAILED),
    `{${REQUEST_CONTEXT},${RESPONSE_CONTEXT},"version":"1.0",${REST}`,
  )
})

t.test('S3: with the event as an escaped string, before the timestamp', async (t) => {
  t.equal(
    failureDocumentWithPayload({ ...FAILED, payload: '{"Records":["\\n"]}' }),
    `{${REQUEST_CONTEXT},${RESPONSE_CONTEXT},"version":"1.0","payload":"{\\"Records\\":[\\"\\\\n\\"]}",${REST}`,
  )
})

t.test('functionError is null for a bad response body', async (t) => {
  const badBody = { statusCode: 200, executedVersion: '$LATEST', functionError: null }
  t.match(failureDocument({ ...FAILED, response: badBody }), '"functionError":null},"version"')
})

t.test('members of the response stay in order, however it was made', async (t) => {
  const turned = {
    functionError: 'Unhandled',
    executedVersion: '$LATEST',
    statusCode: 200,
  } as const
  t.equal(failureDocument({ ...FAILED, response: turned }), failureDocument(FAILED))
})

t.test('no responseContext where the function never ran', async (t) => {
  t.equal(failureDocument(NEVER_RAN), `{${REQUEST_CONTEXT},"version":"1.0",${REST}`)
})

t.test(
  'no responseContext when the record was too old, whatever was answered before',
  async (t) => {
    const expired = failureDocument({ ...FAILED, condition: 'RecordAgeExceeded' })
    t.equal(expired.includes('responseContext'), false)
    t.match(expired, '"condition":"RecordAgeExceeded"')
  },
)

t.test('what is for people only is not in the document', async (t) => {
  const lastError = { errorType: 'Error', errorMessage: 'secret' }
  t.equal(failureDocument({ ...FAILED, lastError }), failureDocument(FAILED))
})

t.test(
  'a final call has its window in place of sequence numbers (aws-semantics §4.6)',
  async (t) => {
    const [start, end] = [NEW_YEAR as EpochMs, (NEW_YEAR + 60_000) as EpochMs]
    const given = failureDocument({ ...FAILED, window: { start, end, isEarly: true } })
    t.equal(
      given,
      `{${REQUEST_CONTEXT},${RESPONSE_CONTEXT},"version":"1.0","timestamp":"2026-01-01T00:00:00.123Z","DDBStreamBatchInfo":{"shardId":"shardId-1","streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l"},"timeWindowInfo":{"window":{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:01:00Z"},"isFinalInvokeForWindow":true,"isWindowTerminatedEarly":true}}`,
    )
  },
)
