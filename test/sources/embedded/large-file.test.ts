import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyEntries, verifyFile } from '../../../lib/lmdb/verify-file.ts'
import { StreamStore } from '../../../lib/sources/embedded/stream-store.ts'
import {
  onlyShard,
  openStreams,
  order,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'

/** More than a start looks at. @unit entries */
const ENTRIES = 70_000
const LOOKED_AT = 50_000
const PAGE_BYTES = 4096
/** Where a page says what it is. */
const FLAGS_AT = 10

/** A stream that was put to so often, in one shard. @returns the folder of its file. */
async function largeStream(t: Test, directory: string): Promise<string> {
  const streams = await openStreams(t, directory)
  const stream = await streams.ensure('orders', SETTINGS)
  await stream.put([order('a')])
  await streams.close()
  const folder = join(directory, 'streams', 'orders')
  const store = StreamStore.open(folder)
  const read = store.segmentAt(0, 1)!
  // Its `length` counts, not its `byteLength`.
  const bytes = Buffer.from(Buffer.from(read.buffer, read.byteOffset, read.length))
  const segments = Array.from({ length: ENTRIES - 1 }, (_, i) => ({
    shard: 0,
    segment: { firstOrdinal: i + 2, count: 1, bytes },
  }))
  await store.commit({ segments })
  await store.close()
  return folder
}

/** Makes every page unreadable that holds the segment of this ordinal. @returns how many. */
function damagePagesOf(file: string, ordinal: number): number {
  const key = Buffer.alloc(13)
  key[0] = 0x67
  key.writeUInt32BE(ordinal, 9)
  const bytes = readFileSync(file)
  const descriptor = openSync(file, 'r+')
  let count = 0
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1), count++)
    writeSync(descriptor, Buffer.from([0xff, 0xff]), 0, 2, at - (at % PAGE_BYTES) + FLAGS_AT)
  closeSync(descriptor)
  return count
}

t.test(
  'a start looks at the newest 50,000 entries of a large stream, and finds a file that was cut',
  async (t) => {
    const directory = temporaryDirectory(t)
    const file = join(await largeStream(t, directory), 'data.mdb')
    const sound = readFileSync(file)
    const verify = () => verifyFile(file, verifyEntries)
    t.equal(verify(), undefined)

    t.ok(damagePagesOf(file, 100) > 0)
    t.equal(verify(), undefined, 'an old page is not looked at')
    writeFileSync(file, sound)
    t.ok(damagePagesOf(file, ENTRIES - LOOKED_AT + 500) > 0)
    t.type(verify(), 'string', 'the oldest of those that are looked at')
    writeFileSync(file, sound)
    t.ok(damagePagesOf(file, ENTRIES) > 0)
    t.type(verify(), 'string', 'the newest')

    for (const size of [sound.length - PAGE_BYTES, sound.length / 2, sound.length / 8]) {
      writeFileSync(file, sound)
      truncateSync(file, Math.floor(size))
      await t.rejects(openStreams(t, directory), { code: 'MILLRACE_DATA_DAMAGED' }, `${size} bytes`)
    }
    writeFileSync(file, sound)
    const stream = (await openStreams(t, directory)).stream('orders')
    await stream.put([order('b')])
    t.equal(stream.shard(onlyShard(stream)).lastOrdinal, ENTRIES + 1, 'sound again, it goes on')
  },
)
