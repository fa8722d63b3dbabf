import t from 'tap'
import type { StreamArn } from '../../../lib/core/ids.ts'
import { createDynamoDbStreamSource } from '../../../lib/sources/dynamodb-streams/dynamodb-stream-source.ts'
import { findTableStreams } from '../../../lib/sources/dynamodb-streams/stream-listing.ts'
import { startRig } from '../../support/dynamodb-rig.ts'
import { fakeRecords } from '../../support/fake-dynamodb-records.ts'

const shard = (shardId: string, parentShardId?: string) => ({
  shardId,
  records: [],
  ...(parentShardId === undefined ? {} : { parentShardId }),
})

t.test('describes a stream of many pages', async (t) => {
  const { server, source } = await startRig(t)
  server.shards = Array.from({ length: 250 }, (_, i) => shard(`s${i}`, i ? `s${i - 1}` : undefined))
  server.shards[0]!.records = fakeRecords(5, 9)
  server.shards[0]!.isClosed = true
  const description = await source.describe()
  t.equal(description.shards.length, 250)
  t.match(description, {
    streamArn: server.streamArn,
    label: '2026-01-01T00:00:00.000',
    status: 'ENABLED',
    viewType: 'NEW_AND_OLD_IMAGES',
    partitionKeyName: 'id',
  })
  t.same(description.shards[0], {
    shardId: 's0',
    startingSequenceNumber: '5',
    endingSequenceNumber: '9',
  })
  t.same(description.shards[1], { shardId: 's1', parentShardId: 's0', startingSequenceNumber: '0' })
  t.equal(server.calls.length, 3)
  t.equal(source.pace, 'loopback')
  t.same(source.structures(), [])
})

t.test('pages that lack a parent are listed once more and merged', async (t) => {
  const { server, source } = await startRig(t)
  const [root, middle, leaf] = [shard('a'), shard('b', 'a'), shard('c', 'b')]
  server.shardPages = (listing) =>
    listing === 1 ? [[root], [leaf]] : [[{ ...root, isClosed: true }], [middle]]
  const { shards } = await source.describe()
  t.same(shards.map((each) => each.shardId).sort(), ['a', 'b', 'c'])
  t.ok(shards.find((each) => each.shardId === 'a')!.endingSequenceNumber)
  server.shardPages = () => [[root], [leaf]]
  server.calls.length = 0
  t.equal((await source.describe()).shards.length, 2, 'a parent that stays missing is gone')
  t.equal(server.calls.length, 4)
})

t.test('cycles, of pages and of shards, are refused', async (t) => {
  const { server, source } = await startRig(t)
  server.shards = [shard('a', 'b'), shard('b', 'a')]
  await t.rejects(source.describe(), {
    code: 'MILLRACE_SOURCE_REFUSED',
    message: /its own ancestor/,
  })
  server.shardPages = () => [[shard('x')], [shard('y')], [shard('x')], [shard('z')]]
  await t.rejects(source.describe(), {
    code: 'MILLRACE_SOURCE_REFUSED',
    message: /in a circle at x/,
  })
})

t.test('pages without end, and shards without number, are refused', async (t) => {
  const { server, source } = await startRig(t)
  server.shardPages = () => Array.from({ length: 1100 }, (_, i) => [shard(`s${i}`)])
  await t.rejects(source.describe(), {
    code: 'MILLRACE_SOURCE_REFUSED',
    message: /more than 1000 pages/,
  })
  server.shardPages = () => [Array.from({ length: 100_001 }, (_, i) => shard(`s${i}`))]
  await t.rejects(source.describe(), {
    code: 'MILLRACE_SOURCE_REFUSED',
    message: /more than 100000 shards/,
  })
})

t.test(
  'an unknown stream is refused; a failing, throttling or babbling server is unreachable',
  async (t) => {
    const { server, http, client, source } = await startRig(t)
    const other = createDynamoDbStreamSource({ client, streamArn: 'arn:other' as StreamArn })
    await t.rejects(other.describe(), {
      code: 'MILLRACE_SOURCE_REFUSED',
      message:
        /^DescribeStream was refused by http:\/\/127\.0\.0\.1:\d+: ResourceNotFoundException: Requested resource not found/,
    })
    const Shards = [{ ShardId: 7 }]
    const bodies = [
      '',
      '[]',
      '{}',
      '{"StreamDescription":{}}',
      JSON.stringify({ StreamDescription: { StreamStatus: 'ENABLED', StreamLabel: 'l', Shards } }),
    ]
    server.inject(
      'DescribeStream',
      { type: 'error', status: 500, code: 'InternalServerError' },
      { type: 'error', status: 400, code: 'ThrottlingException' },
      ...bodies.map((body) => ({ type: 'body', body }) as const),
    )
    for (let i = 0; i < 2 + bodies.length; i++)
      await t.rejects(source.describe(), { code: 'MILLRACE_SOURCE_UNREACHABLE' })
    t.equal((await source.describe()).status, 'ENABLED')
    await http.stop()
    await t.rejects(source.describe(), {
      code: 'MILLRACE_SOURCE_UNREACHABLE',
      message: /ECONNREFUSED/,
    })
  },
)

t.test('finds all streams of a table, the latest last (D31)', async (t) => {
  const { server, client } = await startRig(t)
  const stream = (TableName: string, StreamLabel: string) => ({
    StreamArn: `arn:${TableName}/${StreamLabel}`,
    TableName,
    StreamLabel,
  })
  const labels = ['2026-03', '2026-01', '2026-02']
  server.streams = [...labels.map((label) => stream('orders', label)), stream('other', '2027')]
  server.listPageLength = 1
  t.same(await findTableStreams(client, 'orders'), [
    { streamArn: 'arn:orders/2026-01', label: '2026-01' },
    { streamArn: 'arn:orders/2026-02', label: '2026-02' },
    { streamArn: 'arn:orders/2026-03', label: '2026-03' },
  ])
  t.same(await findTableStreams(client, 'nope'), [])
  server.inject('ListStreams', { type: 'body', body: '{"Streams":[{}]}' })
  await t.rejects(findTableStreams(client, 'orders'), { code: 'MILLRACE_SOURCE_UNREACHABLE' })
})
