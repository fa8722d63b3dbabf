import { join } from 'node:path'
import t from 'tap'
import { openLmdbStateStore } from '../../../lib/state/lmdb/lmdb-state-store.ts'
import { testStateStore } from '../../contracts/state-store.ts'

testStateStore(t, async (t) => {
  const directory = join(t.testdir(), 'data')
  return {
    open: ({ failedBatchBytesMax = Number.MAX_SAFE_INTEGER } = {}) =>
      openLmdbStateStore({ directory, failedBatchBytesMax }),
  }
})
