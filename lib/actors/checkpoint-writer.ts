import type { EpochMs } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateChange, StateStore } from '../ports/state-store.ts'

/** D30: at most one commit in this time while records merely succeed. @unit ms */
const CHECKPOINT_PACE_MS = 10

/** A shard with something to save. */
export interface CheckpointSource {
  /** The newest state, with what was discarded since the last call; `undefined` = nothing changed. */
  takeChange(): { readonly change: StateChange; readonly saved: () => void } | undefined
  saveFailed(error: unknown): void
}

/** Gathers what all shards have to save into few commits (D30). */
export class CheckpointWriter {
  readonly #store: StateStore
  readonly #clock: Clock
  readonly #dirty = new Set<CheckpointSource>()
  #takeBack: (() => void) | undefined
  #saving: Promise<void> | undefined
  #urgent = false
  #lastSave = 0

  constructor(store: StateStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Records merely succeeded: saved within the pace. */
  touch(source: CheckpointSource): void {
    this.#dirty.add(source)
    if (this.#takeBack || this.#saving) return
    const now = this.#clock.now()
    // Not later than a whole pace from now: the clock may have been put back since the last save.
    const due =
      Math.min(Math.max(this.#lastSave, now - CHECKPOINT_PACE_MS), now) + CHECKPOINT_PACE_MS
    this.#takeBack = this.#clock.at(due as EpochMs, () => this.#save())
  }

  /** A failed attempt, a discard, a stop: saved at once. */
  hurry(source: CheckpointSource): void {
    this.#dirty.add(source)
    this.#urgent = true
    if (!this.#saving) this.#saveSoon()
  }

  /** Resolves when everything that is dirty now was saved, or could not be. */
  async flush(): Promise<void> {
    while (this.#dirty.size > 0 || this.#saving) {
      if (!this.#saving) this.#save()
      await this.#saving
    }
  }

  /** What else becomes urgent in this turn goes into the same commit. */
  #saveSoon(): void {
    this.#takeBack?.()
    this.#takeBack = undefined
    this.#saving = Promise.resolve().then(() => this.#commit())
  }

  #save(): void {
    this.#takeBack?.()
    this.#takeBack = undefined
    this.#saving ??= this.#commit()
  }

  async #commit(): Promise<void> {
    this.#urgent = false
    const sources = [...this.#dirty]
    this.#dirty.clear()
    const changes: StateChange[] = []
    const saved: (() => void)[] = []
    for (const source of sources) {
      const taken = source.takeChange()
      if (!taken) continue
      changes.push(taken.change)
      saved.push(taken.saved)
    }
    try {
      if (changes.length > 0) await this.#store.save(changes)
      this.#done()
      for (const done of saved) done()
    } catch (error) {
      this.#done()
      for (const source of sources) source.saveFailed(error)
    }
  }

  #done(): void {
    this.#saving = undefined
    this.#lastSave = this.#clock.now()
    if (this.#urgent) return this.#saveSoon()
    const [waiting] = this.#dirty
    if (waiting) this.touch(waiting)
  }
}
