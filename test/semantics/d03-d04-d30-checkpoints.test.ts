import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'
import type { SavedState } from '../support/history.ts'

const saves = (rig: EngineRig): SavedState[] =>
  rig.history.flatMap((event) => (event.type === 'saved' ? [event.state] : []))

t.test(
  'D4: the mark stops below an unsettled record; what lanes settled above it is not delivered again',
  async (t) => {
    let isBad = true
    const rig = new EngineRig({
      settings: { parallelizationFactor: 10, batchSize: 1 },
      handler: ({ records }) => {
        if (isBad && records[0]!.dynamodb.Keys.id.S === 'bad') throw new Error('bad')
      },
    })
    rig.put(['a', 'bad', ...Array.from({ length: 40 }, (_, i) => `key-${i}`)])
    await rig.start()
    await rig.clock.advance(1000)
    t.equal(saves(rig).at(-1)!.mark, rig.sequenceNumberOf(1), 'the mark is below record 2')
    const before = rig.ledger().delivered
    t.ok(before > 30)
    await rig.stop()
    isBad = false
    rig.calls.splice(0)
    await rig.start()
    await rig.drain()
    t.equal(rig.calls.length, 42 - before, 'only the rest')
    t.equal(saves(rig).at(-1)!.mark, rig.sequenceNumberOf(42))
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  'D3: the factor goes 1, 10, 3 with unsettled lanes: order per key, nothing lost, nothing repeated',
  async (t) => {
    let bad = new Set(['a', 'b', 'c'])
    const rig = new EngineRig({
      settings: { parallelizationFactor: 1, batchSize: 2 },
      handler: ({ records }) => {
        if (records.some(({ dynamodb }) => bad.has(dynamodb.Keys.id.S))) throw new Error('bad')
      },
    })
    const keys = Array.from({ length: 30 }, (_, i) => 'abcdefghijklmnopqrstuvwxyz'[i % 13]!)
    rig.put(['x', 'y', ...keys])
    await rig.start()
    await rig.clock.advance(1000)
    t.equal(rig.ledger().delivered, 2, 'one lane: it is blocked')
    await rig.stop()
    await rig.start({ parallelizationFactor: 10 })
    rig.put(keys)
    await rig.clock.advance(1000)
    const inTen = rig.ledger()
    t.ok(inTen.delivered > 10 && inTen.inFlight > 0, 'some of ten lanes are blocked')
    await rig.stop()
    bad = new Set(['a'])
    await rig.start({ parallelizationFactor: 3 })
    await rig.clock.advance(5000)
    t.ok(rig.ledger().delivered > inTen.delivered)
    const generations = saves(rig)
      .at(-1)!
      .generations.map(({ factor }) => factor)
    t.same(generations, [3, 10], 'the older one stays until the mark has passed it')
    bad = new Set()
    await rig.drain()
    t.match(rig.ledger(), { delivered: 62, inFlight: 0 })
    t.same(
      saves(rig)
        .at(-1)!
        .generations.map(({ factor }) => factor),
      [3],
    )
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  'D3: batches in back-off dissolve, their records form new ones with fresh budgets',
  async (t) => {
    const rig = new EngineRig({
      settings: { maximumRetryAttempts: 2, batchSize: 4 },
      handler: () => {
        throw new Error('always')
      },
    })
    rig.putMany(4)
    await rig.start()
    await rig.clock.advance(300)
    t.equal(rig.calls.length, 2)
    await rig.stop()
    await rig.start({ parallelizationFactor: 2 })
    await rig.drain()
    t.equal(rig.calls.length, 5, 'two before, three after')
    t.same(rig.discarded, ['1234 RetryAttemptsExhausted 3'])
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test('D30: while records merely succeed, one commit in 10 ms', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { batchSize: 1 },
    handler: () => rig.clock.after(1),
  })
  rig.putMany(100)
  await rig.start()
  const begun = rig.clock.now()
  await rig.drain()
  const took = rig.clock.now() - begun
  t.ok(took >= 100 && took < 130, `${took} ms`)
  t.ok(rig.ports.counts.save <= Math.ceil(took / 10) + 1, `${rig.ports.counts.save} commits`)
  await rig.stop()
})

t.test('D30: a failed attempt, a discard and a stop are saved at once', async (t) => {
  const rig = new EngineRig({
    settings: { batchSize: 1, maximumRetryAttempts: 0 },
    handler: ({ numbers }) => {
      if (numbers[0] === 1) throw new Error('record 1')
    },
  })
  rig.putMany(1)
  await rig.start()
  t.equal(rig.ports.counts.save, 1, 'the discard, without any time')
  rig.putMany(1)
  await rig.clock.settle()
  t.equal(rig.ports.counts.save, 1)
  await rig.stop()
  t.equal(saves(rig).at(-1)!.delivered, 1)
  t.same(rig.violations(), [])
})
