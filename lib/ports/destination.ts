import type { FailedBatch } from '../core/destination/failed-batch.ts'

/** Where failure documents go. */
export interface Destination {
  /**
   * Delivers one failure document. Called again until it resolves, so an implementation may see one twice.
   * @throws whatever went wrong; the outbox tries again with back-off (D16).
   */
  deliver(failed: FailedBatch, id: string): Promise<void>
  close(): Promise<void>
}
