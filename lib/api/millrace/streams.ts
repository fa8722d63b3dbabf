import type { FastifyInstance } from 'fastify'
import type { StreamListing } from '../../engine/stream-view.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'

const COLLECTION = '/millrace/streams'

/** A request about one stream. */
export type OneStream = { Params: { name: string } }

/** Embedded streams: made, listed, told of. @source contract §5 */
export function registerStreams(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { streams } = engine
  fastify.put<OneStream>(`${COLLECTION}/:name`, async (request, reply) => {
    const { stream, isNew } = await streams.create(request.params.name, jsonOf(request))
    reply.code(isNew ? 201 : 200)
    return describe(stream)
  })
  fastify.get(COLLECTION, async () => ({ Streams: streams.list().map(summarize) }))
  fastify.get<OneStream>(`${COLLECTION}/:name`, async ({ params }) =>
    describe(streams.get(params.name)),
  )
}

/** The keys that it was made with, and what it is by now. */
function summarize({ stream, streamArn, status, settings, shards }: StreamListing) {
  const { shardCount, streamViewType, keySchema } = settings
  return {
    StreamName: stream,
    StreamArn: streamArn,
    StreamStatus: status,
    ShardCount: shardCount,
    StreamViewType: streamViewType,
    ...(keySchema.length === 0
      ? {}
      : {
          KeySchema: keySchema.map(({ attributeName, keyType }) => ({
            AttributeName: attributeName,
            KeyType: keyType,
          })),
        }),
    RecordCount: shards.reduce((sum, { recordCount }) => sum + recordCount, 0),
  }
}

function describe(listing: StreamListing) {
  return {
    ...summarize(listing),
    Shards: listing.shards.map((shard) => ({
      ShardId: shard.shardId,
      ...(shard.parentShardId ? { ParentShardId: shard.parentShardId } : {}),
      ShardStatus: shard.status,
      KeyShare: shard.keyShare,
      RecordCount: shard.recordCount,
      StartingSequenceNumber: shard.startingSequenceNumber,
      ...(shard.endingSequenceNumber ? { EndingSequenceNumber: shard.endingSequenceNumber } : {}),
    })),
  }
}
