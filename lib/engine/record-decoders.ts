import type { StreamFacts } from '../actors/protocol.ts'
import { decodeDynamoDbRecord } from '../codec/dynamodb-json/decode-record.ts'
import { createSegmentDecoder } from '../codec/segment/segment-decoder.ts'
import type { SequenceNumber, ShardId, StreamArn } from '../core/ids.ts'
import type { StreamViewType } from '../core/mapping/settings.ts'
import { eventIdPrefix } from '../core/record/embedded-event-id.ts'
import type { RecordDecoder } from '../ports/record-decoder.ts'

type DynamoDbRecord = { readonly dynamodb: { readonly SequenceNumber: string } }

const sequenceNumberOf = (record: unknown): SequenceNumber =>
  (record as DynamoDbRecord).dynamodb.SequenceNumber as SequenceNumber

/** The decoder for the bodies of a stream. */
export function createDecoder(stream: StreamFacts): RecordDecoder {
  return stream.format === 'segment' ? segmentDecoder(stream) : jsonDecoder(stream)
}

function segmentDecoder({ streamArn, region, shardId, viewType }: StreamFacts): RecordDecoder {
  const decoder = createSegmentDecoder({
    structures: [],
    streamArn: streamArn as StreamArn,
    region,
    viewType: viewType as StreamViewType,
    eventIdPrefix: eventIdPrefix(streamArn as StreamArn, shardId as ShardId),
  })
  return {
    get structureCount() {
      return decoder.structureCount
    },
    extendStructures: (structures) => decoder.extendStructures(structures),
    decode: (bytes, start, end, ordinal) => decoder.decode(bytes, start, end, ordinal),
    sequenceNumberOf,
  }
}

function jsonDecoder({ streamArn }: StreamFacts): RecordDecoder {
  return {
    structureCount: 0,
    extendStructures() {},
    decode: (bytes, start, end) => decodeDynamoDbRecord(bytes, start, end, streamArn as StreamArn),
    sequenceNumberOf,
  }
}
