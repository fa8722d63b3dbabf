import type { ShardWindows, StackEntry } from '../core/checkpoint/shard-state.ts'
import type {
  DiscardCondition,
  FailedWindow,
  ResponseContext,
} from '../core/destination/failed-batch.ts'
import type { SequenceNumber } from '../core/ids.ts'
import type { LaneRules } from '../core/lane/lane-rules.ts'
import type { FinalReason } from '../core/lane/lane-state.ts'
import type { KeyAttribute } from '../core/lane/order-key.ts'
import type { Verdict } from '../core/lane/verdict.ts'
import type { FunctionError } from '../ports/function-runtime.ts'
import type { LaneProgress } from './lane-memory/lane-block.ts'

/** A lane of a pool: `shard handle x LANES_PER_SHARD_MAX_POWER + lane index`. */
export const LANE_BITS = 4
export const laneIdOf = (handle: number, lane: number): number => (handle << LANE_BITS) | lane
export const handleOf = (laneId: number): number => laneId >>> LANE_BITS
export const laneIndexOf = (laneId: number): number => laneId & ((1 << LANE_BITS) - 1)

/** What a decoder must know of a stream. */
export type StreamFacts = {
  readonly format: 'segment' | 'dynamodb-json'
  readonly streamArn: string
  readonly region: string
  readonly shardId: string
  readonly viewType: string
}

/** A shard as a host sees it. */
export type OpenShard = {
  readonly handle: number
  readonly memory: SharedArrayBuffer
  readonly lanes: number
  readonly ringSize: number
  readonly rules: LaneRules
  readonly stream: StreamFacts
  /** Of a lane that has tumbling windows, or still has to close one. */
  readonly windowMemory?: SharedArrayBuffer
  /** D15: write each attempt ahead until a batch has settled at or after this time; 0 = never. @unit epoch ms */
  readonly cautiousUntil: number
}

/** What a lane takes up again. */
export type ResumedWork = ResumedBatch | ResumedFinalCall

/** All records up to `until`, after those of the entry before. */
export type ResumedBatch = {
  /** Its first record, where the store says it: without that record it is another batch. */
  readonly from?: SequenceNumber
  readonly until: { readonly sequenceNumber: SequenceNumber } | { readonly ordinal: number }
  readonly attempt: number
  readonly requestId: string
}

/** The final call of the open window. */
export type ResumedFinalCall = {
  readonly final: FinalReason
  readonly attempt: number
  readonly requestId: string
}

/** How a lane goes on with batches in hand. */
export type Resumption = {
  readonly works: readonly ResumedWork[]
  /** How the first of them ended, when a thread died of it (D27) or the process did (D15). */
  readonly verdict?: Verdict
  /** Not before this time. @unit epoch ms */
  readonly resumeAt: number
  /** Its first attempt has the environment to itself: it may be what ended the last one (D27). */
  readonly alone?: boolean
}

/** From the main thread to a lane host. Only these cross as messages: what is new, and what went wrong. */
export type ToHost =
  | { readonly type: 'open-shard'; readonly shard: OpenShard }
  | {
      readonly type: 'structures'
      readonly streamArn: string
      readonly structures: readonly unknown[]
    }
  /** Hold nothing back any more: lanes in back-off or waiting let go (the block's `leaving` word is set). */
  | { readonly type: 'leave-shard'; readonly handle: number }
  | { readonly type: 'close-shard'; readonly handle: number }
  /** The lane's owner word already names this host. `alone-ended` follows on `alone`. */
  | ({ readonly type: 'resume'; readonly laneId: number } & Resumption)
  | { readonly type: 'saved'; readonly laneId: number }
  /** An invocation that is of no lane. `task-begun` and `task-ended` follow. */
  | { readonly type: 'task'; readonly task: InvocationTask }
  | { readonly type: 'stop' }

/** One invocation that is of no lane. */
export type InvocationTask = {
  readonly id: number
  readonly requestId: string
  /** The event, as JSON. */
  readonly payload: string
  /** As it was called. */
  readonly functionArn: string
  readonly wantsLog: boolean
}

/** How it ended. */
export type TaskEnd = {
  readonly answer: TaskAnswer
  readonly durationMs: number
  /** What it printed, the last of it. */
  readonly log?: string
}

export type TaskAnswer =
  | { readonly type: 'returned'; readonly json: string }
  | { readonly type: 'function-error'; readonly error: FunctionError }
  /** Not by the function's doing. */
  | { readonly type: 'not-run'; readonly reason: string }

/** A batch given up in a host. */
export type DiscardedBatch = {
  readonly condition: DiscardCondition
  readonly requestId: string
  readonly attempts: number
  readonly response?: ResponseContext
  readonly lastError?: { readonly errorType: string; readonly errorMessage: string }
  readonly recordCount: number
  /** Of its records; a final call has none. */
  readonly sequenceNumbers?: { readonly first: SequenceNumber; readonly last: SequenceNumber }
  /** Of a final call. */
  readonly window?: FailedWindow
  readonly firstArrivedAt: number
  readonly lastArrivedAt: number
  readonly payload: string
}

/** An attempt that failed, and what it began with. */
export type AttemptFailure = {
  readonly error: FunctionError
  /** Ordinal of its first record, or of the one that would come next. */
  readonly ordinal: number
  /** Its first record; a final call has none. */
  readonly first?: FirstRecord
}

/** What a record is known by. */
export type FirstRecord = {
  readonly key: Readonly<Record<string, KeyAttribute>>
  readonly sequenceNumber: SequenceNumber
}

/** From a lane host to the main thread. */
export type FromHost =
  | { readonly type: 'loaded'; readonly error?: FunctionError }
  /** Make durable; answered by `saved`. Nothing of `progress` is published before that. */
  | {
      readonly type: 'save'
      readonly laneId: number
      readonly progress: LaneProgress
      readonly stack: readonly StackEntry[]
      readonly discards: readonly DiscardedBatch[]
      readonly resumeAt: number
      readonly windows?: ShardWindows
    }
  /** An attempt failed, for explanations and `LastProcessingResult`. */
  | { readonly type: 'attempt-failed'; readonly laneId: number; readonly failure: AttemptFailure }
  /** A suspect had its turn alone. */
  | { readonly type: 'alone-ended'; readonly laneId: number }
  /** The function is called now: what becomes of the thread becomes of the task. */
  | { readonly type: 'task-begun'; readonly task: number }
  | { readonly type: 'task-ended'; readonly task: number; readonly end: TaskEnd }
  /** The environment cannot be used again: end this host when its lanes are free. */
  | { readonly type: 'worn-out'; readonly reason: string }
  /** A bug of ours: the lane host cannot go on. */
  | { readonly type: 'broken'; readonly message: string; readonly stack: string }
