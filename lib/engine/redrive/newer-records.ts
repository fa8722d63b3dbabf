import type { FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import { compareSequenceNumbers, type SequenceNumber, type ShardId } from '../../core/ids.ts'
import { orderHash } from '../../core/lane/lane-hash.ts'
import { canonicalOrderKey } from '../../core/lane/order-key.ts'
import { keysOfPayload } from '../../core/redrive/failed-batch-filter.ts'
import type { ShardDescription } from '../../ports/stream-source.ts'

/** A batch whose key is looked for among newer records. */
export type Watch = {
  readonly id: string
  readonly key: string
  /** Newer is what comes after this one; `null` in a shard that descends from the batch's. */
  readonly after: SequenceNumber | null
}

/** What is to be looked for in one shard. */
export type ShardWatches = {
  readonly shardId: ShardId
  /** By order hash. */
  readonly watches: ReadonlyMap<number, readonly Watch[]>
  /** From where it must be read; `null` = from its beginning. */
  readonly after: SequenceNumber | null
}

export type WatchedBatch = { readonly summary: FailedBatchSummary; readonly payload: string }

/**
 * Where newer records of the batches' keys can be: behind each batch in its own shard, and in the shards that descend
 * from it, which take its keys over.
 */
export function planWatches(
  batches: readonly WatchedBatch[],
  shards: readonly ShardDescription[],
  partitionKeyName: string | undefined,
): readonly ShardWatches[] {
  const plan = new Map<ShardId, { watches: Map<number, Watch[]>; after: SequenceNumber | null }>()
  for (const { summary, payload } of batches) {
    const { shardId, lastSequenceNumber } = summary.facts
    const keys = new Set(
      keysOfPayload(payload).map((keys) => canonicalOrderKey(keys, partitionKeyName)),
    )
    for (const place of [shardId, ...descendants(shardId, shards)]) {
      const after = place === shardId ? lastSequenceNumber : null
      const entry = plan.get(place) ?? { watches: new Map<number, Watch[]>(), after }
      plan.set(place, { ...entry, after: lower(entry.after, after) })
      for (const key of keys) {
        const hash = orderHash(key)
        const list = entry.watches.get(hash) ?? []
        list.push({ id: summary.id, key, after })
        entry.watches.set(hash, list)
      }
    }
  }
  return Array.from(plan, ([shardId, entry]) => ({ shardId, ...entry }))
}

/** Shards that took over keys of this one, their own descendants included. */
export function descendants(
  shardId: ShardId,
  shards: readonly ShardDescription[],
): readonly ShardId[] {
  const found: ShardId[] = []
  const seen = new Set<ShardId>([shardId])
  for (let parents = [shardId]; parents.length > 0; ) {
    const children = shards.filter(
      ({ shardId: child, parentShardId }) =>
        parentShardId !== undefined && parents.includes(parentShardId) && !seen.has(child),
    )
    parents = children.map((child) => child.shardId)
    for (const child of parents) seen.add(child)
    found.push(...parents)
  }
  return found
}

/**
 * By shard of `wanted`: its nearest ancestor among them. Without a listing nothing is known of their order but that
 * of their records' numbers: then each waits for the one before.
 */
export function parentsAmong(
  wanted: readonly { readonly shardId: ShardId; readonly first: SequenceNumber }[],
  shards: readonly ShardDescription[] | undefined,
): Readonly<Record<string, ShardId>> {
  const parents: Record<string, ShardId> = {}
  if (shards === undefined) {
    const inOrder = [...wanted].sort((a, b) => compareSequenceNumbers(a.first, b.first))
    for (let i = 1; i < inOrder.length; i++) parents[inOrder[i]!.shardId] = inOrder[i - 1]!.shardId
    return parents
  }
  const ids = new Set(wanted.map(({ shardId }) => shardId))
  const parentOf = new Map(shards.map((shard) => [shard.shardId, shard.parentShardId]))
  for (const shardId of ids) {
    const seen = new Set<ShardId>([shardId])
    let ancestor = parentOf.get(shardId)
    while (ancestor !== undefined && !ids.has(ancestor) && !seen.has(ancestor)) {
      seen.add(ancestor)
      ancestor = parentOf.get(ancestor)
    }
    if (ancestor !== undefined && ancestor !== shardId && ids.has(ancestor))
      parents[shardId] = ancestor
  }
  return parents
}

function lower(a: SequenceNumber | null, b: SequenceNumber | null): SequenceNumber | null {
  if (a === null || b === null) return null
  return compareSequenceNumbers(a, b) <= 0 ? a : b
}
