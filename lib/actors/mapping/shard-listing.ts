import type { EpochMs } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { StreamDescription, StreamSource } from '../../ports/stream-source.ts'

/** How often the shards are listed anew, when none ended meanwhile. @unit ms */
const LIST_MS = 10_000
/** The same after a failed listing. @unit ms */
const LIST_AGAIN_MS = 1000

export type ShardListingParts = {
  readonly source: StreamSource
  readonly clock: Clock
  readonly listed: (description: StreamDescription) => void
  readonly failed: (reason: string) => void
}

/** Asks a source for the shards of its stream: when told to, and now and then. */
export class ShardListing {
  readonly #parts: ShardListingParts
  #takeBack: (() => void) | undefined
  #stopped = false
  /** The shards have not been listed since someone asked whether all is caught up (D23). */
  isOld = false

  constructor(parts: ShardListingParts) {
    this.#parts = parts
  }

  now(): void {
    if (this.#stopped) return
    this.#takeBack?.()
    this.#takeBack = undefined
    const { source, listed, failed } = this.#parts
    source.describe().then(
      (description) => {
        if (!this.#stopped) listed(description)
      },
      (error: unknown) => {
        if (this.#stopped) return
        failed(error instanceof Error ? error.message : String(error))
        this.#later(LIST_AGAIN_MS)
      },
    )
  }

  later(): void {
    this.#later(LIST_MS)
  }

  stop(): void {
    this.#stopped = true
    this.#takeBack?.()
  }

  #later(delayMs: number): void {
    if (this.#stopped || this.#takeBack) return
    const { clock } = this.#parts
    this.#takeBack = clock.at((clock.now() + delayMs) as EpochMs, () => this.now())
  }
}
