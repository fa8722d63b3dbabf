import t from 'tap'
import { RETENTION_MS } from '../../../lib/core/record/embedded-limits.ts'
import { streamSourceContract } from '../../contracts/stream-source.ts'
import {
  decodePage,
  onlyShard,
  openStreams,
  order,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'
import { SettableClock } from '../../support/settable-clock.ts'

t.test('contract', (t) => {
  streamSourceContract(t, async (t) => {
    const clock = new SettableClock()
    const streams = await openStreams(t, temporaryDirectory(t), clock)
    const stream = await streams.ensure('orders', SETTINGS)
    const shardId = onlyShard(stream)
    const source = streams.source('orders')
    return {
      source,
      shardId,
      async put(keys) {
        await stream.put(keys.map((key) => order(key)))
      },
      async split() {
        await stream.closeShard(shardId, 2)
      },
      async trimAll() {
        clock.time += RETENTION_MS
        await stream.trim()
      },
      keyAt: (page, i) =>
        (decodePage(stream, shardId, page)[i]!.dynamodb.Keys['id'] as { S: string }).S,
    }
  })
  t.end()
})

t.test('latest tells the position that a reader opened now would have (D21)', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const source = streams.source('orders')
  const shardId = onlyShard(stream)
  const start = { type: 'after', sequenceNumber: source.latest(shardId) } as const
  await stream.put([order('a')])
  t.match(source.openReader(shardId, start).read(), { type: 'page', page: { count: 1 } })
  const now = { type: 'after', sequenceNumber: source.latest(shardId) } as const
  t.same(source.openReader(shardId, now).read(), { type: 'empty' })
})

t.test('describes itself: ARN, label, key, view type, shard ids as AWS writes them', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  await streams.ensure('orders', { ...SETTINGS, shardCount: 3 })
  const description = await streams.source('orders').describe()
  t.match(description, {
    streamArn:
      'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-02T03:04:05.678',
    label: '2026-01-02T03:04:05.678',
    viewType: 'NEW_AND_OLD_IMAGES',
    partitionKeyName: 'id',
  })
  const ids = description.shards.map(({ shardId }) => shardId)
  t.equal(new Set(ids).size, 3)
  for (const id of ids) t.match(id, /^shardId-00000001767323045678-[0-9a-f]{8}$/)
})

t.test('two sources of one stream: closing one leaves the other alone', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const [one, other] = [streams.source('orders'), streams.source('orders')]
  const reader = other.openReader(onlyShard(stream), { type: 'trim-horizon' })
  await one.close()
  await stream.put([order('a')])
  t.match(reader.read(), { type: 'page' })
})
