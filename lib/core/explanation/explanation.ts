import type { FunctionError } from '../function/function-error.ts'
import type { EpochMs, MappingUuid, SequenceNumber, ShardId } from '../ids.ts'
import type { KeyAttribute } from '../lane/order-key.ts'
import type { Ledger, LedgerCounts } from '../ledger/ledger.ts'
import type { MappingState } from '../mapping/mapping-life.ts'

/**
 * `reading`: its records are being read. `ready`: waits for a thread. `gathering`: a batching window is open. `invoking`:
 * the function runs. `saving`: it answered, and what follows from that is being saved. `backing-off`: its batch failed and
 * is tried again later. `parked`: it holds what was tried before, and nobody has taken that up yet. `saved`: it held that
 * when it was last saved, and its process goes on with it.
 */
export type LaneCondition =
  | 'reading'
  | 'ready'
  | 'gathering'
  | 'invoking'
  | 'saving'
  | 'backing-off'
  | 'parked'
  | 'saved'

/** Why the first record of a lane does not settle. */
export type LaneBlockage = {
  /** When an attempt with this record first failed. @unit epoch ms */
  readonly since: number
  /** What the function last failed with. */
  readonly error: FunctionError
  /** The record's `Keys`; absent where a final call of a tumbling window failed, which has no records. */
  readonly key?: Readonly<Record<string, KeyAttribute>>
  readonly sequenceNumber?: SequenceNumber
}

/** What is known of a lane that holds unsettled records, is read apart from the others, or makes a final call. */
export type LaneFacts = {
  /** From 0. */
  readonly lane: number
  readonly condition: LaneCondition
  /** All of this lane up to here is settled; `null` = nothing above the shard's position. */
  readonly position: SequenceNumber | null
  /** Records in it that are not settled; absent where only the process that has them knows. */
  readonly queued?: number
  /** Too far behind the others: what it lacks is read again when it has room (D6). */
  readonly isLagging: boolean
  /** Attempts begun of the batch in hand. */
  readonly attempt: number
  /** How the last of these attempts ended is not known (D15). */
  readonly inDoubt?: boolean
  /** Of a lane that invokes. @unit epoch ms */
  readonly invokingSince?: number
  /** Of a lane that gathers: when its batch is sent, full or not. @unit epoch ms */
  readonly gatherUntil?: number
  /** Of a lane that backs off: until when. @unit epoch ms */
  readonly retryAt?: number
  readonly blocked?: LaneBlockage
}

/** A lane, for people. */
export type LaneExplanation = LaneFacts & {
  /** All of this in words: `backs off for 12 s more; blocked for 41 s by {"id":{"S":"o-7"}}: Error: boom`. */
  readonly words: string
}

/**
 * `reading`: records come. `at-tip`: the source has nothing more for now. `full`: its read-ahead is full, it reads on when
 * lanes settle. `closed`: read to its end, which is not settled yet. `finished`: settled to its end. `restarting`: its
 * poller failed and begins again. `waiting`: for its parent, or an older stream. `stopped`: its mapping stands still.
 * `saved`: as its last checkpoint has it.
 */
export type ShardCondition =
  | 'reading'
  | 'at-tip'
  | 'full'
  | 'closed'
  | 'finished'
  | 'restarting'
  | 'waiting'
  | 'stopped'
  | 'saved'

/** The open tumbling window of a shard. @source aws-semantics §5 */
export type TumblingWindowExplanation = {
  /** Multiples of its length. @unit epoch ms */
  readonly start: EpochMs
  /** Belongs to the next one. @unit epoch ms */
  readonly end: EpochMs
  /** What the function last returned, as JSON in UTF-8. @unit bytes */
  readonly stateBytes: number
  /** Its time, and its grace (D8), are over, or its state is too large: the final call is to be made. */
  readonly isFinalCallDue: boolean
  /** Attempts begun of the final call. */
  readonly finalAttempts: number
}

/** What is known of a shard, as one mapping reads it. */
export type ShardFacts = {
  readonly shardId: ShardId
  readonly streamArn: string
  readonly condition: ShardCondition
  /** Every record at or below is settled; `null` before the first. */
  readonly position: SequenceNumber | null
  /**
   * Records of the source that are not settled; of a checkpoint at most so many, as lanes may be ahead of the shard's
   * position. Absent where the source cannot tell.
   */
  readonly recordsBehind?: number
  /** When the source last had nothing more. @unit epoch ms */
  readonly tipSeenAt?: number
  /** Of the lanes' last invocations the largest: from the arrival of a batch's last record to its invocation (D17). @unit ms */
  readonly iteratorAgeMs?: number
  /** Records read and not settled; absent where only the process that has them knows. */
  readonly inFlight?: number
  /** The other lanes have nothing to do. */
  readonly lanes: readonly LaneExplanation[]
  /** How many lanes there are. */
  readonly laneCount: number
  readonly openWindow?: TumblingWindowExplanation
  /** Records that came when their tumbling window was closed (D9). */
  readonly lateRecords?: number
}

/** A shard, for people. */
export type ShardExplanation = ShardFacts & {
  /** Its condition in words: `at the tip`. */
  readonly words: string
}

/** A mapping, what it does, and what holds it up. Plain JSON. @source contract §2, §5 */
export type MappingExplanation = {
  readonly uuid: MappingUuid
  /** ARN of its stream, or what the configuration calls it where it has not run. */
  readonly eventSource: string
  /** With its qualifier. Absent where neither a process nor the configuration tells it. */
  readonly functionName?: string
  /** `now`: told by the process that runs it. `last-checkpoint`: read from the data directory. */
  readonly asOf: 'now' | 'last-checkpoint'
  /** Of a checkpoint: as the configuration has it, absent where that does not. */
  readonly state?: MappingState
  /** D39. Only its process knows. */
  readonly lastProcessingResult?: string
  /** What the source last failed with; absent once it answered again. */
  readonly sourceFailure?: {
    readonly type: 'throttled' | 'unreachable' | 'refused'
    readonly reason: string
  }
  /** What is `polled` and `inFlight` only its process knows. */
  readonly ledger: LedgerCounts & Partial<Ledger>
  readonly shards: readonly ShardExplanation[]
}
