import type { MappingActor } from '../actors/mapping/mapping.ts'
import { MillraceError } from '../core/errors.ts'

type Waiter = { readonly resolve: () => void; readonly reject: (error: MillraceError) => void }

/** Those who wait until everything is settled and durable (D23). */
export class CaughtUp {
  readonly #mappings: ReadonlyMap<string, MappingActor>
  readonly #isQuiet: () => boolean
  readonly #waiters = new Set<Waiter>()

  /** @param isQuiet whether nothing else is under way: reports, changes of mappings. */
  constructor(mappings: ReadonlyMap<string, MappingActor>, isQuiet: () => boolean) {
    this.#mappings = mappings
    this.#isQuiet = isQuiet
  }

  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const aborted = () => {
        this.#waiters.delete(waiter)
        reject(abortion('the signal was aborted'))
      }
      const leave = () => signal?.removeEventListener('abort', aborted)
      const waiter: Waiter = {
        resolve: () => {
          leave()
          resolve()
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      if (signal?.aborted) return reject(abortion('the signal was aborted'))
      signal?.addEventListener('abort', aborted, { once: true })
      this.#waiters.add(waiter)
      // What was put before this call is found by reads that begin after it.
      for (const mapping of this.#mappings.values()) mapping.pollNow()
      this.look()
    })
  }

  /** Something moved. */
  look(): void {
    if (this.#waiters.size === 0 || !this.#isCaughtUp()) return
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const { resolve } of waiters) resolve()
  }

  abort(reason: string): void {
    for (const { reject } of this.#waiters) reject(abortion(reason))
    this.#waiters.clear()
  }

  #isCaughtUp(): boolean {
    for (const mapping of this.#mappings.values()) if (!mapping.isCaughtUp) return false
    return this.#isQuiet()
  }
}

const abortion = (reason: string): MillraceError =>
  MillraceError.of('MILLRACE_ABORTED', { operation: 'caughtUp', reason })
