import type { EpochMs, SequenceNumber, ShardId, StreamArn } from '../core/ids.ts'
import type { ChildrenAnswer } from '../core/shard/child-search.ts'

/** How the bodies of a page are written: `segment` is our msgpack, `dynamodb-json` is the wire's JSON. */
export type BodyFormat = 'segment' | 'dynamodb-json'

/**
 * Records of one shard in sequence order, as columns. Bodies stay bytes: nobody on the main thread decodes them.
 * All arrays have `count` entries at least; `starts[i]..ends[i]` is the body of record `i` in `bytes`.
 * The arrays and `bytes` are only valid until the next call of the same reader.
 */
export type Page = {
  readonly count: number
  readonly format: BodyFormat
  readonly bytes: Uint8Array
  /** The same bytes by words: given where every body begins on a word and is padded to one. */
  readonly words?: Int32Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  /** D2: FNV-1a 32 of the order key and the murmur3 finaliser; the lane is this modulo the factor. */
  readonly orderHashes: Uint32Array
  /** When the stream received the record (D19). @unit epoch ms */
  readonly arrivedAt: Float64Array
  /** Length of the record in the serialized event. @unit bytes */
  readonly jsonBytes: Uint32Array
  /** Ordinal of the first record where the source numbers them itself; else the poller counts. */
  readonly firstOrdinal?: number
  /** Shared msgpack structures a decoder must know, 0 for other formats. */
  readonly structureCount: number
  /** Stays callable when the page is no longer valid. */
  sequenceNumberAt(index: number): SequenceNumber
}

/** A shard as DescribeStream lists it; its ending tells that it is closed. */
export type ShardDescription = {
  readonly shardId: ShardId
  readonly parentShardId?: ShardId
  readonly startingSequenceNumber?: SequenceNumber
  /** Present on a closed shard. */
  readonly endingSequenceNumber?: SequenceNumber
}

export type StreamDescription = {
  readonly streamArn: StreamArn
  /** Creation label: the epoch of checkpoints (design §4). */
  readonly label: string
  readonly status: 'ENABLED' | 'DISABLED' | 'ENABLING' | 'DISABLING'
  readonly viewType: string
  /** Name of the HASH attribute, where the source tells it. */
  readonly partitionKeyName?: string
  readonly shards: readonly ShardDescription[]
}

export type ReadStart =
  | { readonly type: 'trim-horizon' }
  | { readonly type: 'latest' }
  /** D21, remote: read from TRIM_HORIZON and skip what is stamped before `time`. */
  | { readonly type: 'stamped-since'; readonly time: EpochMs }
  | { readonly type: 'after'; readonly sequenceNumber: SequenceNumber }

/** Why a page could not be read. `unreachable` and `throttled` pass with time; `refused` needs an operator. */
export type SourceFailure = {
  readonly type: 'throttled' | 'unreachable' | 'refused'
  readonly reason: string
}

export type ReadResult =
  | { readonly type: 'page'; readonly page: Page }
  /** Nothing more for now: the reader is at the tip. */
  | { readonly type: 'empty' }
  /** The shard is closed and was read to its end. */
  | { readonly type: 'closed' }
  /** Records before the position are gone; the reader goes on at the oldest one. */
  | { readonly type: 'trimmed' }
  | { readonly type: 'failed'; readonly failure: SourceFailure }

/** Reads one shard from a position onwards. One read at a time. */
export interface ShardReader {
  /** Answers at once where the source is local. Never throws or rejects for what the source did. */
  read(): ReadResult | Promise<ReadResult>
  /**
   * Calls `arrived` once when a read after `empty` may find records.
   * @returns a function that takes the request back. Absent where the source must be polled.
   */
  onArrival?(arrived: () => void): () => void
  close(): void
}

/** A stream: its shards and readers of them. */
export interface StreamSource {
  /** How long an idle reader waits between polls: `notified` sources say when records arrive. */
  readonly pace: 'notified' | 'loopback' | 'remote'
  /** @throws MillraceError MILLRACE_SOURCE_UNREACHABLE, MILLRACE_SOURCE_REFUSED, MILLRACE_STREAM_UNKNOWN */
  describe(): Promise<StreamDescription>
  /**
   * Looks once for the children of a shard that was read to its end; they may show up late. Never rejects. Absent where
   * {@link describe} is as quick, and tells of children as soon as a reader tells of the end.
   */
  findChildren?(parent: ShardId): Promise<ChildrenAnswer>
  openReader(shardId: ShardId, start: ReadStart): ShardReader
  /** The msgpack structures of `segment` bodies, as far as they are known now. */
  structures(): readonly unknown[]
  close(): Promise<void>
}
