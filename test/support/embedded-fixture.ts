import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import {
  createSegmentDecoder,
  type DecodedRecord,
} from '../../lib/codec/segment/segment-decoder.ts'
import type { ShardId } from '../../lib/core/ids.ts'
import type { EmbeddedStreamSettings } from '../../lib/core/mapping/settings.ts'
import { eventIdPrefix } from '../../lib/core/record/embedded-event-id.ts'
import { maybeOrdinal } from '../../lib/core/record/embedded-sequence.ts'
import type { Page, ReadStart } from '../../lib/ports/stream-source.ts'
import type { EmbeddedStream } from '../../lib/sources/embedded/embedded-stream.ts'
import {
  type EmbeddedStreams,
  openEmbeddedStreams,
} from '../../lib/sources/embedded/open-embedded-streams.ts'
import { SettableClock } from './settable-clock.ts'

export const SETTINGS: EmbeddedStreamSettings = {
  shardCount: 1,
  streamViewType: 'NEW_AND_OLD_IMAGES',
  keySchema: [{ attributeName: 'id', keyType: 'HASH' }],
}

/** A directory of the test's own, removed at its end. */
export function temporaryDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-test-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Opens the embedded streams of a directory, and closes them when the test ends. */
export async function openStreams(
  t: Test,
  directory: string,
  clock = new SettableClock(),
): Promise<EmbeddedStreams> {
  const options = { directory, clock, region: 'us-east-1', account: '000000000000' }
  const streams = await openEmbeddedStreams(options)
  t.teardown(() => streams.close())
  return streams
}

/** A record as a user puts it. */
export const order = (id: string, more: object = {}): object => ({
  dynamodb: { Keys: { id: { S: id } }, NewImage: { id: { S: id }, ...more } },
})

export const onlyShard = (stream: EmbeddedStream): ShardId => stream.shards[0]!.facts.shardId

/** The records of a page as the handler would see them. */
export function decodePage(stream: EmbeddedStream, shardId: ShardId, page: Page): DecodedRecord[] {
  const { streamArn, region } = stream.place
  const decoder = createSegmentDecoder({
    structures: stream.structures.slice(0, page.structureCount),
    streamArn,
    region,
    viewType: stream.facts.settings.streamViewType,
    eventIdPrefix: eventIdPrefix(streamArn, shardId),
  })
  return Array.from({ length: page.count }, (_, i) => {
    const ordinal = maybeOrdinal(page.sequenceNumberAt(i))!
    return decoder.decode(page.bytes, page.starts[i]!, page.ends[i]!, ordinal)
  })
}

/** All records of a shard from a position on. */
export function readAll(
  stream: EmbeddedStream,
  shardId: ShardId,
  start: ReadStart = { type: 'trim-horizon' },
): DecodedRecord[] {
  const reader = stream.openReader(shardId, start)
  const records: DecodedRecord[] = []
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    records.push(...decodePage(stream, shardId, result.page))
  }
  reader.close()
  return records
}
