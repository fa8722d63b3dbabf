import type { ShardState } from '../checkpoint/shard-state.ts'
import type { SequenceNumber, ShardId } from '../ids.ts'
import { maybeOrdinal } from '../record/embedded-sequence.ts'
import type { LaneExplanation, ShardCondition, ShardExplanation } from './explanation.ts'
import { explainLane } from './lane-words.ts'
import { explainShard, explainWindows } from './shard-words.ts'

/** What an embedded stream holds of a shard: ordinals of its records are above the one and at most the other. */
export type ShardExtent = { readonly trimmedThrough: number; readonly lastOrdinal: number }

export type StoredShard = {
  readonly shardId: ShardId
  readonly streamArn: string
  readonly state: ShardState
  /** What an unfinished one is doing, as far as that is known. */
  readonly condition: ShardCondition
  /** Absent where the source cannot tell. */
  readonly extent: ShardExtent | undefined
  /** D8. @unit ms */
  readonly graceMs: number
  /** Wall clock. @unit epoch ms */
  readonly now: number
}

/** A shard that nobody reads now, or that somebody else reads: told from its checkpoint. */
export function explainStoredShard(stored: StoredShard): ShardExplanation {
  const { shardId, streamArn, state, condition, extent, graceMs, now } = stored
  const behind = extent ? { recordsBehind: recordsBehind(extent, state) } : {}
  return explainShard({
    shardId,
    streamArn,
    condition: state.finished ? 'finished' : condition,
    position: state.mark,
    ...behind,
    lanes: storedLanes(stored),
    laneCount: state.generations[0]?.factor ?? 1,
    ...explainWindows(state.windows, graceMs, now),
  })
}

/** Lanes with batches in hand. */
function storedLanes({ state, condition, now }: StoredShard): readonly LaneExplanation[] {
  const { stacks, generations } = state
  return Object.entries(stacks).flatMap(([lane, [first]]) => {
    if (!first) return []
    const { attempt, inDoubt = false } = first
    const position = generations[0]?.positions[Number(lane)] ?? null
    const doubt = inDoubt ? { inDoubt } : {}
    const facts = { lane: Number(lane), position, attempt, isLagging: false, ...doubt }
    return [explainLane({ ...facts, condition: condition === 'saved' ? 'saved' : 'parked' }, now)]
  })
}

/** Records that are not settled, at most: lanes may be ahead of the mark. */
function recordsBehind(extent: ShardExtent, { mark, start }: ShardState): number {
  const settled = Math.max(extent.trimmedThrough, ordinalOr0(mark ?? startOf(start)))
  return Math.max(0, extent.lastOrdinal - settled)
}

function startOf(start: ShardState['start']): SequenceNumber | null {
  return start.type === 'after' ? start.sequenceNumber : null
}

function ordinalOr0(sequenceNumber: SequenceNumber | null): number {
  return sequenceNumber === null ? 0 : (maybeOrdinal(sequenceNumber) ?? 0)
}
