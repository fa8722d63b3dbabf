import t from 'tap'
import { alternate } from '../../bench/alternate.ts'
import { openLoop } from '../../bench/open-loop.ts'
import { Stamps } from '../../bench/stamps.ts'

const contenders = (log: string[]) =>
  (['a', 'b'] as const).map((name) => ({
    name,
    run: async () => {
      log.push(name)
      return log.length
    },
  })) as [Contender, Contender]
type Contender = { readonly name: string; run(): Promise<number> }

t.test('each round in the other order; the first one counts for nothing', async (t) => {
  const log: string[] = []
  const { signal } = new AbortController()
  const pairs = await alternate({ runs: 2, signal, progress: () => {} }, ...contenders(log))
  t.strictSame(log, ['a', 'b', 'b', 'a', 'a', 'b'])
  t.strictSame(pairs, [
    [4, 3],
    [5, 6],
  ])
})

t.test('ends between two runs when it is told to', async (t) => {
  const log: string[] = []
  const stop = new AbortController()
  const context = { runs: 9, signal: stop.signal, progress: () => stop.abort(new Error('enough')) }
  await t.rejects(alternate(context, ...contenders(log)), { message: 'enough' })
  t.strictSame(log, ['a'])
})

t.test(
  'an open loop calls for each record, and keeps the schedule of those it was late for',
  async (t) => {
    const stamps = Stamps.create(5)
    const called: number[] = []
    let release = (): void => {}
    const stuck = new Promise<void>((resolve) => {
      release = resolve
    })
    const loop = openLoop(stamps, 1e6, String, async (prepared, index) => {
      t.equal(prepared, String(index))
      called.push(index)
      if (index === 4) release()
      // No call waits for another: the first ones end after the last has begun.
      await stuck
    })
    await loop
    t.strictSame(called, [0, 1, 2, 3, 4])
    for (let i = 1; i < 5; i++) {
      t.equal(Math.round(stamps.due[i]! - stamps.due[0]!), i * 1000)
      t.ok(stamps.called[i]! >= stamps.due[i]!)
    }
  },
)

t.test('an open loop fails when a call fails', async (t) => {
  const failing = openLoop(Stamps.create(2), 1e6, String, async () => {
    throw new Error('refused')
  })
  await t.rejects(failing, { message: 'refused' })
})
