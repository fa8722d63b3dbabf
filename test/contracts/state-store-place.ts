import type { FailedBatchTotals } from '../../lib/core/destination/failed-batch.ts'
import type { StateStore } from '../../lib/ports/state-store.ts'

export type TestedStateStore = StateStore & { readonly failedTotals: FailedBatchTotals }

/** One place of durable data, empty at first: each `open` after a `close` finds what was there. */
export type StateStorePlace = {
  open(options?: { readonly failedBatchBytesMax?: number }): Promise<TestedStateStore>
  /** A run that opens the place and ends without `close`. */
  crash(): Promise<void>
}
