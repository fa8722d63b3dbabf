import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams'
import t from 'tap'
import { order } from '../support/embedded-fixture.ts'
import { serveApi } from '../support/served-api.ts'
import { recordsOf, shardsOf, streamArnOf, streamsClient } from '../support/streams-client.ts'

const KEY = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] }
const orders = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => order(`o-${from + i}`))

t.test('streams are listed in pages, and by name', async (t) => {
  const names = ['aaa', 'bbb', 'ccc-ddd', 'ccc']
  const api = await serveApi(t, t.testdir(), Object.fromEntries(names.map((name) => [name, KEY])))
  const client = streamsClient(api)
  const found: string[] = []
  let last: string | undefined
  do {
    const page = await client.send(
      new ListStreamsCommand({ Limit: 3, ...(last ? { ExclusiveStartStreamArn: last } : {}) }),
    )
    found.push(...page.Streams!.map(({ TableName }) => TableName!))
    last = page.LastEvaluatedStreamArn
  } while (last)
  t.same(found.sort(), names.sort())
  const { Streams } = await client.send(new ListStreamsCommand({ TableName: 'ccc' }))
  const { streamArn } = api.engine.stream('ccc')
  t.same(Streams, [
    { StreamArn: streamArn, StreamLabel: '2026-01-02T03:04:05.678', TableName: 'ccc' },
  ])
  t.same((await client.send(new ListStreamsCommand({ TableName: 'none' }))).Streams, [])
})

t.test('a stream and its shards, open and closed, in pages and by parent', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: { ShardCount: 3, ...KEY } })
  const client = streamsClient(api)
  const orders = api.engine.stream('orders')
  const [first] = orders.shards()
  await orders.put([order('a')])
  const children = await orders.split(first!.shardId)
  const StreamArn = await streamArnOf(client, 'orders')
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }))
  t.match(StreamDescription, {
    StreamArn,
    StreamLabel: '2026-01-02T03:04:05.678',
    StreamStatus: 'ENABLED',
    StreamViewType: 'NEW_AND_OLD_IMAGES',
    CreationRequestDateTime: new Date('2026-01-02T03:04:05.678Z'),
    TableName: 'orders',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  const { Shards } = StreamDescription!
  t.equal(Shards!.length, 5)
  t.match(Shards![0]!.SequenceNumberRange!.EndingSequenceNumber, /^\d{21}$/, 'it is closed')
  t.same(
    Shards!.map(({ ParentShardId }) => ParentShardId),
    [undefined, undefined, undefined, first!.shardId, first!.shardId],
  )
  t.equal(Shards![4]!.SequenceNumberRange!.EndingSequenceNumber, undefined, 'it is open')
  for (const limit of [1, 2, 5]) t.same(await shardsOf(client, StreamArn, limit), Shards)
  const ShardFilter = { Type: 'CHILD_SHARDS', ShardId: first!.shardId } as const
  const filtered = await client.send(new DescribeStreamCommand({ StreamArn, ShardFilter }))
  t.same(
    filtered.StreamDescription!.Shards!.map(({ ShardId }) => ShardId),
    children,
  )
  await orders.close()
  const closed = await client.send(new DescribeStreamCommand({ StreamArn }))
  t.equal(closed.StreamDescription!.StreamStatus, 'DISABLED')
})

t.test('records as AWS writes them', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const { url, engine, clock } = api
  const record = {
    ...order('a', { B: { B: 'AQI=' } }),
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
  }
  const { sequenceNumbers } = await engine.stream('orders').put([record])
  const [ShardId, SequenceNumber] = Object.entries(sequenceNumbers)[0]!
  const call = async (operation: string, request: object) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
      },
      body: JSON.stringify(request),
    })
    t.equal(answer.headers.get('content-type'), 'application/x-amz-json-1.0')
    t.match(answer.headers.get('x-amzn-requestid'), /^[0-9a-f-]{36}$/)
    return (await answer.json()) as Record<string, unknown>
  }
  const { streamArn: StreamArn } = engine.stream('orders')
  const ShardIteratorType = 'TRIM_HORIZON'
  const start = { StreamArn, ShardId, ShardIteratorType }
  const { ShardIterator } = await call('GetShardIterator', start)
  const { Records, NextShardIterator } = await call('GetRecords', { ShardIterator })
  t.strictSame(Records, [
    {
      eventID: (Records as { eventID: string }[])[0]!.eventID,
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(clock.time / 1000),
        Keys: { id: { S: 'a' } },
        NewImage: { id: { S: 'a' }, B: { B: 'AQI=' } },
        SequenceNumber,
        SizeBytes: 9,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' },
    },
  ])
  t.type(NextShardIterator, 'string')
  const [wire] = await recordsOf(streamsClient(api), StreamArn, ShardId)
  t.match(wire, {
    dynamodb: {
      ApproximateCreationDateTime: new Date('2026-01-02T03:04:05Z'),
      NewImage: { B: { B: new Uint8Array([1, 2]) } },
    },
    userIdentity: { PrincipalId: 'dynamodb.amazonaws.com' },
  })
})

