import t from 'tap'
import { standStill } from '../support/slow-rig.ts'
import { eventOf, gather, windowRig, windowTrace } from '../support/window-rig.ts'

t.test('D7: a change of other settings leaves the open window and its state', async (t) => {
  const rig = windowRig({ settings: { batchSize: 1 } })
  await rig.start()
  rig.putMany(2)
  await rig.clock.settle()
  rig.change({ batchSize: 5 })
  await standStill(rig)
  rig.putMany(2)
  await rig.clock.advance(20_000)
  t.same(windowTrace(rig), [':00 1 {}', ':00 2 {1}', ':00 3.4 {1.2}', ':00  {1.2.3.4} final'])
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test(
  'D7: disabled, an open window waits; enabled again, it is closed with its state',
  async (t) => {
    const rig = windowRig({ settings: { batchSize: 1 } })
    await rig.start()
    rig.putMany(1)
    await rig.clock.settle()
    rig.change({ enabled: false })
    await rig.clock.advance(60_000)
    t.same(windowTrace(rig), [':00 1 {}'])
    rig.change({ enabled: true })
    await rig.clock.advance(20_000)
    t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final'])
    await rig.stop()
  },
)

const OTHER_WINDOWS = [
  { tumblingWindowInSeconds: 20 },
  { tumblingWindowInSeconds: 0, parallelizationFactor: 10, batchSize: 1 },
]

for (const change of OTHER_WINDOWS) {
  const title = JSON.stringify(change)
  t.test(`D7: ${title}: the open window is closed with its state`, async (t) => {
    const rig = windowRig({
      handler: (call) => ('window' in eventOf(call) ? gather(call) : undefined),
    })
    await rig.start()
    rig.putMany(2)
    await rig.clock.settle()
    rig.change(change)
    rig.put(['a', 'b', 'c', 'k'])
    await rig.clock.advance(1000)
    const finals = rig.calls.filter((call) => eventOf(call).isFinalInvokeForWindow)
    t.same(
      finals.map((call) => eventOf(call).state),
      [{ numbers: [1, 2] }],
    )
    const numbers = rig.calls.flatMap((call) => call.numbers)
    t.same(numbers.sort(), [1, 2, 3, 4, 5, 6])
    t.same(rig.violations({ drained: false }), [])
    await rig.stop()
  })
}

t.test('D7: a window begins where a mapping that had none is given one', async (t) => {
  const rig = windowRig({
    settings: { tumblingWindowInSeconds: 0, parallelizationFactor: 3 },
    handler: (call) => ('window' in eventOf(call) ? gather(call) : undefined),
  })
  await rig.start()
  rig.put(['a', 'b', 'c'])
  await rig.clock.settle()
  rig.change({ tumblingWindowInSeconds: 10, parallelizationFactor: 1 })
  await standStill(rig)
  rig.calls.splice(0)
  rig.put(['a', 'b', 'c'])
  await rig.clock.advance(20_000)
  t.same(windowTrace(rig), [':00 4.5.6 {}', ':00  {4.5.6} final'])
  t.same(rig.violations({ drained: false }), [])
  await rig.stop()
})
