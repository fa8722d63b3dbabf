import t from 'tap'
import { createMemoryStateBacking } from '../../../lib/state/memory/memory-state-backing.ts'
import { createMemoryStateStore } from '../../../lib/state/memory/memory-state-store.ts'
import { testStateStore } from '../../contracts/state-store.ts'
import { changeOf, MAPPING } from '../../support/state-builders.ts'

testStateStore(t, async () => {
  const backing = createMemoryStateBacking()
  return {
    open: async (options) => createMemoryStateStore({ ...options, backing }),
    crash: async () => void createMemoryStateStore({ backing }),
  }
})

t.test('the n-th write fails, alone, and leaves nothing', async (t) => {
  const store = createMemoryStateStore({
    beforeWrite: (number) => {
      if (number === 2) throw new Error('disk')
    },
  })
  const saves = [1, 2, 3].map((mark) => store.save([changeOf(mark, mark)]))
  t.same(
    (await Promise.allSettled(saves)).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.same(
    [...store.loadShards(MAPPING).values()].map(({ state }) => state.mark),
    ['1', '3'],
  )
})

t.test('a delayed write is not visible before its time, and keeps its turn', async (t) => {
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const store = createMemoryStateStore({ beforeWrite: (n) => (n === 1 ? gate : undefined) })
  const saves = [store.save([changeOf(1, 1)]), store.save([changeOf(1, 2)])]
  t.equal(store.loadShards(MAPPING).size, 0)
  go()
  await Promise.all(saves)
  t.equal([...store.loadShards(MAPPING).values()][0]?.state.mark, '2')
})

t.test('I11: a store that was replaced writes no more; the next start is unclean', async (t) => {
  const backing = createMemoryStateBacking()
  const crashed = createMemoryStateStore({ backing })
  await crashed.save([changeOf(1, 1)])
  const store = createMemoryStateStore({ backing })
  t.equal(store.uncleanStart, true)
  await t.rejects(crashed.save([changeOf(1, 2)]), { code: 'MILLRACE_DATA_LOST_OWNERSHIP' })
  await crashed.close()
  await store.save([changeOf(2, 1)])
  t.same(
    [...store.loadShards(MAPPING).values()].map(({ state }) => state.mark),
    ['1', '1'],
  )
})
