import t from 'tap'
import { alternate, takeTurns } from '../../bench/suite/alternate.ts'

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

t.test('more than two turn round alike; smoke has no round that warms up', async (t) => {
  const log: string[] = []
  const { signal } = new AbortController()
  const [a, b] = contenders(log)
  const three = [a, b, { ...a, name: 'c' }]
  const context = { runs: 2, signal, progress: () => {}, smoke: true }
  t.strictSame(await takeTurns(context, three), [
    [3, 2, 1],
    [4, 5, 6],
  ])
})
