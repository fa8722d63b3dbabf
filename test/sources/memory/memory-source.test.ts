import t from 'tap'
import type { SequenceNumber, StreamArn } from '../../../lib/core/ids.ts'
import { MemorySource } from '../../../lib/sources/memory/memory-source.ts'
import { streamSourceContract } from '../../contracts/stream-source.ts'
import { SettableClock } from '../../support/settable-clock.ts'

const label = '2026-01-01T00:00:00.000'
const create = (): MemorySource =>
  new MemorySource({
    streamArn: `arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/${label}` as StreamArn,
    label,
    region: 'us-east-1',
    viewType: 'NEW_AND_OLD_IMAGES',
    partitionKeyName: 'id',
    clock: new SettableClock(),
    pageRecordsMax: 100,
  })
const record = (id: string) => ({ dynamodb: { Keys: { id: { S: id } } } })

t.test('contract', (t) => {
  streamSourceContract(t, async () => {
    const source = create()
    const shardId = source.addShard('shard-0')
    let last: SequenceNumber | undefined
    return {
      source,
      shardId,
      async put(keys) {
        last = source.put(shardId, keys.map(record)).at(-1)
      },
      async split() {
        source.split(shardId, ['left', 'right'])
      },
      async trimAll() {
        if (last) source.trim(shardId, last)
      },
      keyAt: (page, i) =>
        JSON.parse(Buffer.from(page.bytes.subarray(page.starts[i], page.ends[i])).toString())
          .dynamodb.Keys.id.S,
    }
  })
  t.end()
})

t.test('failures come in the order in which they were scripted, then the records', async (t) => {
  const source = create()
  const shardId = source.addShard('shard-0')
  source.put(shardId, [record('a')])
  source.failNextRead(shardId, { type: 'throttled', reason: 'slow down' })
  source.failNextRead(shardId, { type: 'unreachable', reason: 'gone' })
  const reader = source.openReader(shardId, { type: 'trim-horizon' })
  t.match(reader.read(), { failure: { type: 'throttled' } })
  t.match(reader.read(), { failure: { type: 'unreachable' } })
  t.match(reader.read(), { type: 'page' })
})

t.test('a closed shard takes no records', async (t) => {
  const source = create()
  const shardId = source.addShard('shard-0')
  source.closeShard(shardId)
  t.throws(() => source.put(shardId, [record('a')]), { code: 'MILLRACE_SHARD_REFUSED' })
})

t.test('jsonBytes is the length of the record in the event', async (t) => {
  const source = create()
  const shardId = source.addShard('shard-0')
  source.put(shardId, [record('ü')])
  const result = await source.openReader(shardId, { type: 'trim-horizon' }).read()
  if (result.type !== 'page') throw new Error('a page')
  const { page } = result
  const parsed = JSON.parse(Buffer.from(page.bytes.subarray(0, page.ends[0])).toString())
  const { streamArn } = await source.describe()
  t.equal(
    page.jsonBytes[0],
    Buffer.byteLength(JSON.stringify({ ...parsed, eventSourceARN: streamArn })),
  )
})
