import t, { type Test } from 'tap'
import { MillraceError } from '../../../lib/core/errors.ts'
import type { ShardId, StreamArn } from '../../../lib/core/ids.ts'
import { sequenceNumberOf } from '../../../lib/core/record/embedded-sequence.ts'
import { EmbeddedStream } from '../../../lib/sources/embedded/embedded-stream.ts'
import { firstShards } from '../../../lib/sources/embedded/shard-life.ts'
import { StreamStore } from '../../../lib/sources/embedded/stream-store.ts'
import {
  onlyShard,
  order,
  readAll,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'
import { SettableClock } from '../../support/settable-clock.ts'

const facts = { label: '2026', settings: SETTINGS }
const place = { name: 'orders', streamArn: 'arn:x/2026' as StreamArn, region: 'us-east-1' }
const refusal = MillraceError.of('MILLRACE_DATA_UNWRITABLE', { directory: 'd', reason: 'no space' })
const orders = (count: number): object[] =>
  Array.from({ length: count }, (_, i) => order(`o-${i}`, { x: { S: 'y' } }))

async function openStream(t: Test): Promise<{ stream: EmbeddedStream; store: StreamStore }> {
  const store = StreamStore.open(temporaryDirectory(t))
  const shards = new Map(firstShards(1, () => 'shardId-0' as ShardId).entries())
  await store.commit({ stream: facts, shards })
  const stream = new EmbeddedStream(place, facts, store, new SettableClock())
  t.teardown(() => stream.close())
  return { stream, store }
}

t.test(
  'a commit that fails refuses all puts that shared it; the next ones get their numbers',
  async (t) => {
    const { stream, store } = await openStream(t)
    const { commit } = store
    store.commit = async () => {
      store.commit = commit
      throw refusal
    }
    const together = [stream.put(orders(3)), stream.put(orders(2))]
    for (const put of together) await t.rejects(put, { code: 'MILLRACE_DATA_UNWRITABLE' })
    await stream.put(orders(4))
    const records = readAll(stream, onlyShard(stream))
    t.equal(records.length, 4)
    t.equal(records[0]!.dynamodb.SequenceNumber, sequenceNumberOf(1))
  },
)

t.test(
  'what a commit left behind that failed after it was visible goes with the next one',
  async (t) => {
    const { stream, store } = await openStream(t)
    const { commit } = store
    store.commit = async (change) => {
      store.commit = commit
      await commit.call(store, change)
      throw refusal
    }
    await t.rejects(stream.put(orders(1300)), { code: 'MILLRACE_DATA_UNWRITABLE' })
    t.same(readAll(stream, onlyShard(stream)), [], 'it is not shown')
    await stream.put([order('kept')])
    t.equal(readAll(stream, onlyShard(stream)).length, 1)
    t.same(store.segmentsFrom(0, 1, 10), [1])
  },
)

t.test('a trim that fails leaves the records readable', async (t) => {
  const { stream, store } = await openStream(t)
  await stream.put(orders(5))
  const clock = new SettableClock()
  clock.time += 3 * 86_400_000
  const later = new EmbeddedStream(place, facts, store, clock)
  store.commit = async () => {
    throw refusal
  }
  await t.rejects(later.trim(), { code: 'MILLRACE_DATA_UNWRITABLE' })
  t.equal(readAll(later, onlyShard(later)).length, 5)
})
