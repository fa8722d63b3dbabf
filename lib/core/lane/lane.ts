import type { DiscardCondition, ResponseContext } from '../destination/failed-batch.ts'
import type { EpochMs } from '../ids.ts'
import { invariant, unreachable } from '../invariant.ts'
import { backoffMs } from './backoff.ts'
import { type Batch, countExpired, sliceBatch } from './batch.ts'
import type { LaneRules } from './lane-rules.ts'
import type { Verdict } from './verdict.ts'

/** Records that travel together. `attempt` counts the attempts begun of exactly these records. */
export type Work = {
  readonly batch: Batch
  readonly attempt: number
  /** Empty until its first attempt. All attempts of an unchanged batch share it. @source aws-semantics §4.2 */
  readonly requestId: string
  /** Waits in a row because the function did not run: they spend no attempt. */
  readonly waits: number
  readonly lastFailure?: Extract<Verdict, { type: 'failed' }>
}

/** `attempt`: the attempt that was written ahead begins; `begin`: the next one is prepared; else a back-off until then. */
type AfterSave = 'attempt' | 'begin' | { readonly backOffUntil: EpochMs }

type Held = { readonly work: Work; readonly stack: readonly Work[] }

/**
 * A lane with its batches in hand: `work` is what runs, `stack` what a split still owes, innermost first.
 *
 *     idle ─ batch-cut ─▶ invoking ─ invocation-ended ─▶ saving ─ saved ─▶ invoking | backing-off | idle
 *                                                   └─▶ invoking | idle            (nothing failed)
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

type Now = {
  readonly now: EpochMs
  readonly freshId: string
  /** After a stop that was not clean, until a batch settles: each attempt is written before it begins (D15). */
  readonly cautious: boolean
}

export type LaneMessage =
  | ({ readonly type: 'batch-cut'; readonly batch: Batch } & Now)
  /** Batches of the store, or of a thread that died (D26, D27); `verdict` on the first of them if it was running. */
  | ({
      readonly type: 'restored'
      readonly works: readonly Work[]
      readonly verdict?: Verdict
      /** Not before this time. */
      readonly resumeAt: EpochMs
      readonly fraction: number
    } & Now)
  | ({
      readonly type: 'invocation-ended'
      readonly verdict: Verdict
      readonly fraction: number
    } & Now)
  | ({ readonly type: 'saved' } & Now)
  | ({ readonly type: 'retry-due' } & Now)
  | { readonly type: 'leave' }

export type Discard = {
  readonly work: Work
  readonly condition: DiscardCondition
  readonly response?: ResponseContext
}

export type LaneEffect =
  | { readonly type: 'invoke'; readonly work: Work }
  /** The first `count` records in hand were delivered. */
  | { readonly type: 'settle'; readonly count: number }
  | { readonly type: 'discard'; readonly discard: Discard }
  | { readonly type: 'count-retry' }
  | { readonly type: 'count-split' }
  /** Write the stack, with what was settled and discarded, before anything else happens (D15, D30). `inDoubt`: the first entry's attempt begins with it. */
  | { readonly type: 'save'; readonly stack: readonly Work[]; readonly inDoubt: boolean }
  | { readonly type: 'arm-retry'; readonly at: EpochMs }
  /** The lane holds nothing more. */
  | { readonly type: 'release' }

export type LaneStep = readonly [LaneState, readonly LaneEffect[]]

const IDLE: LaneState = { state: 'idle' }

/** The whole life of a lane's batches. @source aws-semantics §4; D1, D15, D26, D27 */
export function stepLane(lane: LaneState, message: LaneMessage, rules: LaneRules): LaneStep {
  switch (message.type) {
    case 'batch-cut': {
      invariant(lane.state === 'idle', `batch-cut while ${lane.state}`)
      const work: Work = { batch: message.batch, attempt: 0, requestId: '', waits: 0 }
      return begin({ work, stack: [] }, message, rules)
    }
    case 'restored':
      invariant(lane.state === 'idle', `restored while ${lane.state}`)
      return restore(message, rules)
    case 'invocation-ended':
      invariant(lane.state === 'invoking', `invocation-ended while ${lane.state}`)
      return judge(lane, message, rules)
    case 'saved':
      return afterSave(lane, message, rules)
    case 'retry-due':
      invariant(lane.state === 'backing-off', `retry-due while ${lane.state}`)
      return begin(lane, message, rules)
    case 'leave':
      return leave(lane)
    default:
      return unreachable(message)
  }
}

