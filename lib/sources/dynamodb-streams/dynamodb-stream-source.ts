import type { ShardId, StreamArn } from '../../core/ids.ts'
import type { ChildrenAnswer } from '../../core/shard/child-search.ts'
import type {
  ReadStart,
  ShardReader,
  StreamDescription,
  StreamSource,
} from '../../ports/stream-source.ts'
import { type ReaderContext, RemoteShardReader } from './shard-reader.ts'
import { describeStream, findChildren } from './stream-listing.ts'
import type { StreamsClient } from './streams-client.ts'

/** How coarsely records are stamped. @unit ms @source D21; DynamoDB Local's ARNs say region `ddblocal` */
const STAMP_GRANULARITY_MS = 1000
const STAMP_GRANULARITY_MS_LOCAL = 60_000

/**
 * One DynamoDB stream, at any endpoint that speaks the Streams API. Opening and closing it calls nobody; the client
 * stays open, as other sources share it.
 */
export function createDynamoDbStreamSource(options: {
  readonly client: StreamsClient
  readonly streamArn: StreamArn
}): StreamSource {
  return new DynamoDbStreamSource(options.client, options.streamArn)
}

class DynamoDbStreamSource implements StreamSource {
  readonly pace: 'loopback' | 'remote'
  readonly #readers = new Set<ShardReader>()
  #context: ReaderContext

  constructor(client: StreamsClient, streamArn: StreamArn) {
    this.pace = client.endpoint.isLoopback ? 'loopback' : 'remote'
    const granularityMs = streamArn.includes(':ddblocal:')
      ? STAMP_GRANULARITY_MS_LOCAL
      : STAMP_GRANULARITY_MS
    this.#context = { client, streamArn, granularityMs }
  }

  async describe(): Promise<StreamDescription> {
    const { client, streamArn } = this.#context
    const description = await describeStream(client, streamArn)
    const { partitionKeyName } = description
    const schema = partitionKeyName === undefined ? {} : { partitionKeyName }
    this.#context = { ...this.#context, schema }
    return description
  }

  findChildren(parent: ShardId): Promise<ChildrenAnswer> {
    const { client, streamArn } = this.#context
    return findChildren(client, streamArn, parent)
  }

  openReader(shardId: ShardId, start: ReadStart): ShardReader {
    const closed = (which: ShardReader): void => void this.#readers.delete(which)
    const reader = new RemoteShardReader(this.#context, { shardId, start, closed })
    this.#readers.add(reader)
    return reader
  }

  structures(): readonly unknown[] {
    return []
  }

  async close(): Promise<void> {
    for (const reader of [...this.#readers]) reader.close()
  }
}
