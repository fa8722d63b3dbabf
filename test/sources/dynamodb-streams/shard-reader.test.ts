import t from 'tap'
import type { EpochMs, SequenceNumber, ShardId, StreamArn } from '../../../lib/core/ids.ts'
import { orderHash } from '../../../lib/core/lane/lane-hash.ts'
import { createDynamoDbStreamSource } from '../../../lib/sources/dynamodb-streams/dynamodb-stream-source.ts'
import { decoded, reads, SHARD, startRig, summary } from '../../support/dynamodb-rig.ts'
import { fakeRecord, fakeRecords } from '../../support/fake-dynamodb-records.ts'

const horizon = { type: 'trim-horizon' } as const
const after = (n: number) =>
  ({ type: 'after', sequenceNumber: String(n) as SequenceNumber }) as const

t.test('reads a shard in pages, waits at the tip, and ends with it', async (t) => {
  const { server, open } = await startRig(t)
  const [shard] = server.shards
  shard!.records = fakeRecords(1, 5)
  server.recordsPerPage = 2
  const reader = open(horizon)
  t.same(await reads(reader, 4), [[1, 2], [3, 4], [5], 'empty'])
  shard!.records.push(fakeRecord(6))
  t.same(await reads(reader, 2), [[6], 'empty'])
  shard!.isClosed = true
  t.same(await reads(reader, 2), ['closed', 'closed'])
  t.match(server.called('GetRecords')[0]!.request, { Limit: 1000 })
})

t.test('a page has the columns of the port', async (t) => {
  const { server, source, open } = await startRig(t)
  server.shards[0]!.records = [fakeRecord(1, { id: 'a', at: 100.5 }), fakeRecord(2, { id: 'b' })]
  await source.describe()
  const result = await open(horizon).read()
  if (result.type !== 'page') throw new Error(summary(result) as string)
  const { page } = result
  t.equal(page.format, 'dynamodb-json')
  t.equal(page.structureCount, 0)
  t.equal(page.orderHashes[0], orderHash('S:a'))
  t.equal(page.orderHashes[1], orderHash('S:b'))
  t.equal(page.arrivedAt[0], 100_500)
  const records = decoded(page, server.streamArn)
  t.match(records, [
    { eventID: 'event-1', eventSourceARN: server.streamArn },
    { eventID: 'event-2' },
  ])
  records.forEach((record, i) => {
    t.equal(page.jsonBytes[i], Buffer.byteLength(JSON.stringify(record)))
  })
})

t.test(
  'without a describe the reader asks for the schema itself; without a schema it takes all keys',
  async (t) => {
    const { server, open } = await startRig(t)
    server.shards[0]!.records = [fakeRecord(1, { id: 'a' })]
    const withSchema = await open(horizon).read()
    server.keySchema = undefined
    const without = await open(horizon).read()
    if (withSchema.type !== 'page' || without.type !== 'page') throw new Error('no page')
    t.equal(withSchema.page.orderHashes[0], orderHash('S:a'))
    t.equal(without.page.orderHashes[0], orderHash('{"id":{"S":"a"},"sort":{"N":"1"}}'))
  },
)

t.test('a schema that cannot be had is a failure, and is asked for again', async (t) => {
  const { server, open } = await startRig(t)
  server.inject(
    'DescribeStream',
    { type: 'error', status: 400, code: 'ExpiredIteratorException' },
    { type: 'error', status: 400, code: 'ResourceNotFoundException', message: 'gone' },
    { type: 'body', body: '[]' },
  )
  const reader = open(horizon)
  t.same(await reads(reader, 4), [
    'failed: refused',
    'failed: refused',
    'failed: unreachable',
    'empty',
  ])
})

t.test('starts after a sequence number, padded to the 21 digits that the API wants', async (t) => {
  const { server, open } = await startRig(t)
  server.shards[0]!.records = fakeRecords(1, 4)
  t.same(await reads(open(after(2)), 2), [[3, 4], 'empty'])
  t.match(server.called('GetShardIterator')[0]!.request, {
    ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
    SequenceNumber: '000000000000000000002',
  })
})

t.test('LATEST begins behind what is there', async (t) => {
  const { server, open } = await startRig(t)
  server.shards[0]!.records = fakeRecords(1, 2)
  const reader = open({ type: 'latest' })
  t.equal(summary(await reader.read()), 'empty')
  server.shards[0]!.records.push(fakeRecord(3))
  t.same(summary(await reader.read()), [3])
})

t.test(
  'stamped-since reads from the oldest record and skips what is stamped before (D21)',
  async (t) => {
    const { server, open } = await startRig(t)
    const stamps = [100, 101, 102, 103, 102, 104]
    server.shards[0]!.records = stamps.map((at, i) => fakeRecord(i + 1, { at }))
    server.recordsPerPage = 2
    const reader = open({ type: 'stamped-since', time: 103_999 as EpochMs })
    t.same(await reads(reader, 3), [[4], [5, 6], 'empty'])
    t.match(server.called('GetShardIterator'), [{ request: { ShardIteratorType: 'TRIM_HORIZON' } }])
  },
)

