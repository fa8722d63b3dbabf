import { execFileSync } from 'node:child_process'
import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openLmdbStateStore } from '../../../lib/state/lmdb/lmdb-state-store.ts'
import { changeOf, failedBatchOf, MAPPING } from '../../support/state-builders.ts'

/** Mounts a small file system. @returns why it cannot, or `undefined`. */
function mountSmall(directory: string): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory], { stdio: 'ignore' })
    return undefined
  } catch (error) {
    return `cannot mount a tmpfs: ${String(error)}`
  }
}

const directory = await mkdtemp(join(tmpdir(), 'millrace-full-disk-'))
const reason = mountSmall(directory)
t.teardown(async () => {
  if (reason === undefined) execFileSync('umount', [directory])
  await rmdir(directory)
})

const skip = reason === undefined ? {} : { skip: reason }
t.test('a full disk: what was saved stands, the rest is not there, it goes on', skip, async (t) => {
  const data = join(directory, 'data')
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
