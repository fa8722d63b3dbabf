import { join } from 'node:path'
import t, { type Test } from 'tap'
import { generateRecords, readRecords, type TrialRecords } from '../../bench/trial/trial-records.ts'
import type { EmbeddedStreamSettings } from '../../lib/core/mapping/settings.ts'
import { createSystemClock } from '../../lib/engine/system-clock.ts'
import { openEmbeddedStreams } from '../../lib/sources/embedded/open-embedded-streams.ts'

type KeySchema = EmbeddedStreamSettings['keySchema']
const HASH: KeySchema = [{ attributeName: 'id', keyType: 'HASH' }]
const BOTH: KeySchema = [...HASH, { attributeName: 'at', keyType: 'RANGE' }]

const line = (id: string, at: string, more = {}) =>
  `${JSON.stringify({
    dynamodb: { Keys: { id: { S: id }, at: { N: at } }, NewImage: { id: { S: id } }, ...more },
  })}\n`

async function fileOf(t: Test, text: string, keySchema = BOTH): Promise<TrialRecords> {
  const records = await readRecords(join(t.testdir({ 'r.ndjson': text }), 'r.ndjson'), keySchema)
  if ('refused' in records) throw new Error(records.refused)
  return records
}

t.test('lines of a file go round, as new records; keys stay', async (t) => {
  const text = `${line('a', '1', { ApproximateCreationDateTime: 5 })}\n${line('b', '1')}${line('a', '2')}`
  const records = await fileOf(t, text)
  t.strictSame([0, 1, 2, 3].map(records.keyNumberOf), [0, 1, 0, 0])
  t.strictSame([0, 1, 2, 3].map(records.lineOf!), [1, 3, 4, 1])
  t.equal(records.record(3), records.record(0))
  t.strictSame(records.record(0), {
    dynamodb: { Keys: { id: { S: 'a' }, at: { N: '1' } }, NewImage: { id: { S: 'a' } } },
  })
})

t.test('without a schema the whole key is one, whatever the order of its members', async (t) => {
  const turned = JSON.stringify({
    dynamodb: { Keys: { at: { N: '1' }, id: { S: 'a' } }, NewImage: {} },
  })
  const records = await fileOf(t, `${line('a', '1')}${line('a', '2')}${turned}`, [])
  t.strictSame([0, 1, 2].map(records.keyNumberOf), [0, 1, 0])
})

t.test('files that hold no records', async (t) => {
  const folder = t.testdir({ 'bad.ndjson': `${line('a', '1')}{`, 'empty.ndjson': '\n' })
  t.match(await readRecords(join(folder, 'bad.ndjson'), HASH), {
    refused: /^line 2: it is no JSON/,
  })
  t.match(await readRecords(join(folder, 'empty.ndjson'), HASH), { refused: 'it holds no record' })
  await t.rejects(readRecords(join(folder, 'none.ndjson'), HASH), {
    code: 'MILLRACE_INPUT_UNREADABLE',
  })
})

for (const [name, keySchema] of [
  ['a partition key', HASH],
  ['both keys', BOTH],
  ['no schema', []],
] as const)
  for (const streamViewType of ['NEW_AND_OLD_IMAGES', 'KEYS_ONLY'] as const)
    t.test(`generated records fit a stream with ${name}, ${streamViewType}`, async (t) => {
      const clock = createSystemClock(false)
      const place = { region: 'us-east-1', account: '000000000000' }
      const streams = await openEmbeddedStreams({ directory: t.testdir(), clock, ...place })
      t.teardown(() => streams.close())
      const stream = await streams.ensure('orders', { shardCount: 1, streamViewType, keySchema })
      const records = generateRecords(keySchema, 1)
      await t.resolves(stream.put(Array.from({ length: 200 }, (_, i) => records.record(i))))
      t.equal(stream.shards[0]!.lastOrdinal, 200)
      t.ok(new Set(Array.from({ length: 200 }, (_, i) => records.keyNumberOf(i))).size > 100)
    })
