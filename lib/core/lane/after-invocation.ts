import type { EpochMs } from '../ids.ts'
import { invariant, unreachable } from '../invariant.ts'
import { isOversized, withState } from '../window/tumbling-window.ts'
import { backoffMs } from './backoff.ts'
import { sliceBatch } from './batch.ts'
import type { LaneRules } from './lane-rules.ts'
import {
  finalCall,
  freshWork,
  type Held,
  IDLE,
  type InvocationEnded,
  type LaneEffect,
  type LaneStep,
  saveOf,
  saveThenGoOn,
  type Work,
} from './lane-state.ts'
import { afterFinal, begin, giveUp } from './next-attempt.ts'
import type { Verdict } from './verdict.ts'

type Invoking = Held & { readonly leaving: boolean }

/** What follows from how an invocation ended. @source aws-semantics §4.3, §5 */
export function judge(lane: Invoking, ended: InvocationEnded, rules: LaneRules): LaneStep {
  const { work, stack, leaving, windows } = lane
  const { verdict } = ended
  const count = work.batch.arrivals.length
  switch (verdict.type) {
    case 'succeeded': {
      const settle: LaneEffect = { type: 'settle', count }
      if (windows) return goOnInWindow(settle, lane, { left: stack, state: verdict.state })
      // D15: the store says that this attempt is in doubt. The next batch may kill the process: that must not be
      // charged to this one, nor be repeated with nothing written.
      if (ended.cautious) return saveThenGoOn([settle], { left: stack, windows, leaving })
      return next(lane, settle, { ended, rules })
    }
    case 'failed-from': {
      // A partial success is progress: the suffix is a new batch with a fresh budget (§4.3 rule 4).
      const settle: LaneEffect = { type: 'settle', count: verdict.index }
      const left = [freshWork(sliceBatch(work.batch, verdict.index, count)), ...stack]
      if (windows) return goOnInWindow(settle, lane, { left, state: verdict.state })
      return saveThenGoOn([settle], { left, windows, leaving })
    }
    case 'failed':
      return afterFailure(lane, { ...ended, verdict }, rules)
    case 'not-run': {
      const waiting = { ...work, attempt: work.attempt - 1, waits: work.waits + 1 }
      const at = (ended.now + backoffMs(waiting.waits, rules.backoff, ended.fraction)) as EpochMs
      // D15: no attempt is in doubt any more.
      if (ended.cautious) return saveThenBackOff({ ...lane, work: waiting }, at)
      if (leaving) return [IDLE, [{ type: 'release' }]]
      const backingOff = { state: 'backing-off', work: waiting, stack, windows } as const
      return [backingOff, [{ type: 'arm-retry', at }]]
    }
    default:
      return unreachable(verdict)
  }
}

/** The window's state is durable in the same write as the position, before anything else happens (D30). */
function goOnInWindow(
  settle: LaneEffect,
  { work, windows, leaving }: Invoking,
  { left, state }: { readonly left: readonly Work[]; readonly state: string | undefined },
): LaneStep {
  if (work.final)
    return saveThenGoOn([], { left, windows: afterFinal(windows!, work.final), leaving })
  invariant(state !== undefined, 'an answer without state is a failed one')
  const all = isOversized(state) ? [finalCall('early'), ...left] : left
  return saveThenGoOn([settle], { left: all, windows: withState(windows!, state), leaving })
}

type Failed = InvocationEnded & { readonly verdict: Extract<Verdict, { type: 'failed' }> }

function afterFailure(lane: Invoking, ended: Failed, rules: LaneRules): LaneStep {
  const { work, stack, leaving, windows } = lane
  const count = work.batch.arrivals.length
  // A split does not spend the retry quota, only a batch that cannot be split does (§4.3 rules 2 and 3).
  if (rules.bisect && count > 1) {
    const middle = Math.floor(count / 2)
    const halves = [sliceBatch(work.batch, 0, middle), sliceBatch(work.batch, middle, count)]
    const left = [...halves.map(freshWork), ...stack]
    return saveThenGoOn([{ type: 'count-split' }], { left, windows, leaving })
  }
  const failed: Work = { ...work, waits: 0, lastFailure: ended.verdict }
  if (work.attempt > rules.retriesMax) {
    const { functionError } = ended.verdict
    const response = { statusCode: 200, executedVersion: rules.executedVersion, functionError }
    const discard = { work: failed, condition: 'RetryAttemptsExhausted', response } as const
    return giveUp(discard, { left: stack, windows, leaving })
  }
  const delayMs = backoffMs(work.attempt, rules.backoff, ended.fraction)
  return saveThenBackOff({ ...lane, work: failed }, (ended.now + delayMs) as EpochMs)
}

function saveThenBackOff(
  { work, stack, windows, leaving }: Invoking,
  backOffUntil: EpochMs,
): LaneStep {
  const save = saveOf([work, ...stack], windows, false)
  return [{ state: 'saving', work, stack, windows, leaving, after: { backOffUntil } }, [save]]
}

function next(
  { stack, leaving }: Invoking,
  done: LaneEffect,
  { ended, rules }: { readonly ended: InvocationEnded; readonly rules: LaneRules },
): LaneStep {
  const [work, ...rest] = stack
  if (!work || leaving) return [IDLE, [done, { type: 'release' }]]
  const [state, effects] = begin({ work, stack: rest, windows: undefined }, ended, rules)
  return [state, [done, ...effects]]
}
