import t from 'tap'
import {
  onlyShard,
  openStreams,
  order,
  readAll,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'

const idOf = (record: { dynamodb: { Keys: Record<string, unknown> } }): string =>
  (record.dynamodb.Keys['id'] as { S: string }).S

t.test('records that come one after another are stored as a put of all of them', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const records = Array.from({ length: 700 }, (_, i) =>
    order(`o-${i}`, { x: { S: 'ä'.repeat(i % 9) }, [`n${i % 3}`]: { N: String(i) } }),
  )
  const [together, apart] = await Promise.all([
    streams.ensure('together', { ...SETTINGS, shardCount: 3 }),
    streams.ensure('apart', { ...SETTINGS, shardCount: 3 }),
  ])
  await together.put(records)
  const staged = apart.stage()
  for (const record of records) staged.add(record)
  t.equal(staged.length, 700)
  for (const { facts } of apart.shards) t.same(readAll(apart, facts.shardId), [], 'not yet')
  const { sequenceNumbers } = await apart.put(staged)
  t.equal(Object.keys(sequenceNumbers).length, 3)
  for (const [i, { facts }] of apart.shards.entries()) {
    const ours = readAll(apart, facts.shardId)
    const theirs = readAll(together, together.shards[i]!.facts.shardId)
    t.same(
      ours.map(({ dynamodb }) => dynamodb),
      theirs.map(({ dynamodb }) => dynamodb),
    )
    t.equal(ours.at(-1)!.dynamodb.SequenceNumber, sequenceNumbers[facts.shardId])
  }
})

t.test('a bad record leaves those before it, and the shard closes meanwhile', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const staged = stream.stage()
  staged.add(order('a'))
  const bad = {
    dynamodb: { Keys: { id: { S: 'b' } }, NewImage: { id: { S: 'b' }, x: { N: 'x' } } },
  }
  t.throws(() => staged.add(bad), { code: 'MILLRACE_RECORD_INVALID', facts: { number: 2 } })
  staged.add(order('c'))
  const parent = onlyShard(stream)
  const [child] = await stream.closeShard(parent, 1)
  await stream.put([order('between')])
  await stream.put(staged)
  t.same(readAll(stream, parent), [])
  t.same(readAll(stream, child!).map(idOf), ['between', 'a', 'c'])
  t.same(await stream.put(stream.stage()), { sequenceNumbers: {} })
})
