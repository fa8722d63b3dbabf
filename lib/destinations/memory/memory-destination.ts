import type { FailedBatch } from '../../core/destination/failed-batch.ts'
import type { Destination } from '../../ports/destination.ts'

/** A {@link Destination} that keeps what it accepts. */
export type MemoryDestination = Destination & {
  readonly accepted: readonly { readonly id: string; readonly failed: FailedBatch }[]
}

/**
 * The reference {@link Destination}.
 * @param beforeDelivery Called with the number of the delivery, from 1: what it throws or rejects with is the
 *   delivery's failure.
 */
export function createMemoryDestination(
  beforeDelivery: (deliveryNumber: number) => void | Promise<void> = () => {},
): MemoryDestination {
  const accepted: { id: string; failed: FailedBatch }[] = []
  let count = 0
  let closed = false
  return {
    accepted,
    async deliver(failed, id) {
      if (closed) throw new Error('the destination is closed')
      await beforeDelivery(++count)
      accepted.push({ id, failed })
    },
    async close() {
      closed = true
    },
  }
}
