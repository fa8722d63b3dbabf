import type { StreamFacts } from '../actors/protocol.ts'
import { decodeDynamoDbRecord } from '../codec/dynamodb-json/decode-record.ts'
import { RecordMatcher } from '../codec/dynamodb-json/record-matcher.ts'
import { createSegmentDecoder, type SegmentDecoder } from '../codec/segment/segment-decoder.ts'
import type { EpochMs, SequenceNumber, ShardId, StreamArn } from '../core/ids.ts'
import type { KeyAttribute } from '../core/lane/order-key.ts'
import type { StreamViewType } from '../core/mapping/settings.ts'
import { eventIdPrefix } from '../core/record/embedded-event-id.ts'
import type { RecordDecoder } from '../ports/record-decoder.ts'

type DynamoDbRecord = {
  readonly dynamodb: {
    readonly Keys: Readonly<Record<string, KeyAttribute>>
    readonly SequenceNumber: string
    /** Seconds. */
    readonly ApproximateCreationDateTime: number
  }
}

const keyOf = (record: unknown): Readonly<Record<string, KeyAttribute>> =>
  (record as DynamoDbRecord).dynamodb.Keys

const sequenceNumberOf = (record: unknown): SequenceNumber =>
  (record as DynamoDbRecord).dynamodb.SequenceNumber as SequenceNumber

const stampOf = (record: unknown): EpochMs =>
  ((record as DynamoDbRecord).dynamodb.ApproximateCreationDateTime * 1000) as EpochMs

/** Makes the decoders of one thread. Those of one stream share its structures and their compiled readers. */
export function createDecoders(): (stream: StreamFacts) => RecordDecoder {
  const streams = new Map<string, SegmentDecoder>()
  return (stream) => {
    if (stream.format !== 'segment') return jsonDecoder(stream)
    const decoder = streams.get(stream.streamArn) ?? segmentDecoder(stream)
    streams.set(stream.streamArn, decoder)
    return forShard(decoder, stream)
  }
}

function segmentDecoder({ streamArn, region, viewType }: StreamFacts): SegmentDecoder {
  return createSegmentDecoder({
    structures: [],
    streamArn: streamArn as StreamArn,
    region,
    viewType: viewType as StreamViewType,
    eventIdPrefix: '',
  })
}

function forShard(stream: SegmentDecoder, { streamArn, shardId }: StreamFacts): RecordDecoder {
  const decoder = stream.forShard(eventIdPrefix(streamArn as StreamArn, shardId as ShardId))
  return {
    get structureCount() {
      return decoder.structureCount
    },
    extendStructures: (structures) => decoder.extendStructures(structures),
    decode: (bytes, start, end, ordinal) => decoder.decode(bytes, start, end, ordinal),
    keyOf,
    matcher: (filter) => decoder.matcher(filter),
    sequenceNumberOf,
    stampOf,
  }
}

function jsonDecoder({ streamArn }: StreamFacts): RecordDecoder {
  return {
    structureCount: 0,
    extendStructures() {},
    decode: (bytes, start, end) => decodeDynamoDbRecord(bytes, start, end, streamArn as StreamArn),
    keyOf,
    matcher(filter) {
      const matcher = new RecordMatcher(filter, streamArn)
      return (bytes, start, end) => matcher.match(bytes, start, end)
    },
    sequenceNumberOf,
    stampOf,
  }
}
