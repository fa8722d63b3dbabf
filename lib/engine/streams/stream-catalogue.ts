import { STREAMS_MAX } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import { parseStream } from '../../core/mapping/stream-settings.ts'
import type { ShardIteratorRequest } from '../../core/stream-api/streams-request.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DefinitionStore } from '../../ports/definition-store.ts'
import type { Random } from '../../ports/random.ts'
import type { EmbeddedStream } from '../../sources/embedded/embedded-stream.ts'
import { listingOf, type StreamListing } from '../../sources/embedded/list-streams.ts'
import type { EmbeddedStreams } from '../../sources/embedded/open-embedded-streams.ts'
import type { StreamHandle } from '../stream-handle.ts'
import { ShardIterators } from './shard-iterators.ts'
import { type RecordsPage, StreamReading } from './stream-reading.ts'

/** A put whose records come one after another: all of them are stored, or none. */
export type StagedPut = {
  /** Records so far. */
  readonly count: number
  /** @throws MillraceError MILLRACE_RECORD_INVALID */
  add(record: unknown): void
  /** Resolves when they are on disk. @throws MillraceError as {@link StreamHandle.put} */
  put(): ReturnType<StreamHandle['put']>
}

export type StreamCatalogueParts = {
  readonly streams: EmbeddedStreams
  readonly store: DefinitionStore
  readonly clock: Clock
  readonly random: Random
  /** @throws MillraceError MILLRACE_STATE */
  readonly expectOpen: (operation: string) => void
}

/** The embedded streams of an engine, for surfaces: made, told of, filled and read. @source contract §5 */
export class StreamCatalogue {
  readonly #parts: StreamCatalogueParts
  #reading: Promise<StreamReading> | undefined

  constructor(parts: StreamCatalogueParts) {
    this.#parts = parts
  }

  /**
   * Makes a stream where it is missing; the same settings again change nothing. Resolves when it is on disk: it is there again
   * after a restart, as all streams of the data directory are.
   * @param input The keys of contract §3.
   * @throws SettingError; MillraceError MILLRACE_STREAM_CONFLICT where it has other settings, MILLRACE_SETTING_INVALID for a name;
   *   ApiError where there are too many
   */
  async create(
    name: string,
    input: unknown,
  ): Promise<{ readonly stream: StreamListing; readonly isNew: boolean }> {
    const { streams, expectOpen } = this.#parts
    expectOpen('create a stream')
    const settings = parseStream(input)
    const isNew = !streams.list().some(({ place }) => place.name === name)
    if (isNew && streams.list().length >= STREAMS_MAX) {
      const message = `There are ${STREAMS_MAX} streams already, which is the limit`
      throw new ApiError('InvalidParameterValueException', message)
    }
    return { stream: listed(await streams.ensure(name, settings)), isNew }
  }

  /** All streams. @throws MillraceError MILLRACE_STATE */
  list(): readonly StreamListing[] {
    this.#parts.expectOpen('list streams')
    return this.#parts.streams.list().map(listed)
  }

  /** @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STATE */
  get(name: string): StreamListing {
    this.#parts.expectOpen('describe a stream')
    return listed(this.#parts.streams.stream(name))
  }

  /** @throws MillraceError MILLRACE_STATE */
  maybeOfArn(streamArn: string): StreamListing | undefined {
    this.#parts.expectOpen('describe a stream')
    const stream = this.#parts.streams.maybeStreamOfArn(streamArn)
    return stream && listed(stream)
  }

  /** Begins a put. @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STATE */
  stage(name: string): StagedPut {
    this.#parts.expectOpen('use a stream')
    const stream = this.#parts.streams.stream(name)
    const staged = stream.stage()
    return {
      get count() {
        return staged.length
      },
      add: (record) => staged.add(record),
      put: () => stream.put(staged),
    }
  }

  /** @throws StreamsError; MillraceError MILLRACE_STATE */
  async iterator(request: ShardIteratorRequest): Promise<string> {
    return (await this.#opened()).iterator(request)
  }

  /** Records from an iterator on, `limit` at most. @throws StreamsError; MillraceError MILLRACE_STATE */
  async records(iterator: string, limit: number): Promise<RecordsPage> {
    return (await this.#opened()).records(iterator, limit)
  }

  #opened(): Promise<StreamReading> {
    const { streams, store, clock, random, expectOpen } = this.#parts
    expectOpen('read a stream')
    this.#reading ??= ShardIterators.open(store, random).then(
      (iterators) => new StreamReading({ streams, clock, iterators }),
    )
    return this.#reading
  }
}

const listed = (stream: EmbeddedStream): StreamListing =>
  listingOf(stream.place, stream.facts, stream.shards)
