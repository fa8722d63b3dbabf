import { EVENT_RETRIES_MAX } from '../limits.ts'

/** How an attempt of an Event invocation ended, where nothing is left to be done when it succeeded. */
export type EventOutcome = 'failed' | 'throttled'

/** How often it was tried, and how often there was no room for it. */
export type EventTries = { readonly attempts: number; readonly throttles: number }

export type EventPlan =
  | { readonly type: 'again'; readonly delayMs: number; readonly tries: EventTries }
  | { readonly type: 'dropped'; readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' }

/** Before anything was tried. */
export const FIRST_TRY: EventTries = { attempts: 0, throttles: 0 }

const MINUTE_MS = 60_000
const AGE_MS_MAX = 6 * 60 * MINUTE_MS
const THROTTLE_MS_MIN = 1000
const THROTTLE_MS_MAX = 5 * MINUTE_MS

/**
 * What follows from a try that did not succeed, as Lambda does it: an error of the function is tried again after one
 * minute, then after two; where there is no room, after a second, then twice as long each time, up to five minutes and
 * for six hours in all. @param ageMs since it was accepted. @source Lambda guide, invocation-async
 */
export function planEvent(tries: EventTries, outcome: EventOutcome, ageMs: number): EventPlan {
  const { attempts, throttles } = tries
  if (outcome === 'failed') {
    if (attempts >= EVENT_RETRIES_MAX) return { type: 'dropped', condition: 'RetriesExhausted' }
    const delayMs = (attempts + 1) * MINUTE_MS
    return { type: 'again', delayMs, tries: { attempts: attempts + 1, throttles: 0 } }
  }
  const delayMs = Math.min(THROTTLE_MS_MIN * 2 ** throttles, THROTTLE_MS_MAX)
  if (ageMs + delayMs > AGE_MS_MAX) return { type: 'dropped', condition: 'EventAgeExceeded' }
  return { type: 'again', delayMs, tries: { attempts, throttles: throttles + 1 } }
}
