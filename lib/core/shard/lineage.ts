import type { ShardStart } from '../checkpoint/shard-state.ts'
import { compareSequenceNumbers, type EpochMs, type SequenceNumber, type ShardId } from '../ids.ts'

/** A shard as DescribeStream lists it: the port's `ShardDescription`. */
export type ListedShard = {
  readonly shardId: ShardId
  readonly parentShardId?: ShardId
  readonly startingSequenceNumber?: SequenceNumber
  readonly endingSequenceNumber?: SequenceNumber
}

/** Where a mapping begins that has no checkpoint. `since` is the time of Create (D21). */
export type LineageStart =
  | { readonly type: 'trim-horizon' }
  | { readonly type: 'latest'; readonly since: EpochMs }

export type LineageQuestion = {
  /** All shards that are listed now, in any order; may lack parents, and be older than it should. */
  readonly listed: readonly ListedShard[]
  /** Shards that are read or were read. A finished one stays here for as long as it is listed. */
  readonly tracked: ReadonlyMap<ShardId, 'reading' | 'finished'>
  readonly start: LineageStart
  readonly streamStatus: 'ENABLED' | 'DISABLED' | 'ENABLING' | 'DISABLING'
}

export type LineagePlan = {
  readonly type: 'plan'
  /** Untracked shards that may be read now, parents' sequence order first. */
  readonly ready: readonly { readonly shardId: ShardId; readonly start: ShardStart }[]
  /** Untracked shards whose parent is not finished. */
  readonly waiting: readonly ShardId[]
  /** Untracked shards that were closed before a `latest` start: never read. */
  readonly past: readonly ShardId[]
  /** Listed shards that get no more records. */
  readonly closed: ReadonlySet<ShardId>
}

export type LineageVerdict =
  | LineagePlan
  /** The graph has a cycle: none of it is believed. */
  | { readonly type: 'refused'; readonly reason: string }

/**
 * A shard counts as closed before `since` only where a child is older than that by this much: the source's clock may
 * differ from ours, and SigV4 bounds by how much. Reading one shard too many costs time, one too few loses records.
 * @unit ms @source D21; AWS Signature Version 4
 */
const CLOCK_DIFFERENCE_MS_MAX = 15 * 60 * 1000

/**
 * Which shards may be read now.
 *
 * A child begins strictly after its parent is finished. A parent that is not listed and not tracked is gone and counts
 * as finished. A `latest` start leaves out the shards that were closed before it; what comes after is read from its
 * beginning.
 *
 * @cost O(shards).
 * @source aws-semantics §6.5; I5; D21
 */
export function planLineage(question: LineageQuestion): LineageVerdict {
  const byId = new Map(question.listed.map((shard) => [shard.shardId, shard]))
  const cycle = findCycle(byId)
  if (cycle !== undefined) return { type: 'refused', reason: `shard ${cycle} is its own ancestor` }

  const past = pastShards(byId, question)
  const isFinished = (shardId: ShardId): boolean =>
    question.tracked.get(shardId) === 'finished' ||
    past.has(shardId) ||
    (!byId.has(shardId) && !question.tracked.has(shardId))

  const ready: ListedShard[] = []
  const waiting: ShardId[] = []
  for (const shard of byId.values()) {
    if (question.tracked.has(shard.shardId) || past.has(shard.shardId)) continue
    const { parentShardId } = shard
    if (parentShardId === undefined || isFinished(parentShardId)) ready.push(shard)
    else waiting.push(shard.shardId)
  }
  ready.sort(bySequence)
  return {
    type: 'plan',
    ready: ready.map((shard) => ({ shardId: shard.shardId, start: startOf(shard, question) })),
    waiting,
    past: [...past],
    closed: closedShards(byId, question.streamStatus),
  }
}

/**
 * When a DynamoDB shard was created, by its id.
 * @returns undefined where the id has another form (Alternator).
 * @source aws-semantics §6.5: `shardId-`, 20 digits of epoch ms, `-`, 8 hex
 */
export function shardCreationTime(shardId: ShardId): EpochMs | undefined {
  const digits = /^shardId-(\d{20})-/.exec(shardId)?.[1]
  return digits === undefined ? undefined : (Number(digits) as EpochMs)
}

/** A shard that is its own ancestor, where there is one. @cost O(shards) */
export function findCycle(byId: ReadonlyMap<ShardId, ListedShard>): ShardId | undefined {
  const rooted = new Set<ShardId>()
  for (const start of byId.keys()) {
    const path = new Set<ShardId>()
    let at: ShardId | undefined = start
    while (at !== undefined && byId.has(at) && !rooted.has(at)) {
      if (path.has(at)) return at
      path.add(at)
      at = byId.get(at)!.parentShardId
    }
    for (const shardId of path) rooted.add(shardId)
  }
  return undefined
}

function startOf(shard: ListedShard, { tracked, start }: LineageQuestion): ShardStart {
  if (start.type === 'trim-horizon') return start
  const descends = shard.parentShardId !== undefined && tracked.has(shard.parentShardId)
  return descends ? { type: 'trim-horizon' } : { type: 'stamped-since', time: start.since }
}

/** Untracked shards that had children well before a `latest` start, and their ancestors. */
function pastShards(
  byId: ReadonlyMap<ShardId, ListedShard>,
  { start, tracked }: LineageQuestion,
): ReadonlySet<ShardId> {
  const past = new Set<ShardId>()
  const seen = new Set<ShardId>()
  if (start.type === 'trim-horizon') return past
  for (const child of byId.values()) {
    const created = shardCreationTime(child.shardId)
    if (created === undefined || created >= start.since - CLOCK_DIFFERENCE_MS_MAX) continue
    let ancestor = child.parentShardId
    while (ancestor !== undefined && byId.has(ancestor) && !seen.has(ancestor)) {
      seen.add(ancestor)
      if (!tracked.has(ancestor)) past.add(ancestor)
      ancestor = byId.get(ancestor)!.parentShardId
    }
  }
  return past
}

/** A parent may still look open while its children are listed. A disabled stream's shards are all closed. */
function closedShards(
  byId: ReadonlyMap<ShardId, ListedShard>,
  status: LineageQuestion['streamStatus'],
): ReadonlySet<ShardId> {
  if (status === 'DISABLED') return new Set(byId.keys())
  const closed = new Set<ShardId>()
  for (const shard of byId.values()) {
    if (shard.endingSequenceNumber !== undefined) closed.add(shard.shardId)
    if (shard.parentShardId !== undefined && byId.has(shard.parentShardId))
      closed.add(shard.parentShardId)
  }
  return closed
}

/** Shards that do not tell where they begin come first. */
function bySequence(a: ListedShard, b: ListedShard): number {
  const [first, second] = [a.startingSequenceNumber, b.startingSequenceNumber]
  if (first === undefined || second === undefined)
    return Number(first !== undefined) - Number(second !== undefined)
  return compareSequenceNumbers(first, second)
}
