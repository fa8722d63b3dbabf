import t from 'tap'
import {
  createMemoryDestination,
  type MemoryDestination,
} from '../../lib/destinations/memory/memory-destination.ts'
import { testDestination } from '../contracts/destination.ts'
import { failedBatchOf } from '../support/state-builders.ts'

testDestination(t, async () => {
  const opened: MemoryDestination[] = []
  return {
    async open() {
      const destination = createMemoryDestination()
      opened.push(destination)
      return destination
    },
    accepted: async () =>
      opened
        .flatMap(({ accepted }) => accepted)
        .map(({ failed: { requestId, payload } }) => ({ requestId, payload })),
  }
})

t.test('the n-th delivery fails, and the same one is accepted later', async (t) => {
  const destination = createMemoryDestination((number) => {
    if (number === 1) throw new Error('down')
  })
  await t.rejects(destination.deliver(failedBatchOf(), 'id'), { message: 'down' })
  t.same(destination.accepted, [])
  await destination.deliver(failedBatchOf(), 'id')
  t.same(destination.accepted, [{ id: 'id', failed: failedBatchOf() }])
})
