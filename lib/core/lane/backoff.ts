import type { BackoffSettings } from '../mapping/settings.ts'

/**
 * Wait before attempt `attempt + 1`, after `attempt` failed ones: base x 2^(attempt-1), capped, jitter +-10 %.
 *
 * @param fraction 0 <= fraction < 1, from the random source.
 * @unit ms
 * @source D1
 */
export function backoffMs(attempt: number, settings: BackoffSettings, fraction: number): number {
  const doubled = settings.baseMs * 2 ** Math.min(attempt - 1, 30)
  return Math.min(doubled, settings.maximumMs) * (0.9 + 0.2 * fraction)
}
