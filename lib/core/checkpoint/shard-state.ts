import { compareSequenceNumbers, type SequenceNumber } from '../ids.ts'
import type { LedgerCounts } from '../ledger/ledger.ts'
import type { LaneWindows } from '../window/tumbling-window.ts'

/** One batch of a lane's stack, innermost first: what a retry or the other half of a split still owes (D15, D26). */
export type StackEntry = {
  readonly first: SequenceNumber
  readonly last: SequenceNumber
  /** Attempts begun so far of exactly these records; 0 = none yet. */
  readonly attempt: number
  readonly requestId: string
  /** The last attempt was begun, and how it ended was never written: a crash, counted as its failure (D15). */
  readonly inDoubt?: boolean
}

/** A final call that was tried and is owed, before all batches in hand (D15, D26). */
export type OwedFinalCall = {
  /** The state outgrew its limit; the window goes on (D10). */
  readonly isEarly: boolean
  readonly attempt: number
  readonly requestId: string
  readonly inDoubt?: boolean
}

/** Tumbling windows of a shard, as they are stored. @source aws-semantics §5 */
export type ShardWindows = LaneWindows & { readonly final?: OwedFinalCall }

/** Positions of the lanes of one factor: a record at or below its lane's position is settled (D3, D4). */
export type LaneGeneration = {
  readonly factor: number
  /** By lane index; `null` = nothing settled in this lane above the mark. */
  readonly positions: readonly (SequenceNumber | null)[]
}

/** The durable state of one shard for one mapping, written in one transaction. */
export type ShardState = {
  /** D4: every record at or below is settled. `null` before the first. */
  readonly mark: SequenceNumber | null
  /** Current generation first; older ones until the mark has passed them (D3). */
  readonly generations: readonly LaneGeneration[]
  /** By lane index of the current generation. */
  readonly stacks: Readonly<Record<number, readonly StackEntry[]>>
  readonly counts: LedgerCounts
  /** Where reading began, for a shard without a mark (D21). */
  readonly start: ShardStart
  /** The shard is closed and all of it is settled. */
  readonly finished: boolean
  /** Of a mapping that has, or had, a tumbling window. */
  readonly windows?: ShardWindows
}

/** Where reading a shard begins. */
export type ShardStart =
  | { readonly type: 'trim-horizon' }
  | { readonly type: 'stamped-since'; readonly time: number }
  | { readonly type: 'after'; readonly sequenceNumber: SequenceNumber }

/** Batches of a lane that did not settle since they were saved. @param position the lane's settled position. */
export function unsettledStack(
  stack: readonly StackEntry[],
  position: SequenceNumber | null,
): readonly StackEntry[] {
  if (position === null || stack.length === 0) return stack
  return stack.filter(({ last }) => compareSequenceNumbers(last, position) > 0)
}
