import { shardPage, streamPage } from '../../core/stream-api/listing-page.ts'
import { streamNotFound } from '../../core/stream-api/streams-error.ts'
import { expectStreamArn, parseStreamsRequest } from '../../core/stream-api/streams-request.ts'
import {
  DESCRIBE_STREAM_RULE,
  LIST_STREAMS_RULE,
} from '../../core/stream-api/streams-request-table.ts'
import type { StreamListing } from '../../engine/stream-view.ts'
import type { StreamCatalogue } from '../../engine/streams/stream-catalogue.ts'

type Shard = StreamListing['shards'][number]

/** @throws StreamsError ValidationException @source aws-semantics §6.3 */
export async function listStreams(
  streams: Pick<StreamCatalogue, 'list'>,
  input: unknown,
): Promise<unknown> {
  const request = parseStreamsRequest(input, LIST_STREAMS_RULE)
  const { TableName, Limit: limit, ExclusiveStartStreamArn: exclusiveStartStreamArn } = request
  if (exclusiveStartStreamArn !== undefined) expectStreamArn(exclusiveStartStreamArn)
  const all = streams.list()
  const named = TableName === undefined ? all : all.filter(({ stream }) => stream === TableName)
  const { page, last } = streamPage(named, { limit, exclusiveStartStreamArn })
  return {
    Streams: page.map(({ streamArn, stream, label }) => ({
      StreamArn: streamArn,
      StreamLabel: label,
      TableName: stream,
    })),
    ...(last ? { LastEvaluatedStreamArn: last.streamArn } : {}),
  }
}

/** @throws StreamsError ValidationException, ResourceNotFoundException @source aws-semantics §6.3 */
export async function describeStream(
  streams: Pick<StreamCatalogue, 'maybeOfArn'>,
  input: unknown,
): Promise<unknown> {
  const request = parseStreamsRequest(input, DESCRIBE_STREAM_RULE)
  const { StreamArn, Limit: limit, ExclusiveStartShardId, ShardFilter } = request
  expectStreamArn(StreamArn)
  const stream = streams.maybeOfArn(StreamArn)
  if (!stream) throw streamNotFound(StreamArn)
  const { page, last } = shardPage(stream.shards, {
    limit,
    exclusiveStartShardId: ExclusiveStartShardId,
    parentShardId: ShardFilter?.ShardId,
  })
  return {
    StreamDescription: {
      StreamArn,
      StreamLabel: stream.label,
      StreamStatus: stream.status,
      StreamViewType: stream.settings.streamViewType,
      CreationRequestDateTime: Date.parse(`${stream.label}Z`) / 1000,
      TableName: stream.stream,
      KeySchema: stream.settings.keySchema.map(({ attributeName, keyType }) => ({
        AttributeName: attributeName,
        KeyType: keyType,
      })),
      Shards: page.map(toShard),
      ...(last ? { LastEvaluatedShardId: last.shardId } : {}),
    },
  }
}

function toShard(shard: Shard): unknown {
  const { shardId, parentShardId, startingSequenceNumber, endingSequenceNumber } = shard
  return {
    ShardId: shardId,
    SequenceNumberRange: {
      StartingSequenceNumber: startingSequenceNumber,
      ...(endingSequenceNumber ? { EndingSequenceNumber: endingSequenceNumber } : {}),
    },
    ...(parentShardId ? { ParentShardId: parentShardId } : {}),
  }
}