t.test(
  'on DynamoDB Local, which stamps whole minutes, since begins with the minute (D21)',
  async (t) => {
    const { server, client } = await startRig(t)
    server.streamArn = 'arn:aws:dynamodb:ddblocal:000000000000:table/t/stream/2026'
    server.shards[0]!.records = [0, 60, 60, 120].map((at, i) => fakeRecord(i + 1, { at }))
    const source = createDynamoDbStreamSource({ client, streamArn: server.streamArn as StreamArn })
    const reader = source.openReader(SHARD, { type: 'stamped-since', time: 119_000 as EpochMs })
    t.same(summary(await reader.read()), [2, 3, 4])
  },
)

t.test('an expired iterator is replaced without loss and without repetition', async (t) => {
  const { server, open } = await startRig(t)
  server.shards[0]!.records = fakeRecords(1, 3)
  const reader = open(horizon)
  t.same(await reads(reader, 2), [[1, 2, 3], 'empty'])
  server.expireIterators()
  server.shards[0]!.records.push(fakeRecord(4))
  t.same(summary(await reader.read()), [4])
  t.match(server.called('GetShardIterator')[1]!.request, {
    SequenceNumber: '000000000000000000003',
  })
})

t.test('trimmed is told once; then the oldest record', async (t) => {
  const { server, open } = await startRig(t)
  server.shards[0]!.records = fakeRecords(1, 6)
  server.shards[0]!.trimmed = 4
  t.same(await reads(open(after(2)), 3), ['trimmed', [5, 6], 'empty'])
})

t.test('a shard that is gone is closed, a stream that is gone is refused', async (t) => {
  const { server, open } = await startRig(t)
  t.equal(summary(await open(horizon, 'shardId-x' as ShardId).read()), 'closed')
  const code = 'ResourceNotFoundException'
  server.inject('GetShardIterator', {
    type: 'error',
    status: 400,
    code,
    message: 'Stream does not exist',
  })
  t.equal(summary(await open(horizon).read()), 'failed: refused')
})

t.test('failures are told and lose nothing: the next read goes on', async (t) => {
  const { server, open } = await startRig(t, { requestTimeoutMs: 2000 })
  server.shards[0]!.records = fakeRecords(1, 4)
  server.recordsPerPage = 2
  server.inject('GetShardIterator', { type: 'body', body: '{}' })
  const reader = open(horizon)
  t.same(await reads(reader, 2), ['failed: unreachable', [1, 2]])
  // The page after [1, 2] was asked for ahead: it has its answer already.
  t.same(summary(await reader.read()), [3, 4])
  await server.untilCalled('GetRecords', 3)
  await reader.read()
  server.inject(
    'GetRecords',
    { type: 'error', status: 400, code: 'LimitExceededException' },
    { type: 'error', status: 500, code: 'InternalServerError' },
    { type: 'error', status: 400, code: 'AccessDeniedException' },
    { type: 'body', body: 'no JSON' },
    { type: 'body', body: '{}' },
    { type: 'truncate' },
    { type: 'truncate' },
    { type: 'drop' },
    { type: 'drop' },
  )
  server.shards[0]!.records.push(fakeRecord(5))
  t.same(await reads(reader, 8), [
    'failed: throttled',
    'failed: unreachable',
    'failed: refused',
    'failed: unreachable',
    'failed: unreachable',
    'failed: unreachable',
    'failed: unreachable',
    [5],
  ])
})

t.test('a page that repeats what was read is not delivered again', async (t) => {
  const { server, open } = await startRig(t)
  const reader = open(after(2))
  const NextShardIterator = `${SHARD}|0|0`
  const repeat = JSON.stringify({ Records: fakeRecords(1, 3), NextShardIterator })
  const all = JSON.stringify({ Records: fakeRecords(1, 2), NextShardIterator })
  server.inject('GetRecords', { type: 'body', body: repeat }, { type: 'body', body: all })
  const result = await reader.read()
  if (result.type !== 'page') throw new Error('no page')
  t.match(decoded(result.page, 'arn'), [{ eventID: 'event-3' }])
  t.same(summary(result), [3])
  t.equal(summary(await reader.read()), 'empty')
})

t.test(
  'the next page is under way while the caller handles one; an idle reader asks once',
  async (t) => {
    const { server, open } = await startRig(t)
    server.shards[0]!.records = fakeRecords(1, 2)
    server.recordsPerPage = 1
    const reader = open(horizon)
    t.same(summary(await reader.read()), [1])
    await server.untilCalled('GetRecords', 2)
    t.same(summary(await reader.read()), [2])
    await server.untilCalled('GetRecords', 3)
    t.equal(summary(await reader.read()), 'empty')
    t.equal(server.called('GetRecords').length, 3)
  },
)

t.test('closing ends what is under way', async (t) => {
  const { server, source, open } = await startRig(t)
  const held = withResolvers()
  server.inject('GetRecords', { type: 'wait', until: held.promise })
  const reader = open(horizon)
  const result = reader.read()
  await server.untilCalled('GetRecords', 1)
  await source.close()
  t.equal(summary(await result), 'failed: unreachable')
  t.equal(summary(await reader.read()), 'failed: unreachable')
  held.resolve()
})

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
