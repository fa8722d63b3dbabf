import type { EpochMs } from '../core/ids.ts'

/** Time, and being called at a time. */
export interface Clock {
  now(): EpochMs
  /** Calls `due` once, not before `time`. @returns a function that takes it back. */
  at(time: EpochMs, due: () => void): () => void
  /** Calls `due` when everything that is already waiting for the event loop has had its turn. */
  soon(due: () => void): void
}
