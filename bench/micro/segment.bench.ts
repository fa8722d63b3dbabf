// Encode, decode and put of embedded records of some 650 bytes as JSON. Prints one line of JSON; records per second.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSegmentDecoder } from '../../lib/codec/segment/segment-decoder.ts'
import { StructureTable } from '../../lib/codec/segment/structure-table.ts'
import type { EpochMs, StreamArn } from '../../lib/core/ids.ts'
import { eventIdPrefix } from '../../lib/core/record/embedded-event-id.ts'
import { maybeOrdinal } from '../../lib/core/record/embedded-sequence.ts'
import type { Page } from '../../lib/ports/stream-source.ts'
import { openEmbeddedStreams } from '../../lib/sources/embedded/open-embedded-streams.ts'
import { RecordEncoder } from '../../lib/sources/embedded/record-encoder.ts'
import { ShardBuffer } from '../../lib/sources/embedded/shard-buffer.ts'

const RECORDS = 100_000
const PUT_RECORDS = 500
const SINGLE_PUTS = 500
const ROUNDS = 5
const streamArn =
  'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000' as StreamArn

function createRecord(i: number): unknown {
  const key = `cust-${(i * 7919) % 5000}`
  const image = {
    pk: { S: key },
    sk: { S: `o-${i}` },
    amount: { N: String(i % 1000) },
    status: { S: 'PLACED' },
    note: { S: `some text about the order that is a little longer ${i}` },
    tags: { L: [{ S: 'a' }, { S: 'b' }] },
  }
  const dynamodb = {
    ApproximateCreationDateTime: 1_700_000_000 + (i >> 10),
    Keys: { pk: { S: key }, sk: { S: `o-${i}` } },
    NewImage: image,
  }
  return JSON.parse(JSON.stringify({ eventName: 'INSERT', dynamodb }))
}

const median = (values: number[]): number =>
  Math.round(values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!)

function rate(count: number, run: () => void): number {
  const begun = performance.now()
  run()
  return (count / (performance.now() - begun)) * 1000
}

const records = Array.from({ length: RECORDS }, (_, i) => createRecord(i))
const structures = new StructureTable([])
const encoder = new RecordEncoder({
  streamArn,
  region: 'us-east-1',
  viewType: 'NEW_AND_OLD_IMAGES',
  keyNames: ['pk', 'sk'],
  structures,
})

function measureEncode(): number {
  const buffer = new ShardBuffer()
  return rate(RECORDS, () => {
    for (let i = 0; i < RECORDS; i++) {
      encoder.encode(records[i], 1_700_000_000_000 as EpochMs, () => buffer)
      if (i % PUT_RECORDS === PUT_RECORDS - 1) {
        buffer.takeSegments(i + 2 - PUT_RECORDS, structures.structures.length)
      }
    }
  })
}

const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const streams = await openEmbeddedStreams({
  directory,
  clock: { now: () => Date.now() as EpochMs, at: () => () => undefined, soon: setImmediate },
  region: 'us-east-1',
  account: '000000000000',
})
const stream = await streams.ensure('orders', {
  shardCount: 1,
  streamViewType: 'NEW_AND_OLD_IMAGES',
  keySchema: [{ attributeName: 'pk', keyType: 'HASH' }],
})

async function measurePut(inFlight: number): Promise<number> {
  const begun = performance.now()
  const running: Promise<unknown>[] = []
  for (let i = 0; i < RECORDS; i += PUT_RECORDS) {
    running.push(stream.put(records.slice(i, i + PUT_RECORDS)))
    if (running.length >= inFlight) await running.shift()
  }
  await Promise.all(running)
  return (RECORDS / (performance.now() - begun)) * 1000
}

async function measureSinglePut(): Promise<number> {
  const begun = performance.now()
  for (let i = 0; i < SINGLE_PUTS; i++) await stream.put([records[i]])
  return (performance.now() - begun) / SINGLE_PUTS
}

const { shardId } = stream.shards[0]!.facts

/** Reads all pages; `use` gets each while it is valid. */
function measureRead(use: (page: Page) => void): number {
  const reader = stream.openReader(shardId, { type: 'trim-horizon' })
  let count = 0
  const begun = performance.now()
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    use(result.page)
    count += result.page.count
  }
  reader.close()
  return (count / (performance.now() - begun)) * 1000
}

await stream.put(records.slice(0, PUT_RECORDS))
const decoder = createSegmentDecoder({
  structures: stream.structures,
  streamArn,
  region: 'us-east-1',
  viewType: 'NEW_AND_OLD_IMAGES',
  eventIdPrefix: eventIdPrefix(streamArn, shardId),
})

function decodeAll(page: Page, bytes: Uint8Array): void {
  const first = maybeOrdinal(page.sequenceNumberAt(0))!
  for (let i = 0; i < page.count; i++) {
    decoder.decode(bytes, page.starts[i]!, page.ends[i]!, first + i)
  }
}

/** One page in private memory, decoded again and again, as a thread does it. */
function measureDecode(): number {
  const reader = stream.openReader(shardId, { type: 'trim-horizon' })
  const result = reader.read()
  if (result.type !== 'page') throw new Error('no page')
  const { page } = result
  const bytes = new Uint8Array(page.bytes)
  const times = Math.ceil(RECORDS / page.count)
  return rate(times * page.count, () => {
    for (let i = 0; i < times; i++) decodeAll(page, bytes)
  })
}

const results: Record<string, number[]> = {}
const note = (name: string, value: number): void => {
  results[name] ??= []
  results[name].push(value)
}
for (let round = 0; round <= ROUNDS; round++) {
  const isWarm = round > 0
  const figures = {
    encode: measureEncode(),
    putOneAtATime: await measurePut(1),
    putTwoInFlight: await measurePut(2),
    singlePutMicroseconds: (await measureSinglePut()) * 1000,
    decode: measureDecode(),
    readPages: measureRead(() => undefined),
    readAndDecode: measureRead((page) => decodeAll(page, page.bytes)),
  }
  for (const [name, value] of Object.entries(figures)) if (isWarm) note(name, value)
}
await streams.close()
rmSync(directory, { recursive: true })
const { singlePutMicroseconds, ...recordsPerSecond } = Object.fromEntries(
  Object.entries(results).map(([name, values]) => [name, median(values)]),
)
process.stdout.write(
  `${JSON.stringify({ node: process.version, recordsPerSecond, singlePutMicroseconds })}\n`,
)
