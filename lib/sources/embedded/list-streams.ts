import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EmbeddedStreamSettings } from '../../core/mapping/settings.ts'
import { tipOf } from './shard-life.ts'
import { type StreamPlace, streamArnOf } from './stream-place.ts'
import { type ListedFacts, listShard, type StreamShard, streamStatus } from './stream-shard.ts'
import { type StreamFacts, StreamStore } from './stream-store.ts'

/** An embedded stream, for people. */
export type StreamListing = {
  readonly stream: string
  readonly streamArn: string
  /** Creation time, ISO without zone. */
  readonly label: string
  /** `DISABLED`: it is closed, and takes no more records. */
  readonly status: 'ENABLED' | 'DISABLED'
  readonly settings: EmbeddedStreamSettings
  /** Parents before their children. */
  readonly shards: readonly StreamShard[]
}

/**
 * The embedded streams of a data directory by name, as of their last commit, whoever owns it. Writes nothing.
 * @throws MillraceError MILLRACE_DATA_DAMAGED, MILLRACE_DATA_VERSION, MILLRACE_DATA_UNWRITABLE
 */
export async function listEmbeddedStreams(options: {
  readonly directory: string
  readonly region: string
  readonly account: string
}): Promise<readonly StreamListing[]> {
  const listings: StreamListing[] = []
  for (const name of streamFolders(options.directory)) {
    const folder = join(options.directory, 'streams', name)
    if (!existsSync(join(folder, 'data.mdb'))) continue
    const store = StreamStore.open(folder, 'read')
    try {
      const listing = maybeListing(store, { ...options, name })
      if (listing) listings.push(listing)
    } finally {
      await store.close()
    }
  }
  return listings
}

/** Names of what may be streams, in order. */
export function streamFolders(directory: string): readonly string[] {
  const folder = join(directory, 'streams')
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []
  return entries
    .filter((entry) => !entry.isFile())
    .map((entry) => entry.name)
    .sort()
}

/** Reads in one turn, so that all of it is of one commit. @returns undefined where no stream was created to its end. */
function maybeListing(
  store: StreamStore,
  place: { readonly name: string; readonly region: string; readonly account: string },
): StreamListing | undefined {
  const facts = store.loadStream()
  if (!facts) return undefined
  const shards = store
    .loadShards()
    .map((shard, index) => ({ facts: shard, lastOrdinal: tipOf(store, index, shard) }))
  const streamArn = streamArnOf({ ...place, label: facts.label })
  return listingOf({ name: place.name, streamArn }, facts, shards)
}

/** A stream as it is now. */
export function listingOf(
  { name, streamArn }: Pick<StreamPlace, 'name' | 'streamArn'>,
  { label, settings }: StreamFacts,
  shards: readonly ListedFacts[],
): StreamListing {
  const status = streamStatus(shards)
  return { stream: name, streamArn, label, status, settings, shards: shards.map(listShard) }
}
