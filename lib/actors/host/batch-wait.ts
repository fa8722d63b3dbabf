import type { EpochMs } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { BatchActor } from './batch-actor.ts'

/**
 * A lane that waits for its batch to fill, or for its batching window to end. The window begins when the invocation
 * before it completed; one that ended empty begins anew with the first record. The end of a tumbling window and its
 * grace end it as well.
 *
 * @source aws-semantics §2; D28, D29
 */
export class BatchWait {
  readonly #actor: BatchActor
  readonly #clock: Clock
  readonly #ended: (cut: boolean) => void
  #takeBack: (() => void) | undefined

  constructor(actor: BatchActor, clock: Clock, ended: (cut: boolean) => void) {
    this.#actor = actor
    this.#clock = clock
    this.#ended = ended
  }

  begin(): void {
    const now = this.#clock.now()
    const begun = this.#actor.flight.batchingWindowEnd
    const whole = now + this.#actor.rules.batchingWindowMs
    // Never longer than a whole window: the clock may have been put back since it began.
    const end = begun > now ? Math.min(begun, whole) : whole
    const due = Math.min(end, this.#actor.gatherUntil()) as EpochMs
    this.#takeBack = this.#clock.at(due, () => this.end(true))
    this.look()
  }

  /** Something may have arrived. */
  look(): void {
    if (this.#takeBack && this.#actor.hasFullBatch()) this.end(true)
  }

  end(cut: boolean): void {
    if (!this.#takeBack) return
    this.#takeBack()
    this.#takeBack = undefined
    this.#ended(cut)
  }
}
