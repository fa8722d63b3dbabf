import { readSegment } from '../../codec/segment/read-segment.ts'
import { MillraceError } from '../../core/errors.ts'
import type { EpochMs, ShardId } from '../../core/ids.ts'
import { orderHash } from '../../core/lane/lane-hash.ts'
import { SHARDS_PER_STREAM_MAX } from '../../core/record/embedded-limits.ts'
import { type EmbeddedShard, evenRanges, type ShardFacts } from './embedded-shard.ts'
import type { StreamStore } from './stream-store.ts'

/** Odd, so multiplying by it sends each index to another 32-bit number. */
const SPREAD = 0x9e3779b1

/**
 * Id of a new shard: its creation time, and 8 digits that no other shard of the stream has.
 * @source aws-semantics §6.5
 */
export function shardIdOf(shard: {
  readonly stream: string
  readonly createdAt: EpochMs
  readonly index: number
}): ShardId {
  const time = String(shard.createdAt).padStart(20, '0')
  const distinct = (Math.imul(shard.index + 1, SPREAD) ^ orderHash(shard.stream)) >>> 0
  return `shardId-${time}-${distinct.toString(16).padStart(8, '0')}` as ShardId
}

/** The shards of a new stream. */
export function firstShards(
  count: number,
  idOf: (index: number) => ShardId,
): readonly ShardFacts[] {
  return evenRanges(count).map(({ from, to }, index) => ({
    shardId: idOf(index),
    from,
    to,
    isClosed: false,
    trimmedThrough: 0,
  }))
}

/**
 * What takes over when a shard closes: its range in one piece or in two halves. Children number on from their parent's
 * last record, so that the sequence numbers of a key ascend through all shards that it was in, as on AWS.
 * @returns fewer than `count` where the range cannot be halved.
 */
export function childFacts(
  parent: EmbeddedShard,
  count: 1 | 2,
  idOf: (child: number) => ShardId,
): readonly ShardFacts[] {
  const { from, to, shardId: parentShardId } = parent.facts
  const middle = count === 1 ? to : Math.floor((from + to) / 2)
  const ranges = [
    { from, to: middle },
    { from: middle, to },
  ].filter((range) => range.from < range.to)
  return ranges.map((range, child) => ({
    ...range,
    shardId: idOf(child),
    parentShardId,
    isClosed: false,
    trimmedThrough: parent.lastOrdinal,
  }))
}

/**
 * {@link childFacts}, or why the shard cannot be closed.
 * @throws MillraceError MILLRACE_SHARD_REFUSED
 */
export function childrenOf(
  parent: EmbeddedShard,
  count: 1 | 2,
  stream: { readonly name: string; readonly shardCount: number; readonly createdAt: EpochMs },
): readonly ShardFacts[] {
  const { name, shardCount, createdAt } = stream
  const children = childFacts(parent, count, (i) =>
    shardIdOf({ stream: name, createdAt, index: shardCount + i }),
  )
  const reason = parent.facts.isClosed
    ? 'it is closed'
    : children.length < count
      ? 'its share of the keys cannot be halved'
      : shardCount + count > SHARDS_PER_STREAM_MAX
        ? `the stream would have more than ${SHARDS_PER_STREAM_MAX} shards`
        : undefined
  if (reason === undefined) return children
  const { shardId } = parent.facts
  throw MillraceError.of('MILLRACE_SHARD_REFUSED', { stream: name, shard: shardId, reason })
}

/** Ordinal of the last record that is stored of a shard, or was. @throws MillraceError MILLRACE_DATA_DAMAGED */
export function tipOf(store: StreamStore, index: number, facts: ShardFacts): number {
  const first = store.lastSegment(index)
  if (first === undefined) return facts.trimmedThrough
  const bytes = store.segmentAt(index, first)
  const segment = bytes ? readSegment(bytes, bytes.length) : { defect: 'it is missing' }
  if (!('defect' in segment)) return first + segment.count - 1
  throw MillraceError.of('MILLRACE_DATA_DAMAGED', {
    directory: store.directory,
    reason: `the last segment of ${facts.shardId}: ${segment.defect}`,
  })
}
