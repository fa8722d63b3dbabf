import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { openLmdbStateStore } from '../../../lib/state/lmdb/lmdb-state-store.ts'
import { testStateStore } from '../../contracts/state-store.ts'

const STORE = new URL('../../../lib/state/lmdb/lmdb-state-store.js', import.meta.url)
const OPEN_AND_EXIT = `
import { openLmdbStateStore } from ${JSON.stringify(STORE)}
await openLmdbStateStore({ directory: process.argv[1], failedBatchBytesMax: 1 })
process.exit(0)`

testStateStore(t, async (t) => {
  const directory = join(t.testdir(), 'data')
  return {
    open: ({ failedBatchBytesMax = Number.MAX_SAFE_INTEGER } = {}) =>
      openLmdbStateStore({ directory, failedBatchBytesMax }),
    crash: async () => {
      const words = ['--input-type=module', '-e', OPEN_AND_EXIT, directory]
      const child = spawnSync(process.execPath, words, { encoding: 'utf8' })
      t.equal(child.status, 0, child.stderr)
    },
  }
})
