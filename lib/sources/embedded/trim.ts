import { readSegment } from '../../codec/segment/read-segment.ts'
import type { EpochMs } from '../../core/ids.ts'
import { RETENTION_MS } from '../../core/record/embedded-limits.ts'
import type { EmbeddedShard } from './embedded-shard.ts'
import type { StreamStore } from './stream-store.ts'

/** Segments removed by one transaction. */
const SEGMENTS_PER_COMMIT_MAX = 256

/**
 * Removes the segments of a shard whose last record is older than 24 hours, oldest first (D20). Times are when records
 * were put (D19).
 * @returns records removed.
 * @throws MillraceError MILLRACE_DATA_UNWRITABLE
 */
export async function trimShard(
  store: StreamStore,
  shard: EmbeddedShard,
  now: EpochMs,
): Promise<number> {
  const before = shard.facts.trimmedThrough
  for (;;) {
    const from = shard.facts.trimmedThrough
    const expired = expiredSegments(store, shard, now - RETENTION_MS)
    if (expired.segments.length === 0) return from - before
    // Before the removal, so that no reader takes a removed segment for a damaged one.
    shard.facts = { ...shard.facts, trimmedThrough: expired.through }
    const removed = expired.segments.map((firstOrdinal) => ({ shard: shard.index, firstOrdinal }))
    try {
      await store.commit({ removed, shards: new Map([[shard.index, shard.facts]]) })
    } catch (error) {
      shard.facts = { ...shard.facts, trimmedThrough: from }
      throw error
    }
  }
}

/** First ordinals of segments that are too old, and the last ordinal in them. */
type Expired = { readonly segments: readonly number[]; readonly through: number }

function expiredSegments(store: StreamStore, shard: EmbeddedShard, limit: number): Expired {
  const { index, facts, lastOrdinal } = shard
  const found = store.segmentsFrom(index, facts.trimmedThrough + 1, SEGMENTS_PER_COMMIT_MAX)
  let expired: Expired = { segments: [], through: facts.trimmedThrough }
  for (let i = 0; i < found.length && found[i]! <= lastOrdinal; i++) {
    const bytes = store.segmentAt(index, found[i]!)
    const segment = bytes ? readSegment(bytes, bytes.length) : undefined
    // A damaged segment says no time: it goes when a later one is too old.
    if (!segment || 'defect' in segment) continue
    if (segment.arrivedAt[segment.count - 1]! > limit) break
    const through = segment.firstOrdinal + segment.count - 1
    expired = { segments: found.slice(0, i + 1), through }
  }
  return expired
}
