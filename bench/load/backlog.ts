import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import {
  createSegmentDecoder,
  type DecodedRecord,
  type SegmentDecoder,
} from '../../lib/codec/segment/segment-decoder.ts'
import type { EmbeddedStreamSettings } from '../../lib/core/mapping/settings.ts'
import { eventIdPrefix } from '../../lib/core/record/embedded-event-id.ts'
import { maybeOrdinal } from '../../lib/core/record/embedded-sequence.ts'
import { createSystemClock } from '../../lib/engine/system-clock.ts'
import type { EmbeddedReader } from '../../lib/sources/embedded/embedded-reader.ts'
import {
  type EmbeddedStreams,
  openEmbeddedStreams,
} from '../../lib/sources/embedded/open-embedded-streams.ts'
import { REGION, STREAM_NAME } from '../engine/configuration.ts'
import { recordNumberOf, Workload } from './workload.ts'

export const ACCOUNT = '000000000000'
/** Records of one put, and so of one stored segment. */
const PUT_RECORDS = 500
const PUTS_IN_FLIGHT = 4

/** One shard; ordered by `pk`. */
export const STREAM_SETTINGS: EmbeddedStreamSettings = {
  shardCount: 1,
  streamViewType: 'NEW_AND_OLD_IMAGES',
  keySchema: [
    { attributeName: 'pk', keyType: 'HASH' },
    { attributeName: 'sk', keyType: 'RANGE' },
  ],
}

/** Records on disk, written once and drained again and again. */
export type Backlog = {
  readonly directory: string
  /** Name of the embedded stream; default {@link STREAM_NAME}. */
  readonly stream?: string
  readonly recordCount: number
  /** What made them; of records that it did not make, their keys. */
  readonly workload: Pick<Workload, 'keyNumberOf'>
}

/** Where records lie, whatever else is known of them. */
type BacklogPlace = Pick<Backlog, 'directory'> & Partial<Backlog>

/** Opens the streams of a data directory as the engine would. */
export function openStreams(directory: string): Promise<EmbeddedStreams> {
  const clock = createSystemClock(true)
  return openEmbeddedStreams({ directory, clock, region: REGION, account: ACCOUNT })
}

/** How a backlog is written. */
export type BacklogOptions = {
  readonly workload?: Workload
  /** Makes what is put, where it is not the workload's record. */
  readonly create?: (index: number) => unknown
  readonly settings?: EmbeddedStreamSettings
  /** Beside others in their data directory, instead of in a new one. */
  readonly beside?: { readonly directory: string; readonly stream: string }
}

/** Writes `recordCount` generated records into a new stream below `parent`. */
export async function writeBacklog(
  parent: string,
  recordCount: number,
  options: BacklogOptions = {},
): Promise<Backlog> {
  const { directory, stream } = options.beside ?? {
    directory: mkdtempSync(join(parent, `backlog-${recordCount}-`)),
    stream: STREAM_NAME,
  }
  await appendRecords({ directory, stream }, { from: 0, to: recordCount }, options)
  return { directory, stream, recordCount, workload: options.workload ?? new Workload() }
}

/** Puts these of the generated records into the stream of a data directory; makes it where it is missing. */
export async function appendRecords(
  { directory, stream: name = STREAM_NAME }: BacklogPlace,
  { from, to }: { readonly from: number; readonly to: number },
  { workload = new Workload(), settings = STREAM_SETTINGS, ...options }: BacklogOptions = {},
): Promise<void> {
  const { create = (index) => workload.record(index) } = options
  const streams = await openStreams(directory)
  const stream = await streams.ensure(name, settings)
  const running: Promise<unknown>[] = []
  for (let first = from; first < to; first += PUT_RECORDS) {
    const length = Math.min(PUT_RECORDS, to - first)
    running.push(stream.put(Array.from({ length }, (_, i) => create(first + i))))
    if (running.length >= PUTS_IN_FLIGHT) await running.shift()
  }
  await Promise.all(running)
  await streams.close()
}

/** One shard of a backlog, to be read from its beginning without an engine. */
export type OpenedShard = {
  readonly decoder: SegmentDecoder
  readonly reader: EmbeddedReader
}

/** A backlog with one shard. */
export type OpenedBacklog = OpenedShard & AsyncDisposable

export async function openBacklog(backlog: BacklogPlace): Promise<OpenedBacklog> {
  const { shards, close } = await openShards(backlog)
  return { ...shards[0]!, [Symbol.asyncDispose]: close }
}

async function openShards({ directory, stream: name = STREAM_NAME }: BacklogPlace) {
  const streams = await openStreams(directory)
  const source = streams.source(name)
  const stream = streams.stream(name)
  const { streamArn } = stream.place
  const shards = stream.shards.map(({ facts: { shardId } }): OpenedShard => {
    const decoder = createSegmentDecoder({
      structures: source.structures(),
      streamArn,
      region: REGION,
      viewType: STREAM_SETTINGS.streamViewType,
      eventIdPrefix: eventIdPrefix(streamArn, shardId),
    })
    return { decoder, reader: stream.openReader(shardId, { type: 'trim-horizon' }) }
  })
  return { shards, close: () => streams.close() }
}

/** Sequence numbers of records of a backlog, however many shards they lie in: all are read until all are found. */
export async function sequenceNumbersIn(
  backlog: BacklogPlace,
  records: readonly number[],
): Promise<readonly string[]> {
  const { shards, close } = await openShards(backlog)
  const wanted = new Set(records)
  const found = new Map<number, string>()
  for (const shard of shards)
    for (const { dynamodb } of decodedRecords(shard)) {
      const record = recordNumberOf({ dynamodb: dynamodb as unknown as KeyedMember })
      if (wanted.has(record)) found.set(record, dynamodb.SequenceNumber)
      if (found.size === wanted.size) break
    }
  await close()
  return records.map((record) => found.get(record) ?? 'unknown')
}

type KeyedMember = Parameters<typeof recordNumberOf>[0]['dynamodb']

function* decodedRecords({ reader, decoder }: OpenedShard): Generator<DecodedRecord> {
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    const { count, bytes, starts, ends, sequenceNumberAt } = result.page
    const first = maybeOrdinal(sequenceNumberAt(0))!
    // All of the page at once: it may be overwritten when anything else is read.
    const decoded = Array.from({ length: count }, (_, i) =>
      decoder.decode(bytes, starts[i]!, ends[i]!, first + i),
    )
    yield* decoded
  }
}
