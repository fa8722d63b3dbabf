import { decodeDynamoDbRecord } from '../../lib/codec/dynamodb-json/decode-record.ts'
import type { ShardId, StreamArn } from '../../lib/core/ids.ts'
import type {
  Page,
  ReadResult,
  ReadStart,
  ShardReader,
  StreamSource,
} from '../../lib/ports/stream-source.ts'
import { createDynamoDbStreamSource } from '../../lib/sources/dynamodb-streams/dynamodb-stream-source.ts'
import {
  createStreamsClient,
  type StreamsClient,
  type StreamsClientOptions,
} from '../../lib/sources/dynamodb-streams/streams-client.ts'
import { type StreamsServer, serveStreams } from './fake-dynamodb-streams.ts'
import { ScriptedStreams } from './scripted-streams.ts'

export const SHARD = 'shardId-00000001767225600000-00000000' as ShardId

type Test = { teardown(end: () => Promise<void>): void }

export type Rig = {
  readonly server: ScriptedStreams
  readonly http: StreamsServer
  readonly client: StreamsClient
  readonly source: StreamSource
  open(start: ReadStart, shardId?: ShardId): ShardReader
}

/** A scripted server with one open shard, and a source that reads it; both end with the test. */
export async function startRig(t: Test, options: StreamsClientOptions = {}): Promise<Rig> {
  const server = new ScriptedStreams()
  const http = await serveStreams(server)
  server.shards = [{ shardId: SHARD, records: [] }]
  const client = createStreamsClient({ endpoint: http.endpoint, environment: {}, ...options })
  const source = createDynamoDbStreamSource({ client, streamArn: server.streamArn as StreamArn })
  t.teardown(async () => {
    await source.close()
    await client.close()
    await http.stop()
  })
  return { server, http, client, source, open: (start, id = SHARD) => source.openReader(id, start) }
}

/** The sequence numbers of a page, or what the read answered instead. */
export function summary(result: ReadResult): readonly number[] | string {
  if (result.type === 'page') return sequenceNumbers(result.page)
  return result.type === 'failed' ? `failed: ${result.failure.type}` : result.type
}

export function sequenceNumbers(page: Page): readonly number[] {
  return Array.from({ length: page.count }, (_, i) => Number(page.sequenceNumberAt(i)))
}

/** The records of a page as a handler sees them. */
export function decoded(page: Page, arn: string): ReturnType<typeof decodeDynamoDbRecord>[] {
  return Array.from({ length: page.count }, (_, i) =>
    decodeDynamoDbRecord(page.bytes, page.starts[i]!, page.ends[i]!, arn),
  )
}

export async function reads(
  reader: ShardReader,
  count: number,
): Promise<ReturnType<typeof summary>[]> {
  const all = []
  for (let i = 0; i < count; i++) all.push(summary(await reader.read()))
  return all
}
