import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { createSegmentDecoder } from '../../lib/codec/segment/segment-decoder.ts'
import type { EmbeddedStreamSettings } from '../../lib/core/mapping/settings.ts'
import { eventIdPrefix } from '../../lib/core/record/embedded-event-id.ts'
import { createSystemClock } from '../../lib/engine/system-clock.ts'
import {
  type EmbeddedStreams,
  openEmbeddedStreams,
} from '../../lib/sources/embedded/open-embedded-streams.ts'
import { REGION, STREAM_NAME } from '../engine/configuration.ts'
import { Workload } from './workload.ts'

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
  readonly recordCount: number
  /** What made them; of records that it did not make, their keys. */
  readonly workload: Pick<Workload, 'keyNumberOf'>
}

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
}

/** Writes `recordCount` generated records into a new stream below `parent`. */
export async function writeBacklog(
  parent: string,
  recordCount: number,
  options: BacklogOptions = {},
): Promise<Backlog> {
  const directory = mkdtempSync(join(parent, `backlog-${recordCount}-`))
  await appendRecords(directory, { from: 0, to: recordCount }, options)
  return { directory, recordCount, workload: options.workload ?? new Workload() }
}

/** Puts these of the generated records into the stream of a data directory; makes it where it is missing. */
export async function appendRecords(
  directory: string,
  { from, to }: { readonly from: number; readonly to: number },
  { workload = new Workload(), settings = STREAM_SETTINGS, ...options }: BacklogOptions = {},
): Promise<void> {
  const { create = (index) => workload.record(index) } = options
  const streams = await openStreams(directory)
  const stream = await streams.ensure(STREAM_NAME, settings)
  const running: Promise<unknown>[] = []
  for (let first = from; first < to; first += PUT_RECORDS) {
    const length = Math.min(PUT_RECORDS, to - first)
    running.push(stream.put(Array.from({ length }, (_, i) => create(first + i))))
    if (running.length >= PUTS_IN_FLIGHT) await running.shift()
  }
  await Promise.all(running)
  await streams.close()
}

/** A backlog's one shard, to be read from its beginning without an engine. */
export type OpenedBacklog = Awaited<ReturnType<typeof openBacklog>>

export async function openBacklog({ directory }: Pick<Backlog, 'directory'>) {
  const streams = await openStreams(directory)
  const source = streams.source(STREAM_NAME)
  const stream = streams.stream(STREAM_NAME)
  const { shardId } = stream.shards[0]!.facts
  const { streamArn } = stream.place
  const decoder = createSegmentDecoder({
    structures: source.structures(),
    streamArn,
    region: REGION,
    viewType: STREAM_SETTINGS.streamViewType,
    eventIdPrefix: eventIdPrefix(streamArn, shardId),
  })
  return {
    decoder,
    reader: stream.openReader(shardId, { type: 'trim-horizon' }),
    [Symbol.asyncDispose]: () => streams.close(),
  }
}

/** Sequence numbers of records of a backlog with one shard, whose records lie there in the order of their puts. */
export async function sequenceNumbersIn(
  backlog: Backlog,
  records: readonly number[],
): Promise<readonly string[]> {
  await using opened = await openBacklog(backlog)
  const found = new Map<number, string>()
  let first = 0
  for (
    let result = opened.reader.read();
    result.type === 'page' && found.size < records.length;
    result = opened.reader.read()
  ) {
    const { count, sequenceNumberAt } = result.page
    for (const record of records)
      if (record >= first && record < first + count)
        found.set(record, sequenceNumberAt(record - first))
    first += count
  }
  return records.map((record) => found.get(record) ?? 'unknown')
}
