import type { EpochMs } from '../ids.ts'
import { backoffMs } from '../lane/backoff.ts'
import type { BackoffSettings } from '../mapping/settings.ts'

/** How often a child may be restarted before its supervisor gives it up, and how long it waits in between. */
export type RestartRules = {
  readonly restartsMax: number
  readonly withinMs: number
  readonly backoff: BackoffSettings
}

/** @source design §1 */
export const DEFAULT_RESTART_RULES: RestartRules = {
  restartsMax: 5,
  withinMs: 30_000,
  backoff: { baseMs: 100, maximumMs: 60_000 },
}

/** Restarts of one child that still matter. Bounded: at most `restartsMax` times are kept. */
export type RestartHistory = {
  /** Counted restarts of the last `withinMs`, oldest first. */
  readonly countedAt: readonly EpochMs[]
  /** Restarts in a row, counted or not, without `withinMs` of quiet after one: the exponent of the wait. */
  readonly inARow: number
  /** When the last restart was due. */
  readonly lastDueAt?: EpochMs
}

/** Of a child that was never restarted. */
export const NO_RESTARTS: RestartHistory = { countedAt: [], inARow: 0 }

export type RestartDecision =
  | { readonly type: 'restart'; readonly at: EpochMs; readonly history: RestartHistory }
  /** The intensity is exceeded. */
  | { readonly type: 'give-up' }

/**
 * Decides the next restart of a child: when, or never. A clock that went back makes old restarts count longer,
 * never shorter.
 *
 * @param failure `fraction` is chance, 0 <= fraction < 1: it spreads the wait.
 */
export function planRestart(
  history: RestartHistory,
  failure: { readonly counts: boolean; readonly now: EpochMs; readonly fraction: number },
  rules: RestartRules,
): RestartDecision {
  const { now } = failure
  const recent = history.countedAt.filter((at) => now - at < rules.withinMs)
  if (failure.counts && recent.length >= rules.restartsMax) return { type: 'give-up' }
  const quiet = history.lastDueAt === undefined || now - history.lastDueAt >= rules.withinMs
  const inARow = quiet ? 1 : history.inARow + 1
  const at = (now + backoffMs(inARow, rules.backoff, failure.fraction)) as EpochMs
  return {
    type: 'restart',
    at,
    history: { countedAt: failure.counts ? [...recent, now] : recent, inARow, lastDueAt: at },
  }
}
