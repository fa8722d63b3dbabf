import t from 'tap'
import type { ShardId } from '../../../lib/core/ids.ts'
import { laneOf } from '../../../lib/core/lane/lane-hash.ts'
import { RETENTION_MS } from '../../../lib/core/record/embedded-limits.ts'
import type { EmbeddedStream } from '../../../lib/sources/embedded/embedded-stream.ts'
import {
  onlyShard,
  openStreams,
  order,
  readAll,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'
import { SettableClock } from '../../support/settable-clock.ts'

const idOf = (record: { dynamodb: { Keys: Record<string, unknown> } }): string =>
  (record.dynamodb.Keys['id'] as { S: string }).S
const orders = (from: number, to: number): object[] =>
  Array.from({ length: to - from }, (_, i) => order(`o-${from + i}`))
const shardIds = (stream: EmbeddedStream): ShardId[] =>
  stream.shards.map(({ facts }) => facts.shardId)

t.test('a put answers with the last sequence number by shard', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', { ...SETTINGS, shardCount: 4 })
  const { sequenceNumbers } = await stream.put(orders(0, 200))
  t.same(Object.keys(sequenceNumbers).sort(), shardIds(stream).sort())
  for (const shardId of shardIds(stream)) {
    t.equal(readAll(stream, shardId).at(-1)!.dynamodb.SequenceNumber, sequenceNumbers[shardId])
  }
  t.same(await stream.put([]), { sequenceNumbers: {} })
})

t.test(
  'puts at the same time share commits, keep their order, and each get their own numbers',
  async (t) => {
    const streams = await openStreams(t, temporaryDirectory(t))
    const stream = await streams.ensure('orders', SETTINGS)
    const puts = Array.from({ length: 300 }, (_, i) => stream.put([order(`o-${i}`)]))
    const answers = await Promise.all(puts)
    const records = readAll(stream, onlyShard(stream))
    t.same(
      records.map(idOf),
      Array.from({ length: 300 }, (_, i) => `o-${i}`),
    )
    t.same(
      answers.map(({ sequenceNumbers }) => sequenceNumbers[onlyShard(stream)]),
      records.map(({ dynamodb }) => dynamodb.SequenceNumber),
    )
    const page = stream.openReader(onlyShard(stream), { type: 'trim-horizon' }).read()
    t.match(page, { type: 'page', page: { count: 300 } })
  },
)

t.test('a large put becomes several segments and is read in pages of at most 512', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const heavy = Array.from({ length: 8 }, (_, i) =>
    order(`h-${i}`, { x: { S: 'x'.repeat(90_000) } }),
  )
  await stream.put([...orders(0, 1300), ...heavy])
  const reader = stream.openReader(onlyShard(stream), { type: 'trim-horizon' })
  const counts: number[] = []
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    counts.push(result.page.count)
  }
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1308,
  )
  t.ok(Math.max(...counts) <= 512)
  t.same(counts.slice(-2), [2, 2], '256 KB of bodies hold two heavy records')
})

t.test('a backlog of small puts is read in large pages', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  for (let i = 0; i < 60; i++) await stream.put([order(`o-${i}`)])
  const reader = stream.openReader(onlyShard(stream), { type: 'trim-horizon' })
  t.match(reader.read(), { type: 'page', page: { count: 60 } })
})

t.test('one key, one shard; lanes within a shard are balanced (D2)', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', { ...SETTINGS, shardCount: 3 })
  await stream.put([...orders(0, 3000), ...orders(0, 300)])
  const seen = new Map<string, string>()
  for (const shardId of shardIds(stream)) {
    const lanes = new Array(10).fill(0)
    const reader = stream.openReader(shardId, { type: 'trim-horizon' })
    for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
      const { page } = result
      for (let i = 0; i < page.count; i++) lanes[laneOf(page.orderHashes[i]!, 10)]++
    }
    for (const count of lanes) t.ok(count > 60 && count < 160, `${count} in a lane`)
    for (const id of new Set(readAll(stream, shardId).map(idOf))) {
      t.equal(seen.get(id), undefined)
      seen.set(id, shardId)
    }
  }
  t.equal(seen.size, 3000)
})

t.test(
  'D2: without a KeySchema the whole key decides, whatever the order of its names',
  async (t) => {
    const streams = await openStreams(t, temporaryDirectory(t))
    const stream = await streams.ensure('orders', { ...SETTINGS, keySchema: [] })
    const put = (Keys: object) => stream.put([{ dynamodb: { Keys, NewImage: {} } }])
    await put({ a: { S: '1' }, b: { N: '2' } })
    await put({ b: { N: '2' }, a: { S: '1' } })
    await put({ a: { S: '1' }, b: { N: '3' } })
    const result = stream.openReader(onlyShard(stream), { type: 'trim-horizon' }).read()
    if (result.type !== 'page') throw new Error(result.type)
    const [first, second, third] = result.page.orderHashes
    t.equal(second, first)
    t.not(third, first)
    const reasons = [{}, { a: { L: [] } }].map((Keys) =>
      t.rejects(put(Keys), { code: 'MILLRACE_RECORD_INVALID' }),
    )
    await Promise.all(reasons)
  },
)

