import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'
import type { SavedState } from '../support/history.ts'
import { hashOf } from '../support/history-positions.ts'
import { finish, thirteenKeys as keys, standStill, startSlow } from '../support/slow-rig.ts'

const saves = (rig: EngineRig): SavedState[] =>
  rig.history.flatMap((event) => (event.type === 'saved' ? [event.state] : []))
const factors = (rig: EngineRig): number[] =>
  saves(rig)
    .at(-1)!
    .generations.map(({ factor }) => factor)

const failing = () => {
  throw new Error('always')
}

t.test('D3: dispatch stops, and running invocations end', async (t) => {
  const rig = await startSlow({ settings: { batchSize: 1 } })
  rig.put(keys(4))
  await rig.clock.settle()
  t.equal(rig.trace, '1')
  rig.change({ parallelizationFactor: 10 })
  await rig.clock.advance(999)
  t.equal(rig.trace, '1', 'nothing new began')
  t.equal(rig.state, 'Updating')
  await rig.clock.advance(1)
  t.equal(rig.calls.length, 4, 'the rest begins in its new lanes at once')
  t.equal(rig.state, 'Enabled')
  t.equal(rig.ledger().delivered, 1, 'what ran has settled, and does not run again')
  await finish(t, rig)
})

t.test('D3: every lane’s position is stored before the new lanes begin', async (t) => {
  const bad = new Set(['a'])
  const rig = await startSlow({ settings: { batchSize: 1, parallelizationFactor: 10 } }, bad)
  rig.put(keys(13))
  await rig.clock.advance(1500)
  const { delivered } = rig.ledger()
  t.ok(delivered > 5, 'lanes beside the stuck one went on')
  rig.change({ parallelizationFactor: 3 })
  await standStill(rig)
  const last = saves(rig).at(-1)!
  t.equal(last.mark, null, 'the first record holds the mark')
  t.equal(last.generations[0]!.factor, 10)
  t.ok(last.delivered >= delivered)
  t.ok(last.generations[0]!.positions.filter((position) => position !== null).length > 2)
  bad.clear()
  await finish(t, rig)
})

t.test(
  'D3: batches in back-off dissolve, their records form new ones with fresh budgets',
  async (t) => {
    const rig = new EngineRig({
      settings: { maximumRetryAttempts: 2, batchSize: 4 },
      handler: failing,
    })
    // Of two lanes theirs is the one that has the number of the only lane before.
    const key = keys(13).find((key) => hashOf(`S:${key}`) % 2 === 0)
    rig.putMany(4, key)
    await rig.start()
    await rig.clock.advance(300)
    t.equal(rig.trace, '1234, 1234')
    rig.change({ parallelizationFactor: 2, batchSize: 2 })
    await rig.drain()
    t.equal(rig.trace, '1234, 1234, 12, 12, 12, 34, 34, 34')
    t.equal(new Set(rig.calls.map(({ requestId }) => requestId)).size, 3)
    t.same(rig.discarded, ['12 RetryAttemptsExhausted 3', '34 RetryAttemptsExhausted 3'])
    await finish(t, rig)
  },
)

t.test('D3: unsettled records go to their new lanes in sequence order', async (t) => {
  const rig = await startSlow({ settings: { batchSize: 3, parallelizationFactor: 10 } })
  rig.put(keys(60))
  await rig.clock.settle()
  rig.change({ parallelizationFactor: 1 })
  await standStill(rig)
  rig.calls.splice(0)
  await rig.drain()
  const rest = rig.calls.flatMap(({ numbers }) => numbers)
  t.ok(rest.length > 20)
  t.same(
    rest,
    [...rest].sort((a, b) => a - b),
    'one lane takes what ten had left, oldest first',
  )
  t.equal(rig.ledger().delivered, 60)
  await finish(t, rig)
})

t.test('D3: what older factors settled is skipped until the mark has passed it', async (t) => {
  const bad = new Set(['a'])
  const rig = await startSlow({ settings: { batchSize: 1, parallelizationFactor: 10 } }, bad)
  rig.put(keys(26))
  await rig.clock.advance(30_000)
  const { delivered } = rig.ledger()
  t.ok(delivered > 10)
  for (const parallelizationFactor of [3, 7, 10, 3]) {
    rig.change({ parallelizationFactor })
    await standStill(rig)
    rig.put(keys(13))
    await rig.clock.advance(60_000)
  }
  t.same(factors(rig).sort(), [10, 3, 7], 'each factor once, however often it was changed')
  await rig.stop()
  await rig.start({ parallelizationFactor: 5 })
  bad.clear()
  await rig.drain()
  t.same(factors(rig), [5])
  t.equal(rig.ledger().delivered, 78)
  const others = rig.calls.filter(({ records }) => records[0]!.dynamodb.Keys.id.S !== 'a')
  t.equal(new Set(others.map(({ numbers }) => numbers[0])).size, others.length, 'none came twice')
  await finish(t, rig)
})

t.test(
  'D3: a second change before the first is done waits for it, or is refused (D38)',
  async (t) => {
    const rig = await startSlow({ settings: { batchSize: 1 } })
    rig.put(keys(20))
    await rig.clock.settle()
    rig.change({ parallelizationFactor: 10 })
    t.throws(() => rig.change({ parallelizationFactor: 3 }), /because it is in use/)
    await standStill(rig)
    await rig.clock.settle()
    t.ok(rig.calls.length > 5, 'ten lanes run')
    rig.change({ parallelizationFactor: 3 })
    await standStill(rig)
    rig.calls.splice(0)
    await rig.clock.settle()
    t.ok(rig.calls.length <= 3, `${rig.calls.length} of three lanes run`)
    await finish(t, rig)
  },
)

t.test(
  'D3: no record is delivered out of key order across 1, 10, 3 under load, with poison',
  async (t) => {
    const settings = { batchSize: 2, maximumRetryAttempts: 2, bisectBatchOnFunctionError: true }
    const rig: EngineRig = new EngineRig({
      settings,
      handler: async ({ numbers }) => {
        await rig.clock.after(20 + (numbers[0]! % 7) * 30)
        if (numbers.some((number) => number % 11 === 0)) throw new Error('poison')
      },
    })
    await rig.start()
    for (const parallelizationFactor of [1, 10, 3, 10, 1, 3]) {
      rig.put(keys(40))
      await rig.clock.advance(150)
      rig.change({ parallelizationFactor })
      rig.put(keys(10))
      await standStill(rig)
    }
    await rig.drain()
    t.match(rig.ledger(), { delivered: 300 - 27, dropped: 27, inFlight: 0 })
    await finish(t, rig)
  },
)
