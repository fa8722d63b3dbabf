import type { EpochMs } from '../core/ids.ts'

/** Time, and being called at a time. */
export interface Clock {
  now(): EpochMs
  /**
   * Calls `due` once, when as much time has passed as now lies before `time`, also if the clock is put right meanwhile.
   * @returns a function that takes it back.
   */
  at(time: EpochMs, due: () => void): () => void
  /** Calls `due` when everything that is already waiting for the event loop has had its turn. */
  soon(due: () => void): void
}
