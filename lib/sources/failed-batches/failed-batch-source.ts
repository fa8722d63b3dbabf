import { MillraceError } from '../../core/errors.ts'
import { compareSequenceNumbers, type ShardId, type StreamArn } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  ReadStart,
  ShardReader,
  StreamDescription,
  StreamSource,
} from '../../ports/stream-source.ts'
import { FailedBatchReader } from './failed-batch-reader.ts'
import type { BatchPlace } from './open-batch.ts'
import type { RecordAllowance } from './record-allowance.ts'

/** Creation label of every such stream: its batches do not change once it is made. */
const LABEL = 'redrive'

export type FailedBatchSourceOptions = {
  /** Of the stream that the batches were read from: handlers see it again. */
  readonly streamArn: StreamArn
  readonly batches: readonly (BatchPlace & { readonly shardId: ShardId })[]
  /** Shards that are read before others of these: theirs come first, as they did in the stream. */
  readonly parents: Readonly<Record<string, ShardId>>
  /** HASH attribute of the stream's schema, where it is known (D2). */
  readonly partitionKeyName?: string
  /** The stored event of a batch. */
  readonly load: (id: string) => string | undefined
  readonly allowance: RecordAllowance
  readonly clock: Clock
}

/**
 * Failed batches of one stream as a stream: the shards that they came from, closed, with the records of the batches in
 * sequence order. What reads it keeps order, retries, splits and checkpoints as with any other stream.
 */
export class FailedBatchSource implements StreamSource {
  readonly pace = 'notified'
  readonly #options: FailedBatchSourceOptions
  readonly #shards = new Map<ShardId, BatchPlace[]>()
  readonly #readers = new Set<ShardReader>()

  constructor(options: FailedBatchSourceOptions) {
    this.#options = options
    for (const { shardId, ...place } of options.batches) {
      const places = this.#shards.get(shardId) ?? []
      places.push(place)
      this.#shards.set(shardId, places)
    }
    for (const places of this.#shards.values())
      places.sort((a, b) => compareSequenceNumbers(a.firstSequenceNumber, b.firstSequenceNumber))
  }

  async describe(): Promise<StreamDescription> {
    const { streamArn, partitionKeyName, parents } = this.#options
    const shards = Array.from(this.#shards, ([shardId, places]) => ({
      shardId,
      ...(parents[shardId] === undefined ? {} : { parentShardId: parents[shardId] }),
      startingSequenceNumber: places[0]!.firstSequenceNumber,
      endingSequenceNumber: places
        .map(({ lastSequenceNumber }) => lastSequenceNumber)
        .reduce((a, b) => (compareSequenceNumbers(a, b) > 0 ? a : b)),
    }))
    return {
      streamArn,
      label: LABEL,
      status: 'ENABLED',
      viewType: 'NEW_AND_OLD_IMAGES',
      ...(partitionKeyName === undefined ? {} : { partitionKeyName }),
      shards,
    }
  }

  /** @throws MillraceError MILLRACE_SHARD_UNKNOWN */
  openReader(shardId: ShardId, start: ReadStart): ShardReader {
    const batches = this.#shards.get(shardId)
    const { streamArn, load, allowance, clock, partitionKeyName } = this.#options
    if (batches === undefined)
      throw MillraceError.of('MILLRACE_SHARD_UNKNOWN', { shard: shardId, stream: streamArn })
    const reader = new FailedBatchReader(
      { batches, load, allowance, clock, partitionKeyName },
      start,
    )
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
}
