import t from 'tap'
import { ApiError } from '../../../lib/core/mapping/api-error.ts'
import { judgeFault } from '../../../lib/core/shard/fault.ts'
import {
  StreamsError,
  shardNotFound,
  streamNotFound,
  toStreamsError,
  trimmed,
} from '../../../lib/core/stream-api/streams-error.ts'

t.test('names, statuses and texts', (t) => {
  t.match(new StreamsError('ValidationException', 'x'), {
    status: 400,
    type: 'com.amazon.coral.validate#ValidationException',
  })
  t.match(new StreamsError('InternalServerError', 'x'), {
    status: 500,
    type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
  })
  t.equal(streamNotFound('x').message, 'Requested resource not found: Stream: x not found')
  t.end()
})

t.test('what is refused before an operation is asked', (t) => {
  const service = 'com.amazon.coral.service#'
  const cases: [error: Error & { statusCode?: number }, type: string][] = [
    [new ApiError('InvalidRequestContentException', 'x'), `${service}SerializationException`],
    [new ApiError('RequestTooLargeException', 'x'), `${service}SerializationException`],
    [Object.assign(new Error('x'), { statusCode: 413 }), `${service}SerializationException`],
    [new ApiError('AccessDeniedException', 'x'), `${service}AccessDeniedException`],
  ]
  for (const [error, type] of cases)
    t.match(toStreamsError(error), { status: 400, type, message: 'x' })
  for (const error of [new Error('a secret'), new ApiError('ServiceException', 'a secret')])
    t.match(toStreamsError(error), { status: 500, message: 'internal failure: see the log' })
  t.end()
})

t.test('our own readers understand what ours say', (t) => {
  const judge = ({ exception: code, status, message: reason }: StreamsError) =>
    judgeFault({ type: 'error-answer', operation: 'GetRecords', status, code, reason }).type
  t.equal(judge(shardNotFound()), 'shard-gone')
  t.equal(judge(streamNotFound('arn:x')), 'failed')
  t.equal(judge(trimmed()), 'trimmed')
  t.equal(judge(new StreamsError('ExpiredIteratorException', 'Iterator expired.')), 'expired')
  t.equal(judge(new StreamsError('ValidationException', 'Invalid ShardIterator')), 'expired')
  t.end()
})
