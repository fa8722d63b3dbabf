import {
  createSegmentDecoder,
  type DecodedRecord,
  type SegmentDecoder,
} from '../../codec/segment/segment-decoder.ts'
import { MillraceError } from '../../core/errors.ts'
import type { EpochMs, ShardId } from '../../core/ids.ts'
import { RECORDS_PAGE_BYTES_MAX, SHARD_ITERATOR_MS_MAX } from '../../core/limits.ts'
import { eventIdPrefix } from '../../core/record/embedded-event-id.ts'
import { sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import {
  StreamsError,
  shardNotFound,
  streamNotFound,
  trimmed,
} from '../../core/stream-api/streams-error.ts'
import { firstOrdinal, type ShardIteratorRequest } from '../../core/stream-api/streams-request.ts'
import { isoMilliseconds } from '../../core/timestamp.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EmbeddedShard } from '../../sources/embedded/embedded-shard.ts'
import type { EmbeddedStream } from '../../sources/embedded/embedded-stream.ts'
import type { EmbeddedStreams } from '../../sources/embedded/open-embedded-streams.ts'
import type { ShardIterators } from './shard-iterators.ts'

export type { DecodedRecord }

/** What one read gives. */
export type RecordsPage = {
  readonly records: readonly DecodedRecord[]
  /** Absent: the shard is closed, and there is nothing behind these records. */
  readonly nextIterator?: string
}

export type StreamReadingParts = {
  readonly streams: EmbeddedStreams
  readonly clock: Clock
  readonly iterators: ShardIterators
}

/** Reads embedded streams for programs outside: by iterators, page by page. @source aws-semantics §6.3 */
export class StreamReading {
  readonly #parts: StreamReadingParts
  /** One for each stream that is read: its readers of structures are compiled. */
  readonly #decoders = new WeakMap<EmbeddedStream, SegmentDecoder>()

  constructor(parts: StreamReadingParts) {
    this.#parts = parts
  }

  /** @throws StreamsError ResourceNotFoundException, TrimmedDataAccessException, ValidationException */
  iterator({ streamArn, shardId, from }: ShardIteratorRequest): string {
    const { facts, lastOrdinal } = shardOf(this.#stream(streamArn), shardId)
    const { trimmedThrough } = facts
    const ordinal = firstOrdinal(from, { trimmedThrough, lastOrdinal })
    return this.#issue({ streamArn, shardId, ordinal })
  }

  /**
   * @param limit Records at most; 1 MB of them is the other bound, unless one alone is larger.
   * @throws StreamsError ValidationException, ExpiredIteratorException, TrimmedDataAccessException, ResourceNotFoundException
   */
  records(iterator: string, limit: number): RecordsPage {
    const position = this.#parts.iterators.maybePosition(iterator)
    if (!position) throw new StreamsError('ValidationException', 'Invalid ShardIterator')
    const { streamArn, shardId, ordinal, issuedAt } = position
    this.#expectFresh(issuedAt)
    const stream = this.#stream(streamArn)
    const shard = shardOf(stream, shardId)
    if (ordinal <= shard.facts.trimmedThrough) throw trimmed()
    const records = ordinal > shard.lastOrdinal ? [] : this.#read(stream, shard, { ordinal, limit })
    const next = ordinal + records.length
    if (shard.facts.isClosed && next > shard.lastOrdinal) return { records }
    return { records, nextIterator: this.#issue({ streamArn, shardId, ordinal: next }) }
  }

  #read(
    stream: EmbeddedStream,
    shard: EmbeddedShard,
    { ordinal, limit }: { readonly ordinal: number; readonly limit: number },
  ): readonly DecodedRecord[] {
    const { shardId } = shard.facts
    const sequenceNumber = sequenceNumberOf(ordinal - 1)
    const reader = stream.openReader(shardId, { type: 'after', sequenceNumber })
    const decoder = this.#decoder(stream).forShard(eventIdPrefix(stream.place.streamArn, shardId))
    const records: DecodedRecord[] = []
    let bytes = 0
    while (records.length < limit) {
      // A page is used up in the turn that it is read in: its bytes are LMDB's.
      const result = reader.read()
      if (result.type === 'failed' && records.length === 0)
        throw unreadable(stream, result.failure.reason)
      if (result.type !== 'page') return records
      const { page } = result
      for (let i = 0; i < page.count; i++) {
        bytes += page.jsonBytes[i]!
        const isFull = records.length > 0 && bytes > RECORDS_PAGE_BYTES_MAX
        if (isFull || records.length === limit) return records
        records.push(
          decoder.decode(page.bytes, page.starts[i]!, page.ends[i]!, ordinal + records.length),
        )
      }
    }
    return records
  }

  #decoder(stream: EmbeddedStream): SegmentDecoder {
    const known = this.#decoders.get(stream)
    if (known) {
      known.extendStructures(stream.structures)
      return known
    }
    const { streamArn, region } = stream.place
    const decoder = createSegmentDecoder({
      structures: stream.structures,
      streamArn,
      region,
      viewType: stream.facts.settings.streamViewType,
      eventIdPrefix: '',
    })
    this.#decoders.set(stream, decoder)
    return decoder
  }

  #stream(streamArn: string): EmbeddedStream {
    const stream = this.#parts.streams.maybeStreamOfArn(streamArn)
    if (stream) return stream
    throw streamNotFound(streamArn)
  }

  #issue(position: {
    readonly streamArn: string
    readonly shardId: string
    readonly ordinal: number
  }): string {
    const { iterators, clock } = this.#parts
    return iterators.issue({ ...position, issuedAt: clock.now() })
  }

  #expectFresh(issuedAt: number): void {
    const now = this.#parts.clock.now()
    if (now - issuedAt <= SHARD_ITERATOR_MS_MAX) return
    const [created, asked] = [isoMilliseconds(issuedAt as EpochMs), isoMilliseconds(now)]
    throw new StreamsError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${created} while right now it is ${asked} which is further in the future than the tolerated delay of ${SHARD_ITERATOR_MS_MAX} milliseconds.`,
    )
  }
}

function shardOf(stream: EmbeddedStream, shardId: string): EmbeddedShard {
  const shard = stream.shards.find(({ facts }) => facts.shardId === (shardId as ShardId))
  if (shard) return shard
  throw shardNotFound()
}

const unreadable = (stream: EmbeddedStream, reason: string): MillraceError =>
  MillraceError.of('MILLRACE_SOURCE_REFUSED', {
    operation: 'GetRecords',
    endpoint: stream.place.name,
    reason,
  })
