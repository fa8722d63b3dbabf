import type { Permits } from '../lane-memory/permits.ts'

/** Waits until other threads of the function may have made room, or its limit changes. */
export class PermitWait {
  readonly #permits: Permits
  readonly #changed: () => void
  #isWaiting = false

  constructor(permits: Permits, changed: () => void) {
    this.#permits = permits
    this.#changed = changed
  }

  /** Only where there is a limit. @param seen the signal before it was found that there is no room. */
  begin(seen: number): void {
    if (this.#isWaiting || !this.#permits.isLimited) return
    this.#isWaiting = true
    this.#permits.onSignal(seen, () => {
      this.#isWaiting = false
      this.#changed()
    })
  }
}
