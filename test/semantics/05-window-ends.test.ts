import t from 'tap'
import { eventOf, gather, windowRig, windowTrace } from '../support/window-rig.ts'

/** The rig's clock begins at 03:04:05. @unit s */
const T0 = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000

t.test(
  'D8: on an idle shard the window closes when the clock is past its end plus the grace, not before',
  async (t) => {
    const rig = windowRig()
    rig.putStamped([T0])
    await rig.start()
    await rig.drain()
    t.ok(rig.isCaughtUp, 'D23: a window whose end lies ahead does not count')
    await rig.clock.advance((T0 + 6) * 1000 - 1 - rig.clock.now())
    t.equal(rig.calls.length, 1)
    await rig.clock.advance(1)
    t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final'])
    t.equal(rig.calls[1]!.at, (T0 + 6) * 1000, 'the end at :10, and a second of grace')
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test('D8: a source that is polled is asked once more after the grace', async (t) => {
  const rig = windowRig({ pace: 'remote' })
  rig.putStamped([T0])
  await rig.start()
  await rig.clock.advance(5990)
  // Before the end by its own time, read after it: it still belongs to the window.
  rig.putStamped([T0 + 4])
  await rig.clock.advance(20_000)
  t.same(windowTrace(rig), [':00 1 {}', ':00 2 {1}', ':00  {1.2} final'])
  await rig.stop()
})

t.test('D23: a window whose time is over is waited for', async (t) => {
  const rig = windowRig()
  rig.putStamped([T0 - 60])
  await rig.start()
  await rig.drain()
  t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final'])
  await rig.stop()
})

t.test('§5: a final call that fails holds up the shard, within its budget', async (t) => {
  let failures = 2
  const rig = windowRig({
    settings: { maximumRetryAttempts: 5 },
    handler: (call) => {
      if (call.numbers.length === 0 && failures-- > 0) throw new Error('not yet')
      return gather(call)
    },
  })
  rig.putStamped([T0, T0 + 10])
  await rig.start()
  await rig.drain()
  t.same(windowTrace(rig), [
    ':00 1 {}',
    ':00  {1} final',
    ':00  {1} final',
    ':00  {1} final',
    ':10 2 {}',
  ])
  const [, first, second, third] = rig.calls
  t.equal(first!.requestId, second!.requestId, '§4.2: one request id for all attempts')
  t.equal(second!.requestId, third!.requestId)
  t.same(rig.discarded, [])
  await rig.stop()
})

t.test(
  '§4.6: a final call that is given up goes to the destination without records, and processing goes on',
  async (t) => {
    const rig = windowRig({
      settings: { maximumRetryAttempts: 0, onFailureDestination: 'memory' },
      handler: (call) => {
        if (call.numbers.length === 0) throw new Error('never')
        return gather(call)
      },
    })
    rig.putStamped([T0, T0 + 10])
    await rig.start()
    await rig.drain()
    t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final', ':10 2 {}'])
    const [failed] = [...rig.backing.failed.values()]
    t.match(failed, {
      recordCount: 0,
      approximateInvokeCount: 1,
      window: { start: (T0 - 5) * 1000, end: (T0 + 5) * 1000, isEarly: false },
    })
    t.match(JSON.parse(failed!.payload), { Records: [], state: { numbers: [1] } })
    t.match(rig.ledger(), { delivered: 2, sent: 0, dropped: 0 }, 'it has no records to count')
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test('D28: the end of a window plus grace also ends a batching window', async (t) => {
  const rig = windowRig({ settings: { maximumBatchingWindowInSeconds: 60 } })
  rig.putStamped([T0])
  await rig.start()
  await rig.clock.advance(5999)
  t.equal(rig.calls.length, 0)
  await rig.clock.advance(1)
  t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final'])
  await rig.stop()
})

t.test('§5: a batching window ends when a record of a later window is there', async (t) => {
  const rig = windowRig({ settings: { maximumBatchingWindowInSeconds: 60 } })
  rig.putStamped([T0, T0 + 1])
  await rig.start()
  await rig.clock.advance(1000)
  t.equal(rig.calls.length, 0)
  rig.putStamped([T0 + 10])
  await rig.clock.advance(100)
  t.same(windowTrace(rig), [':00 1.2 {}', ':00  {1.2} final'])
  await rig.clock.advance(5000)
  t.equal(rig.calls.length, 2, 'the next batch gathers for itself')
  await rig.clock.advance(70_000)
  t.same(windowTrace(rig), [':00 1.2 {}', ':00  {1.2} final', ':10 3 {}', ':10  {3} final'])
  await rig.stop()
})

t.test('D28: the age of a final call counts from the window’s last record', async (t) => {
  const rig = windowRig({
    settings: { maximumRecordAgeInSeconds: 60 },
    handler: (call) => {
      if (call.numbers.length === 0) throw new Error('always')
      return gather(call)
    },
  })
  rig.putStamped([T0])
  await rig.start()
  await rig.clock.advance(3000)
  rig.putStamped([T0])
  await rig.clock.advance(120_000)
  t.match([...rig.backing.failed.values()][0], {
    condition: 'RecordAgeExceeded',
    recordCount: 0,
    lastArrivedAt: (T0 + 3) * 1000,
  })
  const last = rig.calls.at(-1)!
  t.ok(last.at <= (T0 + 63) * 1000 && last.at > (T0 + 30) * 1000)
  await rig.stop()
})

t.test(
  '§5: the end of a shard closes the window before its children start; they start fresh',
  async (t) => {
    const rig = windowRig()
    rig.putStamped([T0, T0])
    await rig.start()
    await rig.drain()
    rig.split('shard-1', ['shard-2'])
    rig.putStamped([T0 + 1], 'shard-2')
    await rig.drain()
    t.same(windowTrace(rig), [':00 1.2 {}', ':00  {1.2} final', ':00 3 {}'])
    t.same(
      rig.calls.map((call) => eventOf(call).shardId),
      ['shard-1', 'shard-1', 'shard-2'],
    )
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test('D15: attempts of a final call survive a restart', async (t) => {
  const rig = windowRig({
    settings: { maximumRetryAttempts: 2 },
    handler: (call) => {
      if (call.numbers.length === 0) throw new Error('always')
      return gather(call)
    },
  })
  rig.putStamped([T0 - 100])
  await rig.start()
  await rig.clock.until(() => rig.calls.length === 2, 10_000)
  await rig.clock.settle()
  rig.crash()
  await rig.start()
  await rig.drain()
  t.ok(rig.calls.length <= 5, `${rig.calls.length} calls: at most one attempt more`)
  t.match([...rig.backing.failed.values()][0], { recordCount: 0 })
  await rig.stop()
})

t.test(
  'a window whose length is changed, or given up, is closed first: its state is not lost',
  async (t) => {
    for (const [tumblingWindowInSeconds, parallelizationFactor] of [
      [60, 1],
      [0, 1],
      [0, 10],
    ] as const) {
      const rig = windowRig({
        handler: (call) => (eventOf(call).state === undefined ? null : gather(call)),
      })
      rig.putStamped([T0, T0])
      await rig.start()
      await rig.drain()
      await rig.stop()
      rig.putStamped([T0 + 1])
      await rig.start({ tumblingWindowInSeconds, parallelizationFactor })
      await rig.drain()
      const finals = rig.calls.filter((call) => eventOf(call).isFinalInvokeForWindow)
      t.same(
        finals.map((call) => eventOf(call).state),
        [{ numbers: [1, 2] }],
      )
      const third = rig.calls.find(({ numbers }) => numbers.includes(3))
      t.equal(eventOf(third!).state === undefined, tumblingWindowInSeconds === 0)
      t.same(rig.violations(), [])
      await rig.stop()
    }
  },
)
