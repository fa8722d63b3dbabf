import { join } from 'node:path'
import { MillraceError } from '../../core/errors.ts'
import type { EmbeddedStreamSettings } from '../../core/mapping/settings.ts'
import type { Clock } from '../../ports/clock.ts'
import { EmbeddedSource } from './embedded-source.ts'
import { EmbeddedStream } from './embedded-stream.ts'
import { streamFolders } from './list-streams.ts'
import type { PutResult } from './put-queue.ts'
import { firstShards, shardIdOf } from './shard-life.ts'
import { streamArnOf } from './stream-place.ts'
import { checkSettings, checkStreamName, conflictOf } from './stream-settings.ts'
import { type StreamFacts, StreamStore } from './stream-store.ts'

export type EmbeddedStreamsOptions = {
  /** The engine's data directory; streams live in `streams/<name>` below it. */
  readonly directory: string
  readonly clock: Clock
  readonly region: string
  readonly account: string
}

/**
 * Opens the embedded streams of a data directory: all that exist, each environment once.
 * @throws MillraceError MILLRACE_DATA_UNWRITABLE, MILLRACE_DATA_DAMAGED, MILLRACE_DATA_VERSION
 */
export async function openEmbeddedStreams(
  options: EmbeddedStreamsOptions,
): Promise<EmbeddedStreams> {
  const streams = new EmbeddedStreams(options)
  try {
    for (const name of streamFolders(options.directory)) await streams.reopen(name)
  } catch (error) {
    await streams.close()
    throw error
  }
  return streams
}

/** The embedded streams of one data directory. */
export class EmbeddedStreams {
  readonly #options: EmbeddedStreamsOptions
  readonly #streams = new Map<string, EmbeddedStream>()
  /** Creations that run now, so that two callers make one stream. */
  readonly #creating = new Map<string, Promise<void>>()

  constructor(options: EmbeddedStreamsOptions) {
    this.#options = options
  }

  /**
   * Creates the stream where it is missing. Resolves when it is on disk.
   * @throws MillraceError MILLRACE_SETTING_INVALID; MILLRACE_STREAM_CONFLICT where it exists with other settings;
   *   MILLRACE_DATA_UNWRITABLE
   */
  async ensure(name: string, settings: EmbeddedStreamSettings): Promise<EmbeddedStream> {
    checkStreamName(name)
    checkSettings(name, settings)
    if (!this.#streams.has(name)) {
      const creation = this.#creating.get(name) ?? this.#create(name, settings)
      this.#creating.set(name, creation)
      try {
        await creation
      } finally {
        this.#creating.delete(name)
      }
    }
    const stream = this.stream(name)
    const conflict = conflictOf(stream.facts.settings, settings)
    if (conflict) throw MillraceError.of('MILLRACE_STREAM_CONFLICT', { stream: name, ...conflict })
    return stream
  }

  /** @throws MillraceError MILLRACE_STREAM_UNKNOWN */
  stream(name: string): EmbeddedStream {
    const stream = this.#streams.get(name)
    if (stream) return stream
    const known = [...this.#streams.keys()].join(', ') || 'none'
    throw MillraceError.of('MILLRACE_STREAM_UNKNOWN', { stream: name, known })
  }

  /** All streams, by name. */
  list(): readonly EmbeddedStream[] {
    return [...this.#streams.values()]
  }

  /** The stream with this ARN, where it is one of ours. */
  maybeStreamOfArn(streamArn: string): EmbeddedStream | undefined {
    return this.list().find((stream) => stream.place.streamArn === streamArn)
  }

  /** Shorthand of `stream(name).put(records)`. */
  async put(name: string, records: readonly unknown[]): Promise<PutResult> {
    return this.stream(name).put(records)
  }

  /** A source of its own for each mapping that reads the stream. @throws MillraceError MILLRACE_STREAM_UNKNOWN */
  source(name: string): EmbeddedSource {
    return new EmbeddedSource(this.stream(name))
  }

  /** Removes what is older than 24 hours from all streams (D20). @returns records removed, by stream. */
  async trim(): Promise<ReadonlyMap<string, number>> {
    const trimmed = new Map<string, number>()
    for (const [name, stream] of this.#streams) trimmed.set(name, await stream.trim())
    return trimmed
  }

  /** Stores what waits and closes all environments. */
  async close(): Promise<void> {
    await Promise.all(this.list().map((stream) => stream.close()))
    this.#streams.clear()
  }

  /**
   * Opens a stream that exists on disk; a folder in which none was created to the end is left alone.
   * @throws MillraceError
   */
  async reopen(name: string): Promise<void> {
    checkStreamName(name)
    const store = this.#openStore(name)
    try {
      const facts = store.loadStream()
      if (!facts) return await store.close()
      // What a run that was killed committed may not be on disk yet: this commit flushes it, before anybody reads it.
      await store.commit({ stream: facts })
      this.#add(name, facts, store)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  async #create(name: string, settings: EmbeddedStreamSettings): Promise<void> {
    const store = this.#openStore(name)
    try {
      const createdAt = this.#options.clock.now()
      const facts: StreamFacts = {
        label: new Date(createdAt).toISOString().replace('Z', ''),
        settings,
      }
      const shards = firstShards(settings.shardCount, (index) =>
        shardIdOf({ stream: name, createdAt, index }),
      )
      await store.commit({ stream: facts, shards: new Map(shards.entries()) })
      this.#add(name, facts, store)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  #openStore(name: string): StreamStore {
    return StreamStore.open(join(this.#options.directory, 'streams', name))
  }

  #add(name: string, facts: StreamFacts, store: StreamStore): void {
    const { region, account, clock } = this.#options
    const streamArn = streamArnOf({ name, region, account, label: facts.label })
    const stream = new EmbeddedStream({ name, streamArn, region }, facts, store, clock)
    this.#streams.set(name, stream)
  }
}
