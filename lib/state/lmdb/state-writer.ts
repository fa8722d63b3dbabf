import { MillraceError } from '../../core/errors.ts'
import { commitFailure, unwritable } from '../../lmdb/environment-error.ts'
import { leaveInDoubt, OWNER_KEY, type Ownership } from './ownership.ts'
import { StateDraft } from './state-draft.ts'
import type { StateEnvironment } from './state-environment.ts'

/** Puts one change into a draft. Must not throw: a group shares its fate. */
export type Draw = (draft: StateDraft) => void

type Waiting = {
  readonly draw: Draw
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes one transaction at a time. What is asked for while one is under way goes into the next, all together:
 * the number of commits follows the disk and not the number of callers.
 *
 * The condition on the owner's version is checked by LMDB's write thread inside the transaction (D41, I11), with no
 * callback on the main thread.
 */
export class StateWriter {
  readonly #state: StateEnvironment
  readonly #ownership: Ownership
  readonly #failedBatchBytesMax: number
  #waiting: Waiting[] = []
  #drained: Promise<void> | undefined
  #lost = false

  constructor(state: StateEnvironment, ownership: Ownership, failedBatchBytesMax: number) {
    this.#state = state
    this.#ownership = ownership
    this.#failedBatchBytesMax = failedBatchBytesMax
  }

  /**
   * Resolves when the change is on disk: the commit has been synced, `overlappingSync` is off.
   * @throws MillraceError MILLRACE_DATA_UNWRITABLE: nothing of it was written, it may be tried again;
   *   MILLRACE_DATA_LOST_OWNERSHIP: nothing will be written any more
   */
  write(draw: Draw): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draw, resolve, reject })
      this.#drained ??= this.#drain()
    })
  }

  /** Waits for what is under way, then gives the data back: the next start is a clean one, or starts in doubt (D15). */
  async release(how: 'clean' | 'in-doubt'): Promise<void> {
    await this.#drained
    if (this.#lost) return
    const { meta } = this.#state
    await this.#commit(() => {
      if (how === 'clean') void meta.remove(OWNER_KEY)
      else leaveInDoubt(meta)
    })
  }

  async #drain(): Promise<void> {
    // Callers of the same turn share the first transaction as well.
    await undefined
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        await this.#writeGroup(group)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#drained = undefined
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    if (this.#lost) throw this.#lostOwnership()
    const draft = new StateDraft(this.#state)
    for (const { draw } of group) draw(draft)
    draft.purge(this.#failedBatchBytesMax)
    await this.#commit(() => draft.write())
  }

  async #commit(write: () => void): Promise<void> {
    const { meta } = this.#state
    let owned: boolean
    try {
      owned = await meta.ifVersion(OWNER_KEY, this.#ownership.token, write)
      await meta.flushed
      // Reads from now on see this commit; the next draft counts on from it.
      meta.resetReadTxn()
    } catch (error) {
      throw unwritable(this.#state.directory, await commitFailure(error))
    }
    if (owned) return
    this.#lost = true
    throw this.#lostOwnership()
  }

  #lostOwnership(): MillraceError {
    return MillraceError.of('MILLRACE_DATA_LOST_OWNERSHIP', { directory: this.#state.directory })
  }
}
