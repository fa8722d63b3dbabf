import type { EpochMs, ShardId } from '../../core/ids.ts'
import type { SourceFailure } from '../../ports/stream-source.ts'

/** A record as it is kept: its JSON, and what a page says about it. */
export type KeptRecord = {
  readonly body: Uint8Array
  readonly orderHash: number
  readonly arrivedAt: EpochMs
  readonly jsonBytes: number
}

/** A shard in memory. Record `i` of `records` has the ordinal `i + 1`. */
export type MemoryShard = {
  readonly shardId: ShardId
  readonly parentShardId?: ShardId
  readonly records: KeptRecord[]
  trimmedThrough: number
  isClosed: boolean
  /** Answers of the next reads, before any page. */
  readonly failures: SourceFailure[]
  readonly waiting: Set<() => void>
}
