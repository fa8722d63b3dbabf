import type { EpochMs } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'

/**
 * Rest after a commit for each shard that it wrote to: about what a segment costs on its way from the commit to the
 * settled batch, over all threads (`bench shards`). Up to eleven shards need none. @unit ms
 */
const REST_MS_PER_SHARD = 0.09

/**
 * How long puts that came during a commit wait for the next one. A commit costs by its segments, one for each shard,
 * however few records each has: where puts come faster than they are stored and are spread over hundreds of shards,
 * they are gathered. A put that finds no commit under way never waits, so a caller that awaits each put is not slowed.
 */
export class CommitPace {
  readonly #clock: Clock
  #restMs = 0
  #committedAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A commit that wrote to so many shards is over. */
  committed(shardCount: number): void {
    this.#restMs = Math.floor(shardCount * REST_MS_PER_SHARD)
    this.#committedAt = this.#clock.now()
  }

  /** Resolves when puts that waited during the last commit may be stored; `undefined`: now. */
  rest(): Promise<void> | undefined {
    const now = this.#clock.now()
    // The clock may have been put back since: no rest is longer than it was meant to be.
    const due = Math.min(this.#committedAt, now) + this.#restMs
    if (now >= due) return undefined
    return new Promise((resolve) => {
      this.#clock.at(due as EpochMs, resolve)
    })
  }
}
