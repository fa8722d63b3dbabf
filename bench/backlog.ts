import { join } from 'node:path'
import type { EmbeddedStreamSettings } from '../lib/core/mapping/settings.ts'
import { createSystemClock } from '../lib/engine/system-clock.ts'
import {
  type EmbeddedStreams,
  openEmbeddedStreams,
} from '../lib/sources/embedded/open-embedded-streams.ts'
import { REGION, STREAM_NAME } from './configuration.ts'
import { createRecord } from './generator.ts'

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
export type Backlog = { readonly directory: string; readonly recordCount: number }

/** Opens the streams of a data directory as the engine would. */
export function openStreams(directory: string): Promise<EmbeddedStreams> {
  const clock = createSystemClock(true)
  return openEmbeddedStreams({ directory, clock, region: REGION, account: ACCOUNT })
}

/** Writes `recordCount` generated records into a new stream below `parent`. */
export async function writeBacklog(
  parent: string,
  recordCount: number,
  create: (index: number) => unknown = createRecord,
): Promise<Backlog> {
  const directory = join(parent, `backlog-${recordCount}`)
  const streams = await openStreams(directory)
  const stream = await streams.ensure(STREAM_NAME, STREAM_SETTINGS)
  const running: Promise<unknown>[] = []
  for (let first = 0; first < recordCount; first += PUT_RECORDS) {
    const length = Math.min(PUT_RECORDS, recordCount - first)
    running.push(stream.put(Array.from({ length }, (_, i) => create(first + i))))
    if (running.length >= PUTS_IN_FLIGHT) await running.shift()
  }
  await Promise.all(running)
  await streams.close()
  return { directory, recordCount }
}
