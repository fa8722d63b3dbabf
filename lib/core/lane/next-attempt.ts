import { invariant } from '../invariant.ts'
import { EMPTY_STATE, type LaneWindows, withoutOpen, withState } from '../window/tumbling-window.ts'
import { countExpired, sliceBatch } from './batch.ts'
import type { LaneRules } from './lane-rules.ts'
import {
  type Discard,
  type FinalReason,
  freshWork,
  type Held,
  type LaneEffect,
  type LaneStep,
  type Left,
  type Now,
  saveOf,
  saveThenGoOn,
  type Work,
} from './lane-state.ts'

/** Prepares the next attempt: cuts out the records that have become too old (§4.5), writes ahead where D15 asks. */
export function begin(held: Held, now: Now, rules: LaneRules): LaneStep {
  const oldest = now.now - rules.recordAgeMsMax
  const { work, stack, windows } = held
  if (work.final ? isFinalExpired(windows, oldest) : countExpired(work.batch, oldest) > 0)
    return discardExpired(held, oldest)
  const named = work.requestId === '' ? { ...work, requestId: now.freshId } : work
  if (!now.cautious) return attempt({ work: named, stack, windows })
  const begun = { ...named, attempt: named.attempt + 1 }
  const save = saveOf([begun, ...stack], windows, true)
  const saving = { state: 'saving', leaving: false, after: 'attempt', work: named } as const
  return [{ ...saving, stack, windows }, [save]]
}

/** Begins an attempt that needs no writing ahead, or was written. */
export function attempt({ work, stack, windows }: Held): LaneStep {
  const begun: Work = { ...work, attempt: work.attempt + 1 }
  const invoke: LaneEffect = { type: 'invoke', work: begun, ...(windows ? { windows } : {}) }
  const effects: LaneEffect[] = begun.attempt > 1 ? [{ type: 'count-retry' }, invoke] : [invoke]
  return [{ state: 'invoking', work: begun, stack, windows, leaving: false }, effects]
}

/** D28: the age of a final call counts from its window's last record. */
function isFinalExpired(windows: LaneWindows | undefined, oldest: number): boolean {
  invariant(windows?.open !== undefined, 'a final call has an open window')
  return windows.open.lastArrivedAt < oldest
}

function discardExpired({ work, stack, windows }: Held, oldest: number): LaneStep {
  const condition = 'RecordAgeExceeded'
  if (work.final) return giveUp({ work, condition }, { left: stack, windows, leaving: false })
  const count = countExpired(work.batch, oldest)
  const total = work.batch.arrivals.length
  const expired = { ...work, batch: sliceBatch(work.batch, 0, count) }
  const rest = freshWork(sliceBatch(work.batch, count, total))
  const left = count < total ? [rest, ...stack] : stack
  return giveUp({ work: expired, condition }, { left, windows, leaving: false })
}

/** Gives a batch or a final call up. A batch leaves its window's state as it was (D28); a final call was its end. */
export function giveUp(discard: Discard, to: Left): LaneStep {
  const { windows } = to
  const effect: LaneEffect = { type: 'discard', discard, ...(windows ? { windows } : {}) }
  const { final } = discard.work
  return saveThenGoOn([effect], { ...to, windows: final ? afterFinal(windows!, final) : windows })
}

/** Where a lane's windows stand when a final call is done with: after an early one the window goes on (D10). */
export function afterFinal(windows: LaneWindows, final: FinalReason): LaneWindows {
  return final === 'early' ? withState(windows, EMPTY_STATE) : withoutOpen(windows)
}
