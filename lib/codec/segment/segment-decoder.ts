// hot path: bench/micro/segment
import { Unpackr } from 'msgpackr'
import type { Filter } from '../../core/filter/filter.ts'
import type { StreamArn } from '../../core/ids.ts'
import { invariant } from '../../core/invariant.ts'
import type { StreamViewType } from '../../core/mapping/settings.ts'
import { createEventIds } from '../../core/record/embedded-event-id.ts'
import { createSequenceNumbers } from '../../core/record/embedded-sequence.ts'
import {
  EVENT_NAME_MASK,
  EVENT_NAMES,
  EVENT_SOURCE,
  EVENT_VERSION,
  type EventName,
  FLAG_IDENTITY,
  FLAG_JSON,
} from './segment-layout.ts'
import { SegmentMatcher } from './segment-matcher.ts'

/** The `dynamodb` member of a record. @source aws-semantics §6.1 */
export type DynamodbMember = {
  ApproximateCreationDateTime: number
  Keys: Record<string, unknown>
  NewImage?: Record<string, unknown>
  OldImage?: Record<string, unknown>
  SequenceNumber: string
  SizeBytes: number
  StreamViewType: string
}

/** A record as the handler sees it. @source aws-semantics §6.1 */
export type DecodedRecord = {
  eventID: string
  eventName: EventName
  eventVersion: typeof EVENT_VERSION
  eventSource: typeof EVENT_SOURCE
  awsRegion: string
  dynamodb: DynamodbMember
  userIdentity?: unknown
  eventSourceARN: StreamArn
}

/** What a decoder must know beside the bytes: plain data, so it can be sent to a thread. */
export type SegmentDecoderFacts = {
  /** `StreamSource.structures()`, at least as many as the pages' `structureCount`. */
  readonly structures: readonly unknown[]
  readonly streamArn: StreamArn
  readonly region: string
  readonly viewType: StreamViewType
  /** Of the shard that the records come from: `eventIdPrefix(streamArn, shardId)`. */
  readonly eventIdPrefix: string
}

/** Decodes bodies of one shard. */
export type SegmentDecoder = {
  /**
   * The record in `bytes[start..end)`, a fresh object.
   * @param ordinal The record's number in its shard: `maybeOrdinal(sequenceNumber)`.
   * @throws Error where the bytes are no body, or need a structure that is not known.
   */
  decode(bytes: Uint8Array, start: number, end: number, ordinal: number): DecodedRecord
  /** Matches bodies against a filter without decoding them; `undefined` where only the decoded record can tell. */
  matcher(
    filter: Filter,
  ): (bytes: Uint8Array, start: number, end: number, ordinal: number) => boolean | undefined
  /** Takes over a longer list of the same stream; known structures keep their compiled readers. */
  extendStructures(structures: readonly unknown[]): void
  /** Structures known. */
  readonly structureCount: number
  /** A decoder for another shard of the stream, which shares the structures and their readers. */
  forShard(eventIdPrefix: string): SegmentDecoder
}

/** Decodes bodies of `segment` pages into records, in any thread. */
export function createSegmentDecoder(facts: SegmentDecoderFacts): SegmentDecoder {
  const bodies = new BodyReader()
  bodies.extend(facts.structures)
  return shardDecoder(facts, bodies)
}

function shardDecoder(facts: SegmentDecoderFacts, bodies: BodyReader): SegmentDecoder {
  const { streamArn, region, viewType } = facts
  const sequenceNumberOf = createSequenceNumbers()
  const eventIdOf = createEventIds(facts.eventIdPrefix)
  return {
    decode(bytes, start, end, ordinal) {
      const flags = bytes[start]!
      const content = bodies.read(bytes, start + 1, end)
      const hasIdentity = (flags & FLAG_IDENTITY) !== 0
      const dynamodb = (hasIdentity ? (content as unknown[])[0] : content) as DynamodbMember
      dynamodb.SequenceNumber = sequenceNumberOf(ordinal)
      dynamodb.StreamViewType = viewType
      const eventID = eventIdOf(ordinal)
      const eventName = EVENT_NAMES[flags & EVENT_NAME_MASK]!
      if (hasIdentity) {
        return {
          eventID,
          eventName,
          eventVersion: EVENT_VERSION,
          eventSource: EVENT_SOURCE,
          awsRegion: region,
          dynamodb,
          userIdentity: (content as unknown[])[1],
          eventSourceARN: streamArn,
        }
      }
      return {
        eventID,
        eventName,
        eventVersion: EVENT_VERSION,
        eventSource: EVENT_SOURCE,
        awsRegion: region,
        dynamodb,
        eventSourceARN: streamArn,
      }
    },
    matcher(filter) {
      const matcher = new SegmentMatcher(filter, facts, bodies.structures)
      return (bytes, start, end, ordinal) => matcher.match(bytes, start, end, ordinal)
    },
    extendStructures: (structures) => bodies.extend(structures),
    get structureCount() {
      return bodies.structures.length
    },
    forShard: (prefix) => shardDecoder({ ...facts, eventIdPrefix: prefix }, bodies),
  }
}

/** msgpackr's reader with a table of structures that grows. */
class BodyReader {
  readonly #structures: string[][] = []
  readonly #range = { start: 0, end: 0 }
  readonly #unpackr = new Unpackr({
    mapsAsObjects: true,
    // Asked again whenever a body refers to an unknown structure. The lists inside keep their identity, so the
    // readers compiled for them survive; the outer list must be a fresh one each time, msgpackr changes it.
    getStructures: () => this.#structures.slice(),
  })

  /** The list itself: it grows. */
  get structures(): readonly (readonly string[])[] {
    return this.#structures
  }

  extend(structures: readonly unknown[]): void {
    for (let id = this.#structures.length; id < structures.length; id++) {
      const names = structures[id]
      invariant(Array.isArray(names), `structure ${id} is a list of names`)
      // A copy of our own: msgpackr hangs compiled readers on it, which could not be sent to a thread.
      this.#structures.push([...(names as string[])])
    }
  }

  read(bytes: Uint8Array, start: number, end: number): unknown {
    if ((bytes[start - 1]! & FLAG_JSON) !== 0) {
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString())
    }
    this.#range.start = start
    this.#range.end = end
    return this.#unpackr.unpack(bytes, this.#range)
  }
}
