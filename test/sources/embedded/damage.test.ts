import { join } from 'node:path'
import { open } from 'lmdb'
import t, { type Test } from 'tap'
import { sequenceNumberOf } from '../../../lib/core/record/embedded-sequence.ts'
import {
  onlyShard,
  openStreams,
  order,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'

const RECORDS_PER_PUT = 300

/** Three segments of 300 records, of which `change` may spoil the one that begins with `firstOrdinal`. */
async function spoiled(
  t: Test,
  firstOrdinal: number,
  change: (segment: Buffer) => Buffer | undefined,
): Promise<string> {
  const directory = temporaryDirectory(t)
  const streams = await openStreams(t, directory)
  const stream = await streams.ensure('orders', SETTINGS)
  for (let put = 0; put < 3; put++) {
    const ids = Array.from({ length: RECORDS_PER_PUT }, (_, i) => `o-${put}-${i}`)
    await stream.put(ids.map((id) => order(id)))
  }
  await streams.close()
  const raw = open<Buffer, Buffer>({
    path: join(directory, 'streams', 'orders'),
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
  })
  const key = Buffer.alloc(13)
  key[0] = 'g'.charCodeAt(0)
  key.writeUInt32BE(firstOrdinal, 9)
  const changed = change(Buffer.from(raw.get(key)!))
  if (changed) await raw.put(key, changed)
  else await raw.remove(key)
  await raw.close()
  return directory
}

const damages: readonly (readonly [string, (segment: Buffer) => Buffer | undefined, RegExp])[] = [
  [
    'a flipped bit',
    (segment) => {
      segment[segment.length - 5]! ^= 4
      return segment
    },
    /its checksum is wrong/,
  ],
  ['a truncated segment', (segment) => segment.subarray(0, 1000), /its checksum is wrong/],
  ['an empty segment', () => Buffer.alloc(0), /0 bytes are no segment/],
  [
    'a newer format',
    (segment) => {
      segment[0] = 9
      return segment
    },
    /format 9; this version reads 1/,
  ],
  ['a missing segment', () => undefined, /it is missing/],
]

for (const [name, change, defect] of damages) {
  t.test(`reliability §4.16: ${name} is refused by its place; the rest is readable`, async (t) => {
    const directory = await spoiled(t, RECORDS_PER_PUT + 1, change)
    const stream = (await openStreams(t, directory)).stream('orders')
    const reader = stream.openReader(onlyShard(stream), { type: 'trim-horizon' })
    t.match(reader.read(), { type: 'page', page: { count: RECORDS_PER_PUT } })
    const result = reader.read()
    t.match(result, { type: 'failed', failure: { type: 'refused', reason: defect } })
    t.match(result, { failure: { reason: sequenceNumberOf(RECORDS_PER_PUT + 1) } })
    t.match(result, { failure: { reason: onlyShard(stream) } })
    t.same(reader.read(), result, 'again the same')
    const sequenceNumber = sequenceNumberOf(2 * RECORDS_PER_PUT)
    const later = stream.openReader(onlyShard(stream), { type: 'after', sequenceNumber })
    t.match(later.read(), { type: 'page', page: { count: RECORDS_PER_PUT } })
    await stream.put([order('more')])
    t.match(later.read(), { type: 'page', page: { count: 1 } })
  })
}

t.test(
  'a damaged last segment: the end of the shard is not known, so the stream is refused',
  async (t) => {
    const directory = await spoiled(t, 2 * RECORDS_PER_PUT + 1, (segment) => segment.fill(0, 100))
    await t.rejects(openStreams(t, directory), {
      code: 'MILLRACE_DATA_DAMAGED',
      message: /last segment of shardId-/,
    })
  },
)
