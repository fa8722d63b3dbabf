import { MillraceError } from '../../core/errors.ts'
import type { SequenceNumber, ShardId, StreamArn } from '../../core/ids.ts'
import { orderHash } from '../../core/lane/lane-hash.ts'
import type { StreamViewType } from '../../core/mapping/settings.ts'
import { maybeOrdinal, sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  ReadStart,
  ShardReader,
  SourceFailure,
  StreamDescription,
  StreamSource,
} from '../../ports/stream-source.ts'
import { MemoryReader } from './memory-reader.ts'
import type { MemoryShard } from './memory-shard.ts'

/** A record as the Streams API would give it; what the stream adds is left out. */
export type MemoryRecord = {
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE'
  readonly dynamodb: {
    readonly ApproximateCreationDateTime?: number
    readonly Keys: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly NewImage?: unknown
    readonly OldImage?: unknown
  }
  readonly userIdentity?: unknown
}

export type MemorySourceOptions = {
  readonly streamArn: StreamArn
  readonly label: string
  readonly region: string
  readonly viewType: StreamViewType
  readonly partitionKeyName: string
  readonly clock: Clock
  /** Records of a page, at most. */
  readonly pageRecordsMax: number
}

/**
 * The reference stream source: everything in memory, shards under the test's control, bodies in the `dynamodb-json`
 * format.
 */
export class MemorySource implements StreamSource {
  readonly pace = 'notified'
  readonly #options: MemorySourceOptions
  readonly #shards = new Map<ShardId, MemoryShard>()
  readonly #readers = new Set<ShardReader>()

  constructor(options: MemorySourceOptions) {
    this.#options = options
  }

  async describe(): Promise<StreamDescription> {
    const { streamArn, label, viewType, partitionKeyName } = this.#options
    const shards = [...this.#shards.values()].map((shard) => ({
      shardId: shard.shardId,
      ...(shard.parentShardId ? { parentShardId: shard.parentShardId } : {}),
      startingSequenceNumber: sequenceNumberOf(1),
      ...(shard.isClosed ? { endingSequenceNumber: sequenceNumberOf(shard.records.length) } : {}),
    }))
    return { streamArn, label, status: 'ENABLED', viewType, partitionKeyName, shards }
  }

  openReader(shardId: ShardId, start: ReadStart): ShardReader {
    const reader = new MemoryReader(this.#shard(shardId), start, this.#options.pageRecordsMax)
    this.#readers.add(reader)
    return reader
  }

  structures(): readonly unknown[] {
    return []
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) reader.close()
    this.#readers.clear()
  }

  /** Adds an open shard. @returns its id: `name`. */
  addShard(name: string, parentShardId?: ShardId): ShardId {
    const shardId = name as ShardId
    this.#shards.set(shardId, {
      shardId,
      ...(parentShardId ? { parentShardId } : {}),
      records: [],
      trimmedThrough: 0,
      isClosed: false,
      failures: [],
      waiting: new Set(),
    })
    return shardId
  }

  /** Appends records to one shard and wakes its readers. @returns their sequence numbers. */
  put(shardId: ShardId, records: readonly MemoryRecord[]): readonly SequenceNumber[] {
    const shard = this.#shard(shardId)
    if (shard.isClosed) {
      const facts = { shard: shardId, stream: this.#options.streamArn, reason: 'it is closed' }
      throw MillraceError.of('MILLRACE_SHARD_REFUSED', facts)
    }
    const numbers = records.map((record) => this.#keep(shard, record))
    wake(shard)
    return numbers
  }

  /** Closes a shard and adds children of these names. */
  split(shardId: ShardId, childNames: readonly string[]): readonly ShardId[] {
    const children = childNames.map((name) => this.addShard(name, shardId))
    this.closeShard(shardId)
    return children
  }

  /** Closes a shard without children. */
  closeShard(shardId: ShardId): void {
    const shard = this.#shard(shardId)
    shard.isClosed = true
    wake(shard)
  }

  /** Forgets the records up to and including this one. */
  trim(shardId: ShardId, through: SequenceNumber): void {
    this.#shard(shardId).trimmedThrough = maybeOrdinal(through) ?? 0
  }

  /** The next read of the shard fails like this; called again, the one after it. */
  failNextRead(shardId: ShardId, failure: SourceFailure): void {
    this.#shard(shardId).failures.push(failure)
  }

  #shard(shardId: ShardId): MemoryShard {
    const shard = this.#shards.get(shardId)
    if (shard) return shard
    const facts = { shard: shardId, stream: this.#options.streamArn }
    throw MillraceError.of('MILLRACE_SHARD_UNKNOWN', facts)
  }

  #keep(shard: MemoryShard, record: MemoryRecord): SequenceNumber {
    const { region, streamArn, viewType, partitionKeyName, clock } = this.#options
    const { ApproximateCreationDateTime, ...images } = record.dynamodb
    const sequenceNumber = sequenceNumberOf(shard.records.length + 1)
    const arrivedAt = clock.now()
    const kept = {
      eventID: sequenceNumber.padStart(32, '0'),
      eventName: record.eventName ?? 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: region,
      dynamodb: {
        ApproximateCreationDateTime: ApproximateCreationDateTime ?? Math.floor(arrivedAt / 1000),
        ...images,
        SequenceNumber: sequenceNumber,
        SizeBytes: JSON.stringify(images).length,
        StreamViewType: viewType,
      },
      ...(record.userIdentity === undefined ? {} : { userIdentity: record.userIdentity }),
    }
    const [type, value] = Object.entries(record.dynamodb.Keys[partitionKeyName] ?? {})[0] ?? []
    shard.records.push({
      body: Buffer.from(JSON.stringify(kept)),
      orderHash: orderHash(`${type}:${value}`),
      arrivedAt,
      jsonBytes: Buffer.byteLength(JSON.stringify({ ...kept, eventSourceARN: streamArn })),
    })
    return sequenceNumber
  }
}

function wake(shard: MemoryShard): void {
  const waiting = [...shard.waiting]
  shard.waiting.clear()
  for (const arrived of waiting) arrived()
}
