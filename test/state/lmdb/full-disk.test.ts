import { join } from 'node:path'
import t from 'tap'
import { openLmdbStateStore } from '../../../lib/state/lmdb/lmdb-state-store.ts'
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts'
import { changeOf, failedBatchOf, MAPPING } from '../../support/state-builders.ts'

const disk = mountSmallDisk(4)
if (typeof disk !== 'string') t.teardown(() => disk.unmount())
const skip = typeof disk === 'string' ? { skip: disk } : {}

t.test('a full disk: what was saved stands, the rest is not there, it goes on', skip, async (t) => {
  const data = join((disk as SmallDisk).directory, 'data')
  const open = () => openLmdbStateStore({ directory: data, failedBatchBytesMax: 1_500_000 })
  const payload = 'x'.repeat(500_000)
  const save = (mark: number, size = 1) =>
    store.save([
      changeOf(1, mark, {
        discards: Array.from({ length: size }, () => failedBatchOf({ payload })),
      }),
    ])
  let store = await open()
  await save(1)
  for (const mark of [2, 3]) {
    const failing = Promise.allSettled([save(mark, 8), store.save([changeOf(2, mark)])])
    for (const result of await failing)
      t.match(result, { status: 'rejected', reason: { code: 'MILLRACE_DATA_UNWRITABLE' } })
    t.same(
      [...store.loadShards(MAPPING).values()].map(({ state }) => state.mark),
      ['1'],
    )
    t.equal(store.failedTotals.count, 1)
  }
  // The oldest are purged and their pages used again: a store that keeps its bound recovers by itself.
  for (const mark of [4, 5, 6, 7]) await save(mark)
  const totals = store.failedTotals
  t.equal(totals.count, 2)
  await store.close()
  store = await open()
  t.equal([...store.loadShards(MAPPING).values()][0]?.state.mark, '7')
  t.equal([...store.failedBatches()].length, 2)
  t.same(store.failedTotals, totals)
  await store.close()
})
