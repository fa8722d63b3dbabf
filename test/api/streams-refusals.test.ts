import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
} from '@aws-sdk/client-dynamodb-streams'
import t from 'tap'
import { RETENTION_MS } from '../../lib/core/record/embedded-limits.ts'
import { openStreams, order } from '../support/embedded-fixture.ts'
import { type ServedApi, serveApi } from '../support/served-api.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { streamArnOf, streamsClient } from '../support/streams-client.ts'

const KEY = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] }
const UNKNOWN = 'arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2026-01-01T00:00:00.000'
const COUNT = '1 validation error detected: Value'

async function call(api: ServedApi, operation: string, body: string) {
  const headers = { 'x-amz-target': operation }
  const answer = await fetch(api.url, { method: 'POST', headers, body })
  const { __type, message } = (await answer.json()) as { __type: string; message: string }
  return { status: answer.status, __type, message }
}

t.test('what is asked wrongly, in AWS’s words', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const { streamArn: StreamArn } = api.engine.stream('orders')
  const ShardId = api.engine.stream('orders').shards()[0]!.shardId
  const start = { StreamArn, ShardId }
  const SequenceNumber = '4'.repeat(21)
  const cases: [operation: string, request: object, message: string][] = [
    [
      'ListStreams',
      { Limit: 0 },
      `${COUNT} '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`,
    ],
    [
      'ListStreams',
      { Limit: 101 },
      `${COUNT} '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100`,
    ],
    ['ListStreams', { ExclusiveStartStreamArn: 'x'.repeat(40) }, 'Invalid StreamArn'],
    [
      'DescribeStream',
      {},
      `${COUNT} null at 'streamArn' failed to satisfy constraint: Member must not be null`,
    ],
    [
      'DescribeStream',
      { StreamArn: 'x' },
      `${COUNT} 'x' at 'streamArn' failed to satisfy constraint: Member must have length greater than or equal to 37`,
    ],
    ['DescribeStream', { StreamArn: 'x'.repeat(40) }, 'Invalid StreamArn'],
    [
      'DescribeStream',
      { StreamArn, ShardFilter: { Type: 'X', ShardId } },
      `${COUNT} 'X' at 'shardFilter.type' failed to satisfy constraint: Member must satisfy enum value set: [CHILD_SHARDS]`,
    ],
    [
      'GetShardIterator',
      { ...start, ShardIteratorType: 'AT_TIMESTAMP' },
      `${COUNT} 'AT_TIMESTAMP' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]`,
    ],
    [
      'GetShardIterator',
      { ...start, ShardIteratorType: 'AT_SEQUENCE_NUMBER' },
      'SequenceNumber cannot be null',
    ],
    [
      'GetShardIterator',
      { ...start, ShardIteratorType: 'LATEST', SequenceNumber },
      'SequenceNumber should not be passed for this iterator type',
    ],
    [
      'GetShardIterator',
      { ...start, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber },
      'Invalid SequenceNumber',
    ],
    [
      'GetShardIterator',
      { ...start, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: 'x'.repeat(21) },
      'Invalid SequenceNumber',
    ],
    [
      'GetShardIterator',
      { ...start, ShardIteratorType: 'LATEST', SequenceNumber: '1' },
      `${COUNT} '1' at 'sequenceNumber' failed to satisfy constraint: Member must have length greater than or equal to 21`,
    ],
    [
      'GetRecords',
      { ShardIterator: 'sdf', Limit: 1001 },
      `${COUNT} '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000`,
    ],
    ['GetRecords', { ShardIterator: 'x' }, 'Invalid ShardIterator'],
    [
      'GetRecords',
      { ShardIterator: 'x'.repeat(2049) },
      `${COUNT} '${'x'.repeat(2049)}' at 'shardIterator' failed to satisfy constraint: Member must have length less than or equal to 2048`,
    ],
  ]
  for (const [operation, request, message] of cases)
    t.same(await call(api, `DynamoDBStreams_20120810.${operation}`, JSON.stringify(request)), {
      status: 400,
      __type: 'com.amazon.coral.validate#ValidationException',
      message,
    })
})

