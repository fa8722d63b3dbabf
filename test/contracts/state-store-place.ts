import type { EngineStore } from '../../lib/ports/failed-batch-store.ts'

export type TestedStateStore = EngineStore

/** One place of durable data, empty at first: each `open` after a `close` finds what was there. */
export type StateStorePlace = {
  open(options?: { readonly failedBatchBytesMax?: number }): Promise<TestedStateStore>
  /** A run that opens the place and ends without `close`. */
  crash(): Promise<void>
}
