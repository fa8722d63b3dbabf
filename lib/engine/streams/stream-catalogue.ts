import { STREAMS_MAX } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import { parseCreateStream } from '../../core/stream-api/create-stream-request.ts'
import type { ShardIteratorRequest } from '../../core/stream-api/streams-request.ts'
import type { EmbeddedStream } from '../../sources/embedded/embedded-stream.ts'
import { listingOf, type StreamListing } from '../../sources/embedded/list-streams.ts'
import type { EmbeddedStreams } from '../../sources/embedded/open-embedded-streams.ts'
import type { EngineGround } from '../engine-ground.ts'
import type { EngineLife } from '../engine-life.ts'
import { type StreamHandle, streamHandle } from '../stream-handle.ts'
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

/** The embedded streams of an engine, for surfaces: made, told of, filled and read. @source contract §5 */
export class StreamCatalogue {
  readonly #ground: EngineGround
  readonly #life: EngineLife
  readonly #streams: EmbeddedStreams
  #reading: Promise<StreamReading> | undefined

  constructor(ground: EngineGround, life: EngineLife) {
    this.#ground = ground
    this.#life = life
    this.#streams = ground.streams.embedded
  }

  /**
   * Makes a stream where it is missing; the same settings again change nothing. Resolves when it is on disk: it is there again
   * after a restart, as all streams of the data directory are.
   * @param input The keys of contract §3.
   * @throws ApiError for its settings, and where there are too many; MillraceError MILLRACE_STREAM_CONFLICT where it has others,
   *   MILLRACE_SETTING_INVALID for its name
   */
  async create(
    name: string,
    input: unknown,
  ): Promise<{ readonly stream: StreamListing; readonly isNew: boolean }> {
    this.#life.expectOpen('create a stream')
    const settings = parseCreateStream(input)
    const isNew = !this.#streams.list().some(({ place }) => place.name === name)
    if (isNew && this.#streams.list().length >= STREAMS_MAX) {
      const message = `There are ${STREAMS_MAX} streams already, which is the limit`
      throw new ApiError('InvalidParameterValueException', message)
    }
    return { stream: listed(await this.#streams.ensure(name, settings)), isNew }
  }

  /** All streams. @throws MillraceError MILLRACE_STATE */
  list(): readonly StreamListing[] {
    this.#life.expectOpen('list streams')
    return this.#streams.list().map(listed)
  }

  /** @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STATE */
  get(name: string): StreamListing {
    this.#life.expectOpen('describe a stream')
    return listed(this.#streams.stream(name))
  }

  /** @throws MillraceError MILLRACE_STATE */
  maybeOfArn(streamArn: string): StreamListing | undefined {
    this.#life.expectOpen('describe a stream')
    const stream = this.#streams.maybeStreamOfArn(streamArn)
    return stream && listed(stream)
  }

  /** @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STATE */
  handle(name: string): StreamHandle {
    this.#life.expectOpen('use a stream')
    return streamHandle(this.#streams.stream(name))
  }

  /** Begins a put. @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STATE */
  stage(name: string): StagedPut {
    this.#life.expectOpen('use a stream')
    const stream = this.#streams.stream(name)
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
    this.#life.expectOpen('read a stream')
    const { store, clock, random } = this.#ground
    this.#reading ??= ShardIterators.open(store, random).then(
      (iterators) => new StreamReading({ streams: this.#streams, clock, iterators }),
    )
    return this.#reading
  }
}

const listed = (stream: EmbeddedStream): StreamListing =>
  listingOf(stream.place, stream.facts, stream.shards)
