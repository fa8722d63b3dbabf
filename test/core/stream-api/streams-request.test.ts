import t from 'tap'
import type { SequenceNumber } from '../../../lib/core/ids.ts'
import { sequenceNumberOf } from '../../../lib/core/record/embedded-sequence.ts'
import { StreamsError } from '../../../lib/core/stream-api/streams-error.ts'
import {
  expectStreamArn,
  firstOrdinal,
  parseShardIteratorRequest,
  parseStreamsRequest,
} from '../../../lib/core/stream-api/streams-request.ts'
import {
  DESCRIBE_STREAM_RULE,
  GET_RECORDS_RULE,
  LIST_STREAMS_RULE,
} from '../../../lib/core/stream-api/streams-request-table.ts'

const StreamArn =
  'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000'
const ShardId = 'shardId-00000001767225600000-9e3779b1'

t.test('what is left out has AWS’s default', (t) => {
  t.match(parseStreamsRequest({}, LIST_STREAMS_RULE), { Limit: 100 })
  t.match(parseStreamsRequest({ StreamArn, Limit: null }, DESCRIBE_STREAM_RULE), { Limit: 100 })
  t.match(parseStreamsRequest({ ShardIterator: 'x' }, GET_RECORDS_RULE), { Limit: 1000 })
  t.end()
})

t.test('a member that nobody knows is refused, not ignored', (t) => {
  t.throws(() => parseStreamsRequest({ Limits: 1 }, LIST_STREAMS_RULE), {
    exception: 'ValidationException',
    message: /^Unknown member 'limits'/,
  })
  t.end()
})

t.test('ARNs of streams', (t) => {
  expectStreamArn(StreamArn)
  for (const text of [
    'arn:aws:dynamodb:us-east-1:0:table/a',
    'orders',
    StreamArn.replace('arn', ''),
  ])
    t.throws(() => expectStreamArn(text), { message: 'Invalid StreamArn' })
  t.end()
})

t.test('GetShardIterator: where to begin', (t) => {
  const SequenceNumber = sequenceNumberOf(7)
  const cases = [
    [{ ShardIteratorType: 'TRIM_HORIZON' }, { type: 'trim-horizon' }],
    [{ ShardIteratorType: 'LATEST' }, { type: 'latest' }],
    [
      { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber },
      { type: 'at', sequenceNumber: SequenceNumber },
    ],
    [
      { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: `00${SequenceNumber}` },
      { type: 'after', sequenceNumber: SequenceNumber },
    ],
  ] as const
  for (const [request, from] of cases)
    t.same(parseShardIteratorRequest({ StreamArn, ShardId, ...request }), {
      streamArn: StreamArn,
      shardId: ShardId,
      from,
    })
  t.end()
})

t.test('the first record: within what the shard has, and the one that comes next', (t) => {
  const shard = { trimmedThrough: 10, lastOrdinal: 20 }
  const number = (ordinal: number) => ({ sequenceNumber: sequenceNumberOf(ordinal) })
  t.equal(firstOrdinal({ type: 'trim-horizon' }, shard), 11)
  t.equal(firstOrdinal({ type: 'latest' }, shard), 21)
  for (const [type, ordinal, first] of [
    ['at', 11, 11],
    ['at', 20, 20],
    ['at', 21, 21],
    ['after', 10, 11],
    ['after', 20, 21],
    ['after', 21, 22],
  ] as const)
    t.equal(firstOrdinal({ type, ...number(ordinal) }, shard), first)
  const refused: [type: 'at' | 'after', ordinal: number, exception: string][] = [
    ['at', 10, 'TrimmedDataAccessException'],
    ['after', 9, 'TrimmedDataAccessException'],
    ['at', 22, 'ValidationException'],
    ['after', 22, 'ValidationException'],
  ]
  for (const [type, ordinal, exception] of refused) {
    const from = { type, ...number(ordinal) }
    t.throws(() => firstOrdinal(from, shard), { exception, name: 'StreamsError' })
  }
  const foreign = '4900000000000000000000001' as SequenceNumber
  t.throws(() => firstOrdinal({ type: 'at', sequenceNumber: foreign }, shard), StreamsError)
  t.end()
})