function restore(message: Extract<LaneMessage, { type: 'restored' }>, rules: LaneRules): LaneStep {
  const [work, ...stack] = message.works
  if (!work) return [IDLE, [{ type: 'release' }]]
  if (message.verdict) {
    const ended = { ...message, type: 'invocation-ended', verdict: message.verdict } as const
    return judge({ work, stack, leaving: false }, ended, rules)
  }
  if (message.resumeAt > message.now) {
    const armed: LaneEffect = { type: 'arm-retry', at: message.resumeAt }
    return [{ state: 'backing-off', work, stack }, [armed]]
  }
  return begin({ work, stack }, message, rules)
}

/** Prepares the next attempt: cuts out the records that have become too old (§4.5), writes ahead where D15 asks. */
function begin(held: Held, now: Now, rules: LaneRules): LaneStep {
  const expired = countExpired(held.work.batch, now.now - rules.recordAgeMsMax)
  if (expired > 0) return discardExpired(held, expired)
  const { work, stack } = held
  const named = work.requestId === '' ? { ...work, requestId: now.freshId } : work
  if (!now.cautious) return attempt({ work: named, stack })
  const begun = { ...named, attempt: named.attempt + 1 }
  const save: LaneEffect = { type: 'save', stack: [begun, ...stack], inDoubt: true }
  return [{ state: 'saving', leaving: false, after: 'attempt', work: named, stack }, [save]]
}

function attempt({ work, stack }: Held): LaneStep {
  const begun: Work = { ...work, attempt: work.attempt + 1 }
  const invoke: LaneEffect = { type: 'invoke', work: begun }
  const effects: LaneEffect[] = begun.attempt > 1 ? [{ type: 'count-retry' }, invoke] : [invoke]
  return [{ state: 'invoking', work: begun, stack, leaving: false }, effects]
}

function discardExpired({ work, stack }: Held, count: number): LaneStep {
  const total = work.batch.arrivals.length
  const expired = { ...work, batch: sliceBatch(work.batch, 0, count) }
  const rest: Work = {
    batch: sliceBatch(work.batch, count, total),
    attempt: 0,
    requestId: '',
    waits: 0,
  }
  const left = count < total ? [rest, ...stack] : stack
  const discard: LaneEffect = {
    type: 'discard',
    discard: { work: expired, condition: 'RecordAgeExceeded' },
  }
  return saveThenGoOn([discard], left, false)
}

type Invoking = Held & { readonly leaving: boolean }
type Ended = Extract<LaneMessage, { type: 'invocation-ended' }>

function judge(lane: Invoking, ended: Ended, rules: LaneRules): LaneStep {
  const { work, stack, leaving } = lane
  const { verdict } = ended
  const count = work.batch.arrivals.length
  switch (verdict.type) {
    case 'succeeded': {
      const settle: LaneEffect = { type: 'settle', count }
      // D15: the store says that this attempt is in doubt. The next batch may kill the process: that must not be
      // charged to this one, nor be repeated with nothing written.
      if (ended.cautious) return saveThenGoOn([settle], stack, leaving)
      return next(stack, settle, { ended, rules, leaving })
    }
    case 'failed-from': {
      // A partial success is progress: the suffix is a new batch with a fresh budget (§4.3 rule 4).
      const suffix = {
        batch: sliceBatch(work.batch, verdict.index, count),
        attempt: 0,
        requestId: '',
        waits: 0,
      }
      return saveThenGoOn([{ type: 'settle', count: verdict.index }], [suffix, ...stack], leaving)
    }
    case 'failed':
      return afterFailure(lane, { ...ended, verdict }, rules)
    case 'not-run': {
      const waiting = { ...work, attempt: work.attempt - 1, waits: work.waits + 1 }
      const at = (ended.now + backoffMs(waiting.waits, rules.backoff, ended.fraction)) as EpochMs
      // D15: no attempt is in doubt any more.
      if (ended.cautious) return saveThenBackOff({ work: waiting, stack, leaving }, at)
      if (leaving) return [IDLE, [{ type: 'release' }]]
      return [{ state: 'backing-off', work: waiting, stack }, [{ type: 'arm-retry', at }]]
    }
    default:
      return unreachable(verdict)
  }
}

