import type { Test } from 'tap'
import type { FailedBatch } from '../../lib/core/destination/failed-batch.ts'
import type { Destination } from '../../lib/ports/destination.ts'
import { failedBatchOf } from '../support/state-builders.ts'

/** A place that documents are delivered to; each `open` after a `close` goes on where it was. */
export type DestinationPlace = {
  open(): Promise<Destination>
  /** What has been accepted, in order, as far as the place can tell it. */
  accepted(): Promise<readonly Pick<FailedBatch, 'requestId' | 'payload'>[]>
}

/** The contract of {@link Destination}: every implementation runs it. */
export function testDestination(
  t: Test,
  createPlace: (t: Test) => Promise<DestinationPlace>,
): void {
  const batches = ['1', '2', '3'].map((requestId) =>
    failedBatchOf({ requestId, payload: `{"Records":["${requestId} ä\\n\\""]}` }),
  )
  const expected = batches.map(({ requestId, payload }) => ({ requestId, payload }))

  t.test('what was delivered is there when the call resolves, in order', async (t) => {
    const place = await createPlace(t)
    const destination = await place.open()
    for (const [i, failed] of batches.entries()) {
      await destination.deliver(failed, `id-${i}`)
      t.same(await place.accepted(), expected.slice(0, i + 1))
    }
    await destination.close()
  })

  t.test('deliveries that were not awaited are kept apart', async (t) => {
    const place = await createPlace(t)
    const destination = await place.open()
    await Promise.all(batches.map((failed, i) => destination.deliver(failed, `id-${i}`)))
    t.same(await place.accepted(), expected)
    await destination.close()
  })

  t.test('a document may come twice', async (t) => {
    const place = await createPlace(t)
    const destination = await place.open()
    await destination.deliver(batches[0]!, 'id')
    await destination.deliver(batches[0]!, 'id')
    t.same(await place.accepted(), [expected[0], expected[0]])
    await destination.close()
  })

  t.test('close ends it, and may be repeated; the next one goes on', async (t) => {
    const place = await createPlace(t)
    const destination = await place.open()
    await destination.deliver(batches[0]!, 'id')
    await destination.close()
    await destination.close()
    await t.rejects(destination.deliver(batches[1]!, 'id'))
    const again = await place.open()
    await again.deliver(batches[1]!, 'id')
    t.same(await place.accepted(), expected.slice(0, 2))
    await again.close()
  })
}
