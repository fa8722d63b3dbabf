import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'
import { stuckRig } from '../support/stuck-rig.ts'

const failing = () => {
  throw new Error('always')
}

t.test('D1: 200 ms x 2^n up to 60 s, +-10 %', async (t) => {
  const rig = new EngineRig({ handler: failing })
  rig.putMany(1)
  await rig.start()
  await rig.clock.advance(400_000)
  const gaps = rig.calls.slice(1).map(({ at }, i) => at - rig.calls[i]!.at)
  const waits = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]
  for (const [i, wait] of waits.entries()) {
    const gap = gaps[i]!
    t.ok(gap >= wait * 0.9 && gap <= wait * 1.1, `wait ${i + 1}: ${gap} is ${wait} ms +-10 %`)
  }
  t.equal(new Set(gaps.slice(9)).size, gaps.slice(9).length, 'the cap is spread as well')
  await rig.stop()
})

t.test('D1: progress resets the wait; base and cap are the mapping’s own', async (t) => {
  let left = 3
  const rig = new EngineRig({
    settings: { batchSize: 1, retryBackoff: { baseMs: 1000, maximumMs: 2000 } },
    handler: ({ numbers }) => {
      if (numbers[0] === 2 || left-- > 0) throw new Error('not yet')
    },
  })
  rig.putMany(2)
  await rig.start()
  await rig.clock.advance(9000)
  const gaps = rig.calls.slice(1).map(({ at }, i) => at - rig.calls[i]!.at)
  t.equal(rig.trace, '1, 1, 1, 1, 2, 2, 2')
  for (const [i, wait] of [1000, 2000, 2000, 0, 1000, 2000].entries())
    t.ok(Math.abs(gaps[i]! - wait) <= wait * 0.1, `${gaps[i]} is ${wait} ms +-10 %`)
  await rig.stop()
})

t.test(
  'D2: records of one key are one lane; a failing lane does not stop the others',
  async (t) => {
    const rig = new EngineRig({
      settings: { parallelizationFactor: 10, batchSize: 1 },
      handler: ({ records }) => {
        if (records[0]!.dynamodb.Keys.id.S === 'bad') throw new Error('bad')
      },
    })
    const keys = Array.from({ length: 60 }, (_, i) => (i % 20 === 0 ? 'bad' : `key-${i % 20}`))
    rig.put(keys)
    await rig.start()
    await rig.clock.advance(60_000)
    const { delivered, inFlight } = rig.ledger()
    t.ok(delivered >= 40, `${delivered} of 60 in other lanes`)
    t.equal(delivered + inFlight, 60)
    t.same(rig.violations({ drained: false }), [])
    await rig.stop()
  },
)

t.test(
  '§3 [D]: up to ParallelizationFactor batches of a shard at a time, one in each lane',
  async (t) => {
    for (const factor of [1, 3, 10]) {
      let running = 0
      let most = 0
      const rig: EngineRig = new EngineRig({
        settings: { parallelizationFactor: factor, batchSize: 1 },
        handler: async () => {
          most = Math.max(most, ++running)
          await rig.clock.after(10)
          running--
        },
      })
      rig.put(Array.from({ length: 200 }, (_, i) => `key-${i}`))
      await rig.start()
      await rig.drain()
      t.equal(most, factor)
      t.same(rig.violations(), [])
      await rig.stop()
    }
  },
)

t.test('D6: a stuck lane does not stop the others, and loses nothing', async (t) => {
  const { rig, release } = stuckRig()
  await rig.start()
  await rig.clock.advance(120_000)
  const ofOthers = rig.calls.flatMap(({ records }) =>
    records.filter(({ dynamodb }) => dynamodb.Keys.id.S !== 'stuck'),
  )
  t.ok(
    ofOthers.length > 700,
    `${ofOthers.length} of 1500 were delivered, all but those in the stuck lane`,
  )
  t.ok(rig.slab.usedBytes <= 1 << 18, 'I12: within the bounds')
  release()
  await rig.drain()
  t.match(rig.ledger(), { delivered: 3000, inFlight: 0 })
  t.same(rig.violations(), [])
  await rig.stop()
})
