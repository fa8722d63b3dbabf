import type { EpochMs } from '../ids.ts'

/** What an engine shows to whoever asks whether it still gets anywhere. */
export type ProgressSight = {
  readonly now: EpochMs
  /** Records settled and reports delivered, ever. */
  readonly done: number
  /** All that is in flight waits in back-off, or for a destination that takes nothing. */
  readonly blocked: boolean
}

/** Since when nothing was done. */
export type StallState = { readonly done: number; readonly since: EpochMs }

/**
 * D24: an engine stalls when nothing settled for `timeoutMs` and all that is in flight is in back-off, or the outbox
 * cannot deliver. A handler that runs is no stall, however long it takes.
 *
 * @param last What the step before returned; `undefined` at first.
 * @param timeoutMs 0 = never.
 */
export function stepStall(
  last: StallState | undefined,
  sight: ProgressSight,
  timeoutMs: number,
): { readonly state: StallState; readonly stalled: boolean } {
  const { now, done, blocked } = sight
  const state = last && last.done === done ? last : { done, since: now }
  return { state, stalled: timeoutMs > 0 && blocked && now - state.since >= timeoutMs }
}
