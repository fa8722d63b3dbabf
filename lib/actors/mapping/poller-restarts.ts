import { MillraceError } from '../../core/errors.ts'
import type { ShardId } from '../../core/ids.ts'
import { InvariantError } from '../../core/invariant.ts'
import type { ChildFailure } from '../../core/supervision/decider.ts'
import { DEFAULT_RESTART_RULES } from '../../core/supervision/restart-intensity.ts'
import { type SupervisionState, stepOneForOne } from '../../core/supervision/strategy.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'

export type PollerRestartsParts = {
  readonly clock: Clock
  readonly random: Random
  readonly restart: (shardId: ShardId) => void
  readonly escalate: (failure: ChildFailure) => void
}

/** Supervises the pollers of a stream: each restarts alone, after growing waits, and not for ever. */
export class PollerRestarts {
  readonly #parts: PollerRestartsParts
  readonly #takeBacks = new Map<ShardId, () => void>()
  #supervision: SupervisionState = new Map()

  constructor(parts: PollerRestartsParts) {
    this.#parts = parts
  }

  /** It comes back when its wait is over. */
  isWaiting(shardId: ShardId): boolean {
    return this.#takeBacks.has(shardId)
  }

  /** The wait is over. */
  begun(shardId: ShardId): void {
    this.#takeBacks.delete(shardId)
  }

  failed(shardId: ShardId, failure: ChildFailure): void {
    const { clock, random, restart, escalate } = this.#parts
    const message = {
      type: 'child-failed',
      child: shardId,
      failure,
      now: clock.now(),
      fraction: random.fraction(),
    } as const
    const [state, effects] = stepOneForOne(this.#supervision, message, DEFAULT_RESTART_RULES)
    this.#supervision = state
    for (const effect of effects) {
      if (effect.type === 'restart-child')
        this.#takeBacks.set(
          shardId,
          clock.at(effect.at, () => restart(shardId)),
        )
      else escalate(effect.failure)
    }
  }

  stop(): void {
    for (const takeBack of this.#takeBacks.values()) takeBack()
  }
}

/** What an error says about the poller that it ended. */
export function failureOf(error: unknown, shardId: ShardId): ChildFailure {
  if (error instanceof InvariantError) return { type: 'invariant-broken', error }
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof MillraceError) {
    if (error.code === 'MILLRACE_DATA_LOST_OWNERSHIP') return { type: 'checkpoint-fenced', shardId }
    if (error.code === 'MILLRACE_DATA_UNWRITABLE') return { type: 'store-unwritable', reason }
  }
  return { type: 'source-unavailable', reason }
}

/** An actor that broke off: a bug of ours. */
export function brokenBy(error: unknown): ChildFailure {
  const broken = error instanceof InvariantError ? error : new InvariantError(String(error))
  return { type: 'invariant-broken', error: broken }
}
