import type { Test } from 'tap'
import type { EpochMs } from '../../lib/core/ids.ts'
import {
  changeOf,
  failedBatchOf,
  type MAPPING,
  NEW_YEAR,
  OTHER_MAPPING,
} from '../support/state-builders.ts'
import type { StateStorePlace } from './state-store-place.ts'

/** The part of the contract about batches that were given up. */
export async function testFailedBatches(
  t: Test,
  createPlace: (t: Test) => Promise<StateStorePlace>,
): Promise<void> {
  t.test('discards are kept whole, oldest first, by mapping', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const payload = JSON.stringify({ Records: ['ä€𝄞"\\\n'.repeat(1_000_000)] })
    const large = failedBatchOf({ payload })
    const { response, ...neverRun } = failedBatchOf({ condition: 'RecordAgeExceeded' })
    const other = failedBatchOf({
      mapping: OTHER_MAPPING,
      discardedAt: (NEW_YEAR - 3_600_000) as EpochMs, // the clock went back: it is newer all the same
      lastError: { errorType: 'Error', errorMessage: 'no' },
    })
    await store.save([changeOf(1, 1, { discards: [large, neverRun] })])
    await store.save([changeOf(1, 2, { discards: [other] })])
    await store.close()
    const again = await place.open()
    const stored = [...again.failedBatches()]
    t.equal(stored[0]?.failed.payload === payload, true)
    t.same(
      stored.slice(1).map(({ failed }) => failed),
      [neverRun, other],
    )
    const ids = stored.map(({ id }) => id)
    t.same(ids, [...new Set(ids)].sort())
    t.same(
      [...again.failedBatches({ mapping: OTHER_MAPPING })].map(({ failed }) => failed),
      [other],
    )
    t.same([...again.failedBatches({ mapping: 'none' as typeof MAPPING })], [])
    await again.close()
  })

  t.test('more batches than a page of keys are listed once each', async (t) => {
    const store = await (await createPlace(t)).open()
    const discards = Array.from({ length: 250 }, (_, i) => failedBatchOf({ requestId: `r${i}` }))
    await store.save([changeOf(1, 1, { discards })])
    t.same(
      [...store.failedBatches()].map(({ failed }) => failed.requestId),
      discards.map(({ requestId }) => requestId),
    )
    await store.close()
  })

  t.test('the oldest are purged and counted when the store is full', async (t) => {
    const place = await createPlace(t)
    const store = await place.open({ failedBatchBytesMax: 50_000 })
    const payload = 'x'.repeat(10_000)
    for (let i = 0; i < 10; i++) {
      const discards = [failedBatchOf({ payload, requestId: `r${i}` })]
      await store.save([changeOf(1, i, { discards })])
      t.ok(store.failedTotals.bytes <= 50_000)
    }
    const { count, bytes, purgedCount } = store.failedTotals
    t.same([count, purgedCount], [4, 6])
    t.ok(bytes > 40_000, `${bytes} are the payloads and more`)
    t.same(
      [...store.failedBatches()].map(({ failed }) => failed.requestId),
      ['r6', 'r7', 'r8', 'r9'],
    )
    await store.close()
    const again = await place.open({ failedBatchBytesMax: 50_000 })
    t.same(again.failedTotals, { count, bytes, purgedCount })
    await again.close()
  })

  t.test('a batch larger than the whole store is kept until the next one', async (t) => {
    const store = await (await createPlace(t)).open({ failedBatchBytesMax: 100 })
    const save = (requestId: string) =>
      store.save([changeOf(1, 1, { discards: [failedBatchOf({ requestId })] })])
    await save('a')
    t.equal(store.failedTotals.count, 1)
    await save('b')
    t.same(
      [...store.failedBatches()].map(({ failed }) => failed.requestId),
      ['b'],
    )
    await store.close()
  })

  t.test('an id is not given twice, also when all batches are gone', async (t) => {
    const place = await createPlace(t)
    const ids = new Set<string>()
    for (let i = 0; i < 4; i++) {
      const store = await place.open({ failedBatchBytesMax: 1 })
      await store.save([changeOf(1, 1, { discards: [failedBatchOf()] })])
      for (const { id } of store.failedBatches()) ids.add(id)
      await store.close()
    }
    t.equal(ids.size, 4)
  })
}

/** The part of the contract about reports that wait for their destination (D16). */
export async function testOutbox(
  t: Test,
  createPlace: (t: Test) => Promise<StateStorePlace>,
): Promise<void> {
  t.test('D16: a discard with a destination is in the outbox until it was delivered', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const [first, second] = [failedBatchOf({ requestId: '1' }), failedBatchOf({ requestId: '2' })]
    await store.save([
      changeOf(1, 1, { discards: [first, second], destination: 'file:./failed.ndjson' }),
      changeOf(2, 1, { discards: [failedBatchOf({ requestId: 'no destination' })] }),
    ])
    await store.close()
    const again = await place.open()
    const entries = again.outbox(10)
    t.same(
      entries.map(({ destination, failed }) => [destination, failed]),
      [
        ['file:./failed.ndjson', first],
        ['file:./failed.ndjson', second],
      ],
    )
    t.same(again.outbox(1), entries.slice(0, 1))
    await again.delivered(entries[0]!.id)
    await again.delivered(entries[0]!.id)
    await again.delivered('000000000000-000000')
    t.same(again.outbox(10), entries.slice(1))
    t.equal([...again.failedBatches()].length, 3)
    t.equal([...again.failedBatches()][0]?.id, entries[0]?.id)
    await again.close()
  })

  t.test('what was not delivered is never purged, and is once it was', async (t) => {
    const store = await (await createPlace(t)).open({ failedBatchBytesMax: 1 })
    const discard = (requestId: string, destination?: string) =>
      store.save([
        changeOf(1, 1, {
          discards: [failedBatchOf({ requestId })],
          ...(destination === undefined ? {} : { destination }),
        }),
      ])
    const kept = () => [...store.failedBatches()].map(({ failed }) => failed.requestId)
    await discard('sent', 'd')
    await discard('dropped')
    await discard('dropped later')
    t.same(kept(), ['sent', 'dropped later'])
    t.equal(store.outbox(9)[0]?.failed.requestId, 'sent')
    await store.delivered(store.outbox(9)[0]!.id)
    await discard('last')
    t.same(kept(), ['last'])
    t.same(store.outbox(9), [])
    t.equal(store.failedTotals.purgedCount, 3)
    await store.close()
  })
}
