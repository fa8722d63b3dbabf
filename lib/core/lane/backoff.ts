import { invariant } from '../invariant.ts'
import type { BackoffSettings } from '../mapping/settings.ts'

/** Share of the wait by which it is made longer or shorter. @source D1 */
export const BACKOFF_JITTER = 0.1

/**
 * D1: how long to wait after attempt number `attempt` failed: `baseMs` x 2^(attempt - 1), at most `maximumMs`,
 * then +-10 %: the cap is spread as well, or lanes that failed together would go on together.
 *
 * @param attempt Attempts in a row without progress, 1 or more.
 * @param fraction Chance, 0 <= fraction < 1; 0.5 is no jitter.
 * @returns whole ms.
 */
export function backoffMs(attempt: number, settings: BackoffSettings, fraction: number): number {
  invariant(attempt >= 1, `attempt ${attempt} is below 1`)
  invariant(fraction >= 0 && fraction < 1, `fraction ${fraction} is outside 0..1`)
  // 2 ** large is Infinity, and 0 * Infinity is no number: a base of 0 means no wait.
  const wait = settings.baseMs === 0 ? 0 : settings.baseMs * 2 ** (attempt - 1)
  const jitter = 1 - BACKOFF_JITTER + 2 * BACKOFF_JITTER * fraction
  return Math.round(Math.min(wait, settings.maximumMs) * jitter)
}
