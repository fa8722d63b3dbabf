// The test's own writer uses the SDK, which warns about the Node version.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import t from 'tap'
import type { EpochMs, StreamArn } from '../../lib/core/ids.ts'
import { maybeSequenceNumber } from '../../lib/core/ids.ts'
import { orderHash } from '../../lib/core/lane/lane-hash.ts'
import type { Page, ReadStart } from '../../lib/ports/stream-source.ts'
import { createDynamoDbStreamSource } from '../../lib/sources/dynamodb-streams/dynamodb-stream-source.ts'
import { findTableStreams } from '../../lib/sources/dynamodb-streams/stream-listing.ts'
import { createStreamsClient } from '../../lib/sources/dynamodb-streams/streams-client.ts'
import { decoded } from '../support/dynamodb-rig.ts'
import { startDynamoDbLocal } from './dynamodb-local.ts'

const sdk = await import('@aws-sdk/client-dynamodb')
const local = await startDynamoDbLocal()
const writer: DynamoDBClient = new sdk.DynamoDBClient({
  endpoint: local.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
const client = createStreamsClient({ endpoint: local.endpoint, environment: {} })
t.teardown(async () => {
  writer.destroy()
  await client.close()
  await local.stop()
})

type ViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES'

async function createTable(name: string, view: ViewType): Promise<StreamArn> {
  const created = await writer.send(
    new sdk.CreateTableCommand({
      TableName: name,
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'sort', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'sort', AttributeType: 'N' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: view },
    }),
  )
  return created.TableDescription!.LatestStreamArn as StreamArn
}

const key = (n: number) => ({ id: { S: `k-${n % 13} é😀"\\` }, sort: { N: String(n) } })
const put = (TableName: string, n: number, version: string) =>
  writer.send(new sdk.PutItemCommand({ TableName, Item: { ...key(n), version: { S: version } } }))
const remove = (TableName: string, n: number) =>
  writer.send(new sdk.DeleteItemCommand({ TableName, Key: key(n) }))

/** Reads all shards from `start` to the tip; hands each page over while it is valid. */
async function readAll(
  streamArn: StreamArn,
  start: ReadStart,
  take: (page: Page) => void,
): Promise<void> {
  const source = createDynamoDbStreamSource({ client, streamArn })
  const { shards } = await source.describe()
  for (const { shardId } of shards) {
    const reader = source.openReader(shardId, start)
    for (;;) {
      const result = await reader.read()
      if (result.type === 'failed') throw new Error(result.failure.reason)
      if (result.type !== 'page') break
      take(result.page)
    }
    reader.close()
  }
  await source.close()
}

async function readRecords(streamArn: StreamArn, start: ReadStart = { type: 'trim-horizon' }) {
  const records: ReturnType<typeof decoded> = []
  await readAll(streamArn, start, (page) => records.push(...decoded(page, streamArn)))
  return records
}

t.test('hundreds of records of a table come in order and whole', async (t) => {
  const streamArn = await createTable('orders', 'NEW_AND_OLD_IMAGES')
  const COUNT = 400
  for (let n = 0; n < COUNT; n++) await put('orders', n, 'first')
  for (let n = 0; n < COUNT; n += 2) await put('orders', n, 'second')
  for (let n = 0; n < COUNT; n += 4) await remove('orders', n)
  const expected = [
    ...Array.from({ length: COUNT }, (_, i) => `INSERT ${i}`),
    ...Array.from({ length: COUNT / 2 }, (_, i) => `MODIFY ${i * 2}`),
    ...Array.from({ length: COUNT / 4 }, (_, i) => `REMOVE ${i * 4}`),
  ]
  const records = await readRecords(streamArn)
  t.same(
    records.map((record) => `${record.eventName} ${record.dynamodb.Keys!['sort']!['N']}`),
    expected,
  )
  t.match(records[COUNT], {
    eventSource: 'aws:dynamodb',
    eventSourceARN: streamArn,
    dynamodb: {
      Keys: key(0),
      NewImage: { ...key(0), version: { S: 'second' } },
      OldImage: { ...key(0), version: { S: 'first' } },
    },
  })

  const middle = maybeSequenceNumber(records[COUNT]!.dynamodb.SequenceNumber)!
  const rest = await readRecords(streamArn, { type: 'after', sequenceNumber: middle })
  t.same(rest, records.slice(COUNT + 1))

  const hashes = new Set<number>()
  await readAll(streamArn, { type: 'trim-horizon' }, (page) => {
    for (let i = 0; i < page.count; i++) hashes.add(page.orderHashes[i]!)
  })
  t.same(
    [...hashes].sort(),
    Array.from({ length: 13 }, (_, n) => orderHash(`S:${key(n).id.S}`)).sort(),
  )
})

t.test('each view type has its images', async (t) => {
  const views: Record<ViewType, readonly string[]> = {
    KEYS_ONLY: ['', '', ''],
    NEW_IMAGE: ['NewImage', 'NewImage', ''],
    OLD_IMAGE: ['', 'OldImage', 'OldImage'],
    NEW_AND_OLD_IMAGES: ['NewImage', 'NewImage OldImage', 'OldImage'],
  }
  for (const [view, expected] of Object.entries(views) as [ViewType, readonly string[]][]) {
    const table = `view-${view}`
    const streamArn = await createTable(table, view)
    await put(table, 1, 'first')
    await put(table, 1, 'second')
    await remove(table, 1)
    const records = await readRecords(streamArn)
    const images = records.map(({ dynamodb }) =>
      Object.keys(dynamodb)
        .filter((name) => name.endsWith('Image'))
        .join(' '),
    )
    t.same(images, expected, view)
    t.same(
      records.map((record) => record.eventName),
      ['INSERT', 'MODIFY', 'REMOVE'],
    )
    const source = createDynamoDbStreamSource({ client, streamArn })
    t.match(await source.describe(), { viewType: view, partitionKeyName: 'id', status: 'ENABLED' })
  }
})

t.test(
  'records are stamped with whole minutes, so since begins with the minute (D21)',
  async (t) => {
    const streamArn = await createTable('stamps', 'KEYS_ONLY')
    const before = Date.now() as EpochMs
    await put('stamps', 1, 'first')
    t.equal((await readRecords(streamArn, { type: 'stamped-since', time: before })).length, 1)
    const later = (before + 120_000) as EpochMs
    t.equal((await readRecords(streamArn, { type: 'stamped-since', time: later })).length, 0)
  },
)

t.test('a table is found by its name; a re-created one has another stream (D31)', async (t) => {
  const first = await createTable('twice', 'KEYS_ONLY')
  t.match(await findTableStreams(client, 'twice'), [{ streamArn: first }])
  await writer.send(new sdk.DeleteTableCommand({ TableName: 'twice' }))
  const second = await createTable('twice', 'KEYS_ONLY')
  t.equal((await findTableStreams(client, 'twice')).at(-1)!.streamArn, second)
  t.same(await findTableStreams(client, 'never'), [])
})

t.test('an unknown stream is refused', async (t) => {
  const streamArn =
    'arn:aws:dynamodb:ddblocal:000000000000:table/none/stream/2026-01-01T00:00:00.000'
  const source = createDynamoDbStreamSource({ client, streamArn: streamArn as StreamArn })
  await t.rejects(source.describe(), { code: 'MILLRACE_SOURCE_REFUSED' })
})