type Failed = Now & {
  readonly verdict: Extract<Verdict, { type: 'failed' }>
  readonly fraction: number
}

function afterFailure(
  { work, stack, leaving }: Invoking,
  ended: Failed,
  rules: LaneRules,
): LaneStep {
  const count = work.batch.arrivals.length
  // A split does not spend the retry quota, only a batch that cannot be split does (§4.3 rules 2 and 3).
  if (rules.bisect && count > 1) {
    const middle = Math.floor(count / 2)
    const half = (from: number, to: number): Work => ({
      batch: sliceBatch(work.batch, from, to),
      attempt: 0,
      requestId: '',
      waits: 0,
    })
    return saveThenGoOn(
      [{ type: 'count-split' }],
      [half(0, middle), half(middle, count), ...stack],
      leaving,
    )
  }
  const failed: Work = { ...work, waits: 0, lastFailure: ended.verdict }
  if (work.attempt > rules.retriesMax) {
    const response = {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: ended.verdict.functionError,
    }
    const discard = { work: failed, condition: 'RetryAttemptsExhausted', response } as const
    return saveThenGoOn([{ type: 'discard', discard }], stack, leaving)
  }
  const backOffUntil = (ended.now +
    backoffMs(work.attempt, rules.backoff, ended.fraction)) as EpochMs
  return saveThenBackOff({ work: failed, stack, leaving }, backOffUntil)
}

function saveThenBackOff({ work, stack, leaving }: Invoking, backOffUntil: EpochMs): LaneStep {
  const save: LaneEffect = { type: 'save', stack: [work, ...stack], inDoubt: false }
  return [{ state: 'saving', work, stack, leaving, after: { backOffUntil } }, [save]]
}

function saveThenGoOn(
  before: readonly LaneEffect[],
  left: readonly Work[],
  leaving: boolean,
): LaneStep {
  const [work, ...stack] = left
  const effects: LaneEffect[] = [...before, { type: 'save', stack: left, inDoubt: false }]
  if (!work) return [{ state: 'saving-last' }, effects]
  return [{ state: 'saving', work, stack, leaving, after: 'begin' }, effects]
}

function afterSave(lane: LaneState, now: Now, rules: LaneRules): LaneStep {
  if (lane.state === 'saving-last') return [IDLE, [{ type: 'release' }]]
  invariant(lane.state === 'saving', `saved while ${lane.state}`)
  if (lane.leaving) return [IDLE, [{ type: 'release' }]]
  const { work, stack } = lane
  if (lane.after === 'attempt') return attempt({ work, stack })
  if (lane.after === 'begin') return begin({ work, stack }, now, rules)
  return [
    { state: 'backing-off', work, stack },
    [{ type: 'arm-retry', at: lane.after.backOffUntil }],
  ]
}

function next(
  stack: readonly Work[],
  done: LaneEffect,
  {
    ended,
    rules,
    leaving,
  }: { readonly ended: Ended; readonly rules: LaneRules; readonly leaving: boolean },
): LaneStep {
  const [work, ...rest] = stack
  if (!work || leaving) return [IDLE, [done, { type: 'release' }]]
  const [state, effects] = begin({ work, stack: rest }, ended, rules)
  return [state, [done, ...effects]]
}

function leave(lane: LaneState): LaneStep {
  switch (lane.state) {
    case 'idle':
    case 'saving-last':
      return [lane, []]
    case 'backing-off':
      return [IDLE, [{ type: 'release' }]]
    case 'invoking':
    case 'saving':
      return [{ ...lane, leaving: true }, []]
    default:
      return unreachable(lane)
  }
}
