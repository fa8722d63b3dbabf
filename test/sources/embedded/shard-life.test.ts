import t from 'tap'
import { MillraceError } from '../../../lib/core/errors.ts'
import type { SequenceNumber, ShardId, StreamArn } from '../../../lib/core/ids.ts'
import { EmbeddedSource } from '../../../lib/sources/embedded/embedded-source.ts'
import { EmbeddedStream } from '../../../lib/sources/embedded/embedded-stream.ts'
import { listEmbeddedStreams } from '../../../lib/sources/embedded/list-streams.ts'
import { firstShards } from '../../../lib/sources/embedded/shard-life.ts'
import { StreamStore } from '../../../lib/sources/embedded/stream-store.ts'
import {
  onlyShard,
  openStreams,
  order,
  readAll,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'
import { SettableClock } from '../../support/settable-clock.ts'

const OPTIONS = { region: 'us-east-1', account: '000000000000' }
const KEYS = Array.from({ length: 40 }, (_, i) => `o-${i}`)
const orders = (round: number): object[] =>
  KEYS.map((key) => order(key, { n: { N: String(round) } }))

type Seen = { readonly shardId: ShardId; readonly n: number; readonly sequenceNumber: string }

/** What is stored of each key, shard by shard in the order of their creation. */
function byKey(stream: EmbeddedStream): Map<string, Seen[]> {
  const found = new Map<string, Seen[]>()
  for (const { facts } of stream.shards) {
    for (const { dynamodb } of readAll(stream, facts.shardId)) {
      const { id, n } = dynamodb.NewImage as { id: { S: string }; n: { N: string } }
      const { SequenceNumber: sequenceNumber } = dynamodb
      const seen = { shardId: facts.shardId, n: Number(n.N), sequenceNumber }
      found.set(id.S, [...(found.get(id.S) ?? []), seen])
    }
  }
  return found
}

t.test(
  'contract §4: one key always goes to one open shard, before and after a split',
  async (t) => {
    const streams = await openStreams(t, temporaryDirectory(t))
    const stream = await streams.ensure('orders', { ...SETTINGS, shardCount: 2 })
    for (let round = 0; round < 6; round++) {
      await stream.put(orders(2 * round))
      await stream.put(orders(2 * round + 1))
      const open = stream.shards.filter(({ facts }) => !facts.isClosed)
      await stream.closeShard(open[round % open.length]!.facts.shardId, round % 3 === 2 ? 1 : 2)
    }
    const found = byKey(stream)
    t.equal(found.size, KEYS.length)
    for (const [key, seen] of found) {
      t.same(
        seen.map(({ n }) => n),
        [...Array(12).keys()],
        `${key}: in order, parents before children`,
      )
      for (let n = 0; n < 12; n += 2) t.equal(seen[n]!.shardId, seen[n + 1]!.shardId)
      const numbers = seen.map(({ sequenceNumber }) => BigInt(sequenceNumber))
      t.ok(
        numbers.every((number, i) => i === 0 || number > numbers[i - 1]!),
        `${key}: sequence numbers ascend through all its shards`,
      )
    }
  },
)

t.test('puts made while a shard closes come after it, in the order of the calls', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const puts: Promise<unknown>[] = []
  let n = 0
  const put = () => puts.push(stream.put(orders(n++)))
  put()
  let children: readonly ShardId[] = []
  const closing = stream.closeShard(onlyShard(stream), 2).then((ids) => {
    children = ids
    put()
  })
  put()
  await Promise.resolve()
  for (let i = 0; i < 3; i++) {
    put()
    queueMicrotask(put)
  }
  await closing
  await Promise.all(puts)
  for (const [key, seen] of byKey(stream)) {
    t.same(
      seen.map(({ n }) => n),
      [...Array(n).keys()],
      key,
    )
    t.ok(children.includes(seen.at(-1)!.shardId), `${key}: the last one is in a child`)
  }
})

t.test(
  'aws-semantics §6.5: a closed shard has an ending, its children have it as parent',
  async (t) => {
    const streams = await openStreams(t, temporaryDirectory(t))
    const stream = await streams.ensure('orders', SETTINGS)
    const { sequenceNumbers } = await stream.put(orders(0))
    const parent = onlyShard(stream)
    const children = await stream.closeShard(parent, 2)
    const [heir] = await stream.closeShard(children[0]!, 1)
    const { shards, status } = await new EmbeddedSource(stream).describe()
    t.equal(status, 'ENABLED')
    t.same(
      shards.map(({ shardId, parentShardId }) => [shardId, parentShardId]),
      [
        [parent, undefined],
        [children[0], parent],
        [children[1], parent],
        [heir, children[0]],
      ],
    )
    t.equal(shards[0]!.endingSequenceNumber, sequenceNumbers[parent])
    t.ok(shards[1]!.endingSequenceNumber)
    t.equal(shards[2]!.endingSequenceNumber, undefined)
    t.ok(shards[1]!.startingSequenceNumber! > sequenceNumbers[parent]!)
  },
)