t.test('what is no request of this protocol', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const unknown = { status: 400, __type: 'com.amazon.coral.service#UnknownOperationException' }
  for (const target of ['', 'DynamoDB_20120810.ListTables', 'DynamoDBStreams_20120810.toString'])
    t.match(await call(api, target, '{}'), unknown)
  const serialization = { status: 400, __type: 'com.amazon.coral.service#SerializationException' }
  for (const body of ['{', '\ufffe{}x', `[${'['.repeat(200_000)}`])
    t.match(await call(api, 'DynamoDBStreams_20120810.ListStreams', body), serialization)
  const large = JSON.stringify({ TableName: 'x'.repeat(2 * 1024 * 1024) })
  t.match(await call(api, 'DynamoDBStreams_20120810.ListStreams', large), serialization)
})

t.test('what is not there, has expired, or is gone; forged iterators', async (t) => {
  const directory = t.testdir()
  const api = await serveApi(t, directory, { orders: KEY })
  const client = streamsClient(api)
  const stream = api.engine.stream('orders')
  const StreamArn = await streamArnOf(client, 'orders')
  const ShardId = stream.shards()[0]!.shardId
  await t.rejects(client.send(new DescribeStreamCommand({ StreamArn: UNKNOWN })), {
    name: 'ResourceNotFoundException',
    message: `Requested resource not found: Stream: ${UNKNOWN} not found`,
  })
  const iterator = async (start: Partial<GetShardIteratorCommandInput> = {}) => {
    const request = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON', ...start } as const
    return (await client.send(new GetShardIteratorCommand(request))).ShardIterator!
  }
  const records = (ShardIterator: string) => client.send(new GetRecordsCommand({ ShardIterator }))
  await t.rejects(iterator({ StreamArn: UNKNOWN }), { name: 'ResourceNotFoundException' })
  await t.rejects(iterator({ ShardId: 'x'.repeat(40) }), {
    name: 'ResourceNotFoundException',
    message: /Shard does not exist/,
  })
  const good = await iterator()
  t.ok(good.length < 2048)
  const [arn, version, signed] = good.split('|') as [string, string, string]
  const [position, signature] = signed.split('.') as [string, string]
  const moved = Buffer.from(JSON.stringify([ShardId, 5, api.clock.time])).toString('base64url')
  const forged = [
    `${arn}|${version}|${moved}.${signature}`,
    `${UNKNOWN}|${version}|${position}.${signature}`,
    `${arn}|${version}|${position}.`,
    `${arn}|${version}|${position}`,
    `${good}A`,
    '.',
  ]
  for (const iterator of forged)
    await t.rejects(records(iterator), {
      name: 'ValidationException',
      message: 'Invalid ShardIterator',
    })
  await records(good)
  api.clock.time += 900_000
  await records(good)
  api.clock.time += 1
  await t.rejects(records(good), {
    name: 'ExpiredIteratorException',
    message:
      /^Iterator expired\..* created at time 2026-01-02T03:04:05\.678Z while right now it is 2026-01-02T03:19:05\.679Z/,
  })
})

t.test('records that were trimmed; an iterator outlives a restart', async (t) => {
  const directory = t.testdir()
  const api = await serveApi(t, directory, { orders: KEY })
  const stream = api.engine.stream('orders')
  const { streamArn: StreamArn } = stream
  const ShardId = stream.shards()[0]!.shardId
  const { sequenceNumbers } = await stream.put([order('a')])
  const SequenceNumber = sequenceNumbers[ShardId]!
  const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
  api.clock.time += RETENTION_MS
  await stream.put([order('b')])
  const before = await streamsClient(api).send(new GetShardIteratorCommand(start))
  await api.close()
  const clock = new SettableClock(api.clock.time + 1)
  const streams = await openStreams(t, directory, clock)
  t.same([...(await streams.trim())], [['orders', 1]])
  await streams.close()
  const again = await serveApi(t, directory)
  again.clock.time = clock.time
  const client = streamsClient(again)
  const trimmed = {
    name: 'TrimmedDataAccessException',
    message: 'The data you are trying to access has been trimmed.',
  }
  const { ShardIterator } = before
  await t.rejects(client.send(new GetRecordsCommand({ ShardIterator })), trimmed)
  const from = async (more: Partial<GetShardIteratorCommandInput>) => {
    const request = { ...start, ...more }
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(request))
    return (await client.send(new GetRecordsCommand({ ShardIterator }))).Records!.length
  }
  const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber } as const
  await t.rejects(from(at), trimmed)
  t.equal(await from({ ...at, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' }), 1)
  t.equal(await from({}), 1)
})
