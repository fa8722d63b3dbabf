import { mkdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import t from 'tap'
import { encodeCheckedJson } from '../../../lib/codec/segment/checked-json.ts'
import type { EmbeddedStreamSettings } from '../../../lib/core/mapping/settings.ts'
import {
  onlyShard,
  openStreams,
  order,
  readAll,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'
import { SettableClock } from '../../support/settable-clock.ts'

const openRaw = (directory: string) =>
  open<Buffer, Buffer>({
    path: directory,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
  })

t.test('what was put is there after a reopening: records, shards, label, structures', async (t) => {
  const directory = temporaryDirectory(t)
  const clock = new SettableClock()
  const first = await openStreams(t, directory, clock)
  const stream = await first.ensure('orders', SETTINGS)
  await stream.put([order('a', { x: { S: '1' } }), order('b', { x: { S: '2' } })])
  await stream.put([order('c', { x: { S: '3' } })])
  const records = readAll(stream, onlyShard(stream))
  const { streamArn } = stream.place
  await first.close()
  clock.time += 1000
  const second = await openStreams(t, directory, clock)
  const again = await second.ensure('orders', SETTINGS)
  t.equal(again.place.streamArn, streamArn)
  t.same(readAll(again, onlyShard(again)), records)
  await again.put([order('d', { x: { S: '4' } })])
  t.equal(readAll(again, onlyShard(again)).length, 4)
})

t.test('a stream with other settings is refused, with the one that differs', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  await streams.ensure('orders', SETTINGS)
  const others: readonly (readonly [Partial<EmbeddedStreamSettings>, object])[] = [
    [{ shardCount: 2 }, { setting: 'ShardCount', actual: '1', expected: '2' }],
    [{ streamViewType: 'KEYS_ONLY' }, { setting: 'StreamViewType', expected: 'KEYS_ONLY' }],
    [{ keySchema: [{ attributeName: 'x', keyType: 'HASH' }] }, { setting: 'KeySchema' }],
  ]
  for (const [other, facts] of others) {
    await t.rejects(streams.ensure('orders', { ...SETTINGS, ...other }), {
      code: 'MILLRACE_STREAM_CONFLICT',
      facts,
    })
  }
})

t.test('settings that make no stream are refused', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const bad: readonly object[] = [
    { shardCount: 0 },
    { shardCount: 1.5 },
    { shardCount: 1e9 },
    { streamViewType: 'BOTH' },
    { keySchema: [{ attributeName: 'a', keyType: 'RANGE' }] },
    {
      keySchema: [
        { attributeName: 'a', keyType: 'HASH' },
        { attributeName: 'a', keyType: 'RANGE' },
      ],
    },
  ]
  for (const settings of bad) {
    await t.rejects(streams.ensure('orders', { ...SETTINGS, ...settings }), {
      code: 'MILLRACE_SETTING_INVALID',
    })
  }
  t.same(streams.list(), [])
})

t.test('reliability §4.7: only safe names; a name with a dot is a folder as well', async (t) => {
  const directory = temporaryDirectory(t)
  const streams = await openStreams(t, directory)
  for (const name of [
    '',
    'ab',
    '../up',
    'a/b',
    'a\\b',
    'a..b',
    '..',
    'a\0b',
    'é-stream',
    'x'.repeat(256),
  ]) {
    await t.rejects(streams.ensure(name, SETTINGS), { code: 'MILLRACE_SETTING_INVALID' }, name)
  }
  await streams.ensure('my.orders', SETTINGS)
  const folder = join(directory, 'streams', 'my.orders')
  t.ok(statSync(join(folder, 'data.mdb')).isFile())
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.throws(() => streams.stream('other'), {
    code: 'MILLRACE_STREAM_UNKNOWN',
    facts: { known: 'my.orders' },
  })
})

t.test('two callers who ensure one stream at the same time make one', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const [one, other] = await Promise.all([
    streams.ensure('orders', SETTINGS),
    streams.ensure('orders', SETTINGS),
  ])
  t.equal(one, other)
  t.equal(streams.maybeStreamOfArn(one.place.streamArn), one)
  t.equal(streams.maybeStreamOfArn('arn:aws:other'), undefined)
})

t.test('two engines in one process with different directories do not meet', async (t) => {
  const [a, b] = [
    await openStreams(t, temporaryDirectory(t)),
    await openStreams(t, temporaryDirectory(t)),
  ]
  const [left, right] = [await a.ensure('orders', SETTINGS), await b.ensure('orders', SETTINGS)]
  await Promise.all([left.put([order('left')]), right.put([order('right')])])
  t.match(readAll(left, onlyShard(left)), [{ dynamodb: { Keys: { id: { S: 'left' } } } }])
  t.match(readAll(right, onlyShard(right)), [{ dynamodb: { Keys: { id: { S: 'right' } } } }])
})

t.test('a folder in which no stream was created to its end is no stream', async (t) => {
  const directory = temporaryDirectory(t)
  mkdirSync(join(directory, 'streams', 'orders'), { recursive: true })
  await openRaw(join(directory, 'streams', 'orders')).close()
  const streams = await openStreams(t, directory)
  t.same(streams.list(), [])
  await streams.ensure('orders', SETTINGS)
  t.equal(streams.list().length, 1)
})

t.test('reliability §4.16: a symbolic link in place of a stream is refused', async (t) => {
  const directory = temporaryDirectory(t)
  mkdirSync(join(directory, 'streams'))
  symlinkSync(temporaryDirectory(t), join(directory, 'streams', 'orders'))
  await t.rejects(openStreams(t, directory), { code: 'MILLRACE_DATA_UNWRITABLE' })
})

t.test(
  'reliability §4.16: a newer format and damaged facts are refused, each as what it is',
  async (t) => {
    const directory = temporaryDirectory(t)
    const streams = await openStreams(t, directory)
    const stream = await streams.ensure('orders', SETTINGS)
    await streams.close()
    const folder = join(directory, 'streams', 'orders')
    const overwrite = async (bytes: Buffer): Promise<void> => {
      const raw = openRaw(folder)
      await raw.put(Buffer.from('m'), bytes)
      await raw.close()
    }
    await overwrite(encodeCheckedJson(2, stream.facts))
    await t.rejects(openStreams(t, directory), {
      code: 'MILLRACE_DATA_VERSION',
      facts: { actual: 2, expected: 1 },
    })
    const damaged = encodeCheckedJson(1, stream.facts)
    damaged[20]! ^= 1
    await overwrite(damaged)
    await t.rejects(openStreams(t, directory), { code: 'MILLRACE_DATA_DAMAGED' })
    await overwrite(encodeCheckedJson(1, stream.facts))
    t.equal((await openStreams(t, directory)).list().length, 1)
  },
)