t.test(
  'aws-semantics §6.3: a closed stream takes no more records, and stays readable',
  async (t) => {
    const directory = temporaryDirectory(t)
    const streams = await openStreams(t, directory)
    const stream = await streams.ensure('orders', { ...SETTINGS, shardCount: 3 })
    const [parent] = stream.shards.map(({ facts }) => facts.shardId)
    await stream.closeShard(parent!, 2)
    const put = stream.put(orders(0))
    const closing = stream.closeAll()
    t.equal((await closing).length, 4)
    await put
    await t.rejects(stream.put(orders(1)), {
      code: 'MILLRACE_STREAM_CLOSED',
      facts: { stream: 'orders' },
    })
    t.same(await stream.closeAll(), [], 'again: nothing was open')
    await t.rejects(stream.closeShard(parent!, 1), { code: 'MILLRACE_SHARD_REFUSED' })
    await streams.close()
    const again = (await openStreams(t, directory)).stream('orders')
    t.equal((await new EmbeddedSource(again).describe()).status, 'DISABLED')
    t.equal([...byKey(again).values()].flat().length, KEYS.length)
    await t.rejects(again.put(orders(2)), { code: 'MILLRACE_STREAM_CLOSED' })
  },
)

t.test('a shard of a single hash cannot be halved; one child can take it over', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  let shardId = onlyShard(stream)
  for (let halves = 0; halves < 32; halves++) shardId = (await stream.closeShard(shardId, 2))[0]!
  await t.rejects(stream.closeShard(shardId, 2), {
    code: 'MILLRACE_SHARD_REFUSED',
    facts: { reason: 'its share of the keys cannot be halved' },
  })
  t.equal((await stream.closeShard(shardId, 1)).length, 1)
})

t.test('listed without taking the directory: as of the last commit', async (t) => {
  const directory = temporaryDirectory(t)
  const streams = await openStreams(t, directory)
  const stream = await streams.ensure('orders', { ...SETTINGS, shardCount: 4 })
  await stream.put(orders(0))
  await stream.closeShard(onlyShard(stream), 2)
  await streams.close()
  const [listing] = await listEmbeddedStreams({ directory, ...OPTIONS })
  t.match(listing, { stream: 'orders', status: 'ENABLED', streamArn: stream.place.streamArn })
  t.same(
    listing!.shards.map(({ status, keyShare }) => [status, keyShare]),
    [
      ['CLOSED', 25],
      ['OPEN', 25],
      ['OPEN', 25],
      ['OPEN', 25],
      ['OPEN', 12.5],
      ['OPEN', 12.5],
    ],
  )
  t.equal(
    listing!.shards.reduce((sum, { recordCount }) => sum + recordCount, 0),
    KEYS.length,
  )
  t.same(await listEmbeddedStreams({ directory: temporaryDirectory(t), ...OPTIONS }), [])
})

const facts = { label: '2026', settings: SETTINGS }
const place = { name: 'orders', streamArn: 'arn:x/2026' as StreamArn, region: 'us-east-1' }
const refusal = MillraceError.of('MILLRACE_DATA_UNWRITABLE', { directory: 'd', reason: 'no space' })

for (const [title, isVisible] of [
  ['before it was visible', false],
  ['after it was visible', true],
] as const) {
  t.test(
    `a split whose commit fails ${title}: the parent goes on, also after a restart`,
    async (t) => {
      const store = StreamStore.open(temporaryDirectory(t))
      const shards = new Map(firstShards(1, () => 'shardId-0' as ShardId).entries())
      await store.commit({ stream: facts, shards })
      const clock = new SettableClock()
      const stream = new EmbeddedStream(place, facts, store, clock)
      t.teardown(() => stream.close())
      const { commit } = store
      store.commit = async (change) => {
        store.commit = commit
        if (isVisible) await commit.call(store, change)
        throw refusal
      }
      await t.rejects(stream.closeShard(onlyShard(stream), 2), { code: 'MILLRACE_DATA_UNWRITABLE' })
      await stream.put(orders(0))
      const restarted = new EmbeddedStream(place, facts, store, clock)
      t.same(
        restarted.shards.map((shard) => shard.facts),
        [shards.get(0)],
      )
      t.equal(readAll(restarted, onlyShard(stream)).length, KEYS.length)
      t.equal((await stream.closeShard(onlyShard(stream), 1)).length, 1)
      t.same(
        new EmbeddedStream(place, facts, store, clock).shards.map((shard) => shard.facts),
        stream.shards.map((shard) => shard.facts),
      )
    },
  )
}

t.test('LATEST of a child that nothing was put into is the end of its parent (D21)', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const { sequenceNumbers } = await stream.put(orders(0))
  const parent = onlyShard(stream)
  const [child] = await stream.closeShard(parent, 1)
  const latest: SequenceNumber = new EmbeddedSource(stream).latest(child!)
  t.equal(latest, sequenceNumbers[parent])
  const reader = stream.openReader(child!, { type: 'after', sequenceNumber: latest })
  t.same(reader.read(), { type: 'empty' })
  await stream.put(orders(1))
  t.match(reader.read(), { type: 'page', page: { count: KEYS.length } })
})
