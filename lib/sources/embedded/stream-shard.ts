import type { ShardId } from '../../core/ids.ts'
import { sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import type { ShardDescription } from '../../ports/stream-source.ts'
import { HASH_LIMIT, type ShardFacts } from './embedded-shard.ts'

/** A shard of an embedded stream, for people. */
export type StreamShard = ShardDescription & {
  readonly shardId: ShardId
  readonly status: 'OPEN' | 'CLOSED'
  /** Records that can be read. */
  readonly recordCount: number
  /** Share of all keys that go to it, or went. @unit percent */
  readonly keyShare: number
}

/** A shard's facts and the ordinal of its last record. */
export type ListedFacts = { readonly facts: ShardFacts; readonly lastOrdinal: number }

/** A shard as DescribeStream lists it. */
export function describeShard({ facts, lastOrdinal }: ListedFacts): ShardDescription {
  return {
    shardId: facts.shardId,
    ...(facts.parentShardId ? { parentShardId: facts.parentShardId } : {}),
    startingSequenceNumber: sequenceNumberOf(facts.trimmedThrough + 1),
    ...(facts.isClosed ? { endingSequenceNumber: sequenceNumberOf(lastOrdinal) } : {}),
  }
}

export function listShard(shard: ListedFacts): StreamShard {
  const { isClosed, trimmedThrough, from, to } = shard.facts
  return {
    ...describeShard(shard),
    status: isClosed ? 'CLOSED' : 'OPEN',
    recordCount: shard.lastOrdinal - trimmedThrough,
    keyShare: (100 * (to - from)) / HASH_LIMIT,
  }
}

/** A stream without an open shard takes no more records and stays readable. @source aws-semantics §6.3 */
export function streamStatus(shards: readonly ListedFacts[]): 'ENABLED' | 'DISABLED' {
  return shards.some(({ facts }) => !facts.isClosed) ? 'ENABLED' : 'DISABLED'
}
