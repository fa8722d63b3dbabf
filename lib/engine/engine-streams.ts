import type { MappedStream } from '../actors/mapping/mapping.ts'
import { MillraceError } from '../core/errors.ts'
import type { SequenceNumber, ShardId, StreamArn } from '../core/ids.ts'
import { invariant, unreachable } from '../core/invariant.ts'
import type { EngineConfiguration, StreamReference } from '../core/mapping/settings.ts'
import { maybeOrdinal, sequenceNumberOf } from '../core/record/embedded-sequence.ts'
import type { Clock } from '../ports/clock.ts'
import type { StreamSource } from '../ports/stream-source.ts'
import type { StreamsClient } from '../sources/dynamodb-streams/streams-client.ts'
import {
  type EmbeddedStreams,
  openEmbeddedStreams,
} from '../sources/embedded/open-embedded-streams.ts'

/** Empty answers in a row that mean the tip of a remote shard (D23). */
const EMPTY_READS_AT_TIP = 3

/** All streams that an engine can read: embedded ones, and those of the configured server. */
export class EngineStreams {
  readonly embedded: EmbeddedStreams
  readonly #configuration: EngineConfiguration
  readonly #sources = new Set<StreamSource>()
  #client: StreamsClient | undefined

  private constructor(embedded: EmbeddedStreams, configuration: EngineConfiguration) {
    this.embedded = embedded
    this.#configuration = configuration
  }

  /** Opens and creates the embedded streams. @throws MillraceError */
  static async open(configuration: EngineConfiguration, clock: Clock): Promise<EngineStreams> {
    const { dataDirectory: directory, region, account } = configuration
    const embedded = await openEmbeddedStreams({ directory, clock, region, account })
    try {
      for (const [name, settings] of configuration.streams) await embedded.ensure(name, settings)
    } catch (error) {
      await embedded.close()
      throw error
    }
    return new EngineStreams(embedded, configuration)
  }

  /**
   * The streams behind a reference, oldest first: more than one where a table was made again under its name (D31).
   * @throws MillraceError
   */
  async find(reference: StreamReference): Promise<readonly MappedStream[]> {
    switch (reference.type) {
      case 'embedded':
        return [this.#embeddedStream(reference.name)]
      case 'arn': {
        const ours = this.embedded.maybeStreamOfArn(reference.arn)
        if (ours) return [this.#embeddedStream(ours.place.name)]
        return [await this.#remoteStream(reference.arn as StreamArn)]
      }
      case 'table': {
        const client = await this.#remote()
        const { findTableStreams } = await import('../sources/dynamodb-streams/stream-listing.ts')
        const streams = await findTableStreams(client, reference.name)
        if (streams.length === 0) {
          const { url } = client.endpoint
          const reason = `table ${reference.name} has no stream`
          throw MillraceError.of('MILLRACE_SOURCE_REFUSED', {
            operation: 'ListStreams',
            endpoint: String(url),
            reason,
          })
        }
        return Promise.all(streams.map(({ streamArn }) => this.#remoteStream(streamArn)))
      }
      default:
        return unreachable(reference)
    }
  }

  /**
   * The stream that a mapping has read under this ARN, also where its name has another one now.
   * @param source Of the mapping, where it is known: else the ARN says whether it was one of ours.
   * @throws MillraceError MILLRACE_STREAM_UNKNOWN where it was an embedded one that is gone.
   */
  async findRead(streamArn: StreamArn, source?: StreamReference): Promise<MappedStream> {
    const ours = this.embedded.maybeStreamOfArn(streamArn)
    if (ours) return this.#embeddedStream(ours.place.name)
    const { region, account } = this.#configuration
    const isEmbedded = source
      ? source.type === 'embedded'
      : streamArn.startsWith(`arn:aws:dynamodb:${region}:${account}:table/`)
    if (!isEmbedded) return this.#remoteStream(streamArn)
    const known = this.embedded.list().map(({ place }) => place.streamArn)
    const facts = { stream: streamArn, known: known.join(', ') || 'none' }
    throw MillraceError.of('MILLRACE_STREAM_UNKNOWN', facts)
  }

  /** Streams that were found and are not read after all. */
  async release(found: readonly MappedStream[]): Promise<void> {
    for (const { source } of found) {
      this.#sources.delete(source)
      await source.close()
    }
  }

  /** Closes everything. */
  async close(): Promise<void> {
    await Promise.all([...this.#sources].map((source) => source.close()))
    await this.#client?.close()
    await this.embedded.close()
  }

  #embeddedStream(name: string): MappedStream {
    const source = this.embedded.source(name)
    this.#sources.add(source)
    return {
      source,
      format: 'segment',
      region: this.#configuration.region,
      sequenceOf: sequenceNumberOf,
      ordinalOf,
      emptyReadsAtTip: 1,
      latest: (shardId: ShardId) => source.latest(shardId),
    }
  }

  async #remoteStream(streamArn: StreamArn): Promise<MappedStream> {
    const client = await this.#remote()
    const { createDynamoDbStreamSource } = await import(
      '../sources/dynamodb-streams/dynamodb-stream-source.ts'
    )
    const source = createDynamoDbStreamSource({ client, streamArn })
    this.#sources.add(source)
    const region = client.endpoint.region
    return { source, format: 'dynamodb-json', region, emptyReadsAtTip: EMPTY_READS_AT_TIP }
  }

  /** Its HTTP client is loaded when a mapping reads a server, and not to read an embedded stream. */
  async #remote(): Promise<StreamsClient> {
    const { createStreamsClient } = await import('../sources/dynamodb-streams/streams-client.ts')
    this.#client ??= createStreamsClient(this.#configuration.sources.dynamoDb)
    return this.#client
  }
}

function ordinalOf(sequenceNumber: SequenceNumber): number {
  const ordinal = maybeOrdinal(sequenceNumber)
  invariant(ordinal !== undefined, `${sequenceNumber} is a sequence number of an embedded stream`)
  return ordinal
}