t.test('all four kinds of iterators', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const client = streamsClient(api)
  const stream = api.engine.stream('orders')
  const { streamArn: StreamArn } = stream
  const ShardId = stream.shards()[0]!.shardId
  const iterator = async (start: Partial<GetShardIteratorCommandInput>) => {
    const request = { StreamArn, ShardId, ...start } as GetShardIteratorCommandInput
    return (await client.send(new GetShardIteratorCommand(request))).ShardIterator!
  }
  const idsFrom = async (ShardIterator: string) => {
    const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }))
    return Records!.map(({ dynamodb }) => dynamodb!.Keys!['id']!.S)
  }
  const [shard] = await shardsOf(client, StreamArn)
  const SequenceNumber = shard!.SequenceNumberRange!.StartingSequenceNumber!
  const early = await iterator({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber })
  const behind = await iterator({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber })
  t.same([await idsFrom(early), await idsFrom(behind)], [[], []], 'nothing was put yet')
  await stream.put(orders(0, 3))
  t.same(await idsFrom(early), ['o-0', 'o-1', 'o-2'])
  t.same(await idsFrom(behind), ['o-1', 'o-2'])
  const latest = await iterator({ ShardIteratorType: 'LATEST' })
  t.same(await idsFrom(latest), [])
  await stream.put(orders(3, 4))
  t.same(await idsFrom(latest), ['o-3'])
  t.same(await idsFrom(latest), ['o-3'], 'an iterator can be used again')
  t.same(await idsFrom(await iterator({ ShardIteratorType: 'TRIM_HORIZON' })), [
    ...['o-0', 'o-1', 'o-2', 'o-3'],
  ])
  const [, second] = await recordsOf(client, StreamArn, ShardId)
  const at = { SequenceNumber: second!.dynamodb!.SequenceNumber! }
  t.same(await idsFrom(await iterator({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', ...at })), [
    ...['o-1', 'o-2', 'o-3'],
  ])
  t.same(await idsFrom(await iterator({ ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', ...at })), [
    ...['o-2', 'o-3'],
  ])
})

t.test('pages: by Limit, by 1000 records, by 1 MB; the end of a closed shard', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const client = streamsClient(api)
  const stream = api.engine.stream('orders')
  const { streamArn: StreamArn } = stream
  const ShardId = stream.shards()[0]!.shardId
  const heavy = (id: string, characters: number) => order(id, { x: { S: 'x'.repeat(characters) } })
  await stream.put(orders(0, 1500))
  await stream.put(['a', 'b', 'c', 'd'].map((id) => heavy(id, 400_000)))
  await stream.put([heavy('e', 1_040_000), heavy('f', 10_000)])
  const pages = async (limit?: number) => {
    const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
    let { ShardIterator } = await client.send(new GetShardIteratorCommand(start))
    const counts: number[] = []
    while (ShardIterator) {
      const request = { ShardIterator, ...(limit ? { Limit: limit } : {}) }
      const { Records, NextShardIterator } = await client.send(new GetRecordsCommand(request))
      counts.push(Records!.length)
      ShardIterator = NextShardIterator
      if (Records!.length === 0) break
    }
    return counts
  }
  t.same(await pages(), [1000, 502, 2, 1, 1, 0], 'an open shard goes on')
  t.same(await pages(700), [700, 700, 102, 2, 1, 1, 0])
  await stream.close(ShardId)
  t.same(await pages(), [1000, 502, 2, 1, 1], 'a closed one ends with its last records')
})
