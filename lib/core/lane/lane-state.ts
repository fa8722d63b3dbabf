import type { DiscardCondition, ResponseContext } from '../destination/failed-batch.ts'
import type { EpochMs } from '../ids.ts'
import type { LaneWindows } from '../window/tumbling-window.ts'
import type { Batch } from './batch.ts'
import type { Verdict } from './verdict.ts'

/** Why a window's state is handed back: its time is over, or the state outgrew its limit (D10). */
export type FinalReason = 'ended' | 'early'

/** Records that travel together. `attempt` counts the attempts begun of exactly these records. */
export type Work = {
  readonly batch: Batch
  readonly attempt: number
  /** Empty until its first attempt. All attempts of an unchanged batch share it. @source aws-semantics §4.2 */
  readonly requestId: string
  /** Waits in a row because the function did not run: they spend no attempt. */
  readonly waits: number
  readonly lastFailure?: Extract<Verdict, { type: 'failed' }>
  /** The final call of the open window: it has no records, and comes before all other work. */
  readonly final?: FinalReason
}

/** `attempt`: the attempt that was written ahead begins; `begin`: the next one is prepared; else a back-off until then. */
export type AfterSave = 'attempt' | 'begin' | { readonly backOffUntil: EpochMs }

/** `windows`: only of a lane that has them. */
export type Held = {
  readonly work: Work
  readonly stack: readonly Work[]
  readonly windows: LaneWindows | undefined
}

/**
 * A lane with its batches in hand: `work` is what runs, `stack` what a split still owes, innermost first.
 *
 *     idle ─ batch-cut ─▶ invoking ─ invocation-ended ─▶ saving ─ saved ─▶ invoking | backing-off | idle
 *                                                   └─▶ invoking | idle            (nothing failed, no window)
 *     backing-off ─ retry-due ─▶ invoking
 *
 * `leaving` lanes start nothing new: what they hold is in the store or will be read again.
 */
export type LaneState =
  | { readonly state: 'idle' }
  | ({ readonly state: 'invoking'; readonly leaving: boolean } & Held)
  | ({ readonly state: 'saving'; readonly leaving: boolean; readonly after: AfterSave } & Held)
  | { readonly state: 'saving-last' }
  | ({ readonly state: 'backing-off' } & Held)

export type Now = {
  readonly now: EpochMs
  readonly freshId: string
  /** After a stop that was not clean, until a batch settles: each attempt is written before it begins (D15). */
  readonly cautious: boolean
}

export type LaneMessage =
  /** `windows`: with the window open that the batch belongs to. */
  | ({ readonly type: 'batch-cut'; readonly batch: Batch; readonly windows?: LaneWindows } & Now)
  /** The open window is over: its final call is due. */
  | ({ readonly type: 'window-ended'; readonly windows: LaneWindows } & Now)
  /** Batches of the store, or of a thread that died (D26, D27); `verdict` on the first of them if it was running. */
  | ({
      readonly type: 'restored'
      readonly works: readonly Work[]
      readonly windows?: LaneWindows
      readonly verdict?: Verdict
      /** Not before this time. */
      readonly resumeAt: EpochMs
      readonly fraction: number
    } & Now)
  | InvocationEnded
  | ({ readonly type: 'saved' } & Now)
  | ({ readonly type: 'retry-due' } & Now)
  | { readonly type: 'leave' }

export type InvocationEnded = {
  readonly type: 'invocation-ended'
  readonly verdict: Verdict
  readonly fraction: number
} & Now

export type Discard = {
  readonly work: Work
  readonly condition: DiscardCondition
  readonly response?: ResponseContext
}

export type LaneEffect =
  /** `windows`: as the function is to see them. */
  | { readonly type: 'invoke'; readonly work: Work; readonly windows?: LaneWindows }
  /** The first `count` records in hand were delivered. */
  | { readonly type: 'settle'; readonly count: number }
  | { readonly type: 'discard'; readonly discard: Discard; readonly windows?: LaneWindows }
  | { readonly type: 'count-retry' }
  | { readonly type: 'count-split' }
  /** Write the stack, with what was settled and discarded, before anything else happens (D15, D30). `inDoubt`: the first entry's attempt begins with it. */
  | {
      readonly type: 'save'
      readonly stack: readonly Work[]
      readonly inDoubt: boolean
      readonly windows?: LaneWindows
    }
  | { readonly type: 'arm-retry'; readonly at: EpochMs }
  /** The lane holds nothing more. */
  | { readonly type: 'release' }

export type LaneStep = readonly [LaneState, readonly LaneEffect[]]

/** Nothing in hand. */
export const IDLE: LaneState = { state: 'idle' }

/** A batch, or a part of one, with a fresh budget. */
export function freshWork(batch: Batch): Work {
  return { batch, attempt: 0, requestId: '', waits: 0 }
}

/** The call that hands a window's state back. */
export function finalCall(final: FinalReason): Work {
  return { ...freshWork({ arrivals: [] }), final }
}

/** What is left to do of what a lane holds. */
export type Left = {
  readonly left: readonly Work[]
  readonly windows: LaneWindows | undefined
  readonly leaving: boolean
}

/** Saves what has happened, and goes on with what is left when that is durable. */
export function saveThenGoOn(before: readonly LaneEffect[], to: Left): LaneStep {
  const { left, windows, leaving } = to
  const [work, ...stack] = left
  const effects: LaneEffect[] = [...before, saveOf(left, windows, false)]
  if (!work) return [{ state: 'saving-last' }, effects]
  return [{ state: 'saving', work, stack, windows, leaving, after: 'begin' }, effects]
}

/** @param inDoubt the first one's attempt begins when this is durable (D15). */
export function saveOf(
  stack: readonly Work[],
  windows: LaneWindows | undefined,
  inDoubt: boolean,
): LaneEffect {
  return { type: 'save', stack, inDoubt, ...(windows ? { windows } : {}) }
}