t.test('D22: nothing is read before its put has resolved', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const reader = stream.openReader(onlyShard(stream), { type: 'trim-horizon' })
  let resolved = 0
  let read = 0
  const puts = Array.from({ length: 50 }, (_, i) =>
    stream.put([order(`o-${i}`)]).then(() => {
      resolved++
    }),
  )
  let isDone = false
  const watching = (async () => {
    while (!isDone) {
      // Groups resolve in one turn: what is read may only be of groups whose first put was told.
      const result = reader.read()
      if (result.type === 'page') {
        t.ok(resolved > read, `${read} read, ${resolved} resolved`)
        read += result.page.count
      }
      await new Promise(setImmediate)
    }
  })()
  await Promise.all(puts)
  isDone = true
  await watching
  t.equal(read + readAllFrom(reader), 50)
})

function readAllFrom(reader: ReturnType<EmbeddedStream['openReader']>): number {
  let count = 0
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    count += result.page.count
  }
  return count
}

t.test(
  'D20: records older than 24 h go, by the time they were put, and numbers are never reused',
  async (t) => {
    const clock = new SettableClock()
    const directory = temporaryDirectory(t)
    const streams = await openStreams(t, directory, clock)
    const stream = await streams.ensure('orders', SETTINGS)
    const future = clock.time / 1000 + 1e6
    await stream.put(
      orders(0, 700).map((record) => {
        const { dynamodb } = record as { dynamodb: object }
        return { dynamodb: { ...dynamodb, ApproximateCreationDateTime: future } }
      }),
    )
    clock.time += RETENTION_MS / 2
    const later = await stream.put(orders(700, 800))
    t.same(await streams.trim(), new Map([['orders', 0]]))
    clock.time += RETENTION_MS / 2
    t.same(await streams.trim(), new Map([['orders', 700]]))
    t.equal(idOf(readAll(stream, onlyShard(stream))[0]!), 'o-700')
    clock.time += RETENTION_MS / 2
    t.same(await streams.trim(), new Map([['orders', 100]]))
    t.same(readAll(stream, onlyShard(stream)), [])
    await streams.close()
    const reopened = await openStreams(t, directory, clock)
    const again = reopened.stream('orders')
    const reader = again.openReader(onlyShard(again), { type: 'trim-horizon' })
    t.same(reader.read(), { type: 'empty' })
    const { sequenceNumbers } = await again.put([order('new')])
    const shardId = onlyShard(stream)
    t.ok(sequenceNumbers[shardId]! > later.sequenceNumbers[shardId]!)
  },
)

t.test('a closing shard hands its keys to its children while puts go on', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const puts: Promise<unknown>[] = []
  let children: readonly ShardId[] = []
  for (let round = 0; round < 40; round++) {
    puts.push(stream.put(orders(0, 20)))
    if (round === 10) {
      puts.push(
        stream.closeShard(onlyShard(stream), 2).then((ids) => {
          children = ids
        }),
      )
    }
    if (round % 7 === 0) await new Promise(setImmediate)
  }
  await Promise.all(puts)
  t.equal(children.length, 2)
  const perKey = new Map<string, number>()
  for (const shardId of shardIds(stream)) {
    for (const id of readAll(stream, shardId).map(idOf)) perKey.set(id, (perKey.get(id) ?? 0) + 1)
  }
  t.same([...perKey.values()], new Array(20).fill(40))
  const ofChild = children.map((shardId) => new Set(readAll(stream, shardId).map(idOf)))
  t.same(
    [...ofChild[0]!].filter((id) => ofChild[1]!.has(id)),
    [],
  )
  t.ok(ofChild.every((ids) => ids.size > 0))
  await t.rejects(stream.closeShard(onlyShard(stream), 1), { code: 'MILLRACE_SHARD_REFUSED' })
  const [heir] = await stream.closeShard(children[0]!, 1)
  const { sequenceNumbers } = await stream.put(orders(0, 20))
  t.same(Object.keys(sequenceNumbers).sort(), [heir, children[1]].sort())
})

t.test('after close there is nothing to be had', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const last = stream.put([order('a')])
  await streams.close()
  t.match(await last, { sequenceNumbers: {} }, 'what was put before is stored')
  await t.rejects(stream.put([order('b')]), { code: 'MILLRACE_STATE' })
  await t.rejects(stream.trim(), { code: 'MILLRACE_STATE' })
  await t.rejects(stream.closeShard(onlyShard(stream), 1), { code: 'MILLRACE_STATE' })
})
