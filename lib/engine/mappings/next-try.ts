import type { EpochMs } from '../../core/ids.ts'
import { failureDelayMs } from '../../core/shard/pacing.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'

export type NextTryParts = {
  readonly clock: Pick<Clock, 'now' | 'at'>
  readonly random: Pick<Random, 'fraction'>
}

/** Something that failed and will be tried again: after a while, and after a longer one each time it fails again. */
export class NextTry {
  readonly #parts: NextTryParts
  readonly #due: () => void
  #failures = 0
  #takeBack: (() => void) | undefined

  constructor(parts: NextTryParts, due: () => void) {
    this.#parts = parts
    this.#due = due
  }

  get isArmed(): boolean {
    return this.#takeBack !== undefined
  }

  /** It failed. */
  failed(): void {
    const { clock, random } = this.#parts
    const delayMs = failureDelayMs(++this.#failures, random.fraction())
    this.#takeBack = clock.at((clock.now() + delayMs) as EpochMs, () => {
      this.#takeBack = undefined
      this.#due()
    })
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** It is tried now, or never again. */
  takeBack(): void {
    this.#takeBack?.()
    this.#takeBack = undefined
  }
}
