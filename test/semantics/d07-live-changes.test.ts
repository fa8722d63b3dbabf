import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'
import { RIG_MAPPING } from '../support/rig-run.ts'
import { finish, thirteenKeys as keys, standStill, startSlow } from '../support/slow-rig.ts'

const failing = () => {
  throw new Error('always')
}

t.test('D7: the running invocation ends under the old settings', async (t) => {
  let isDestinationDown = true
  const rig: EngineRig = new EngineRig({
    settings: {
      batchSize: 4,
      maximumRetryAttempts: 0,
      functionResponseTypes: ['ReportBatchItemFailures'],
      onFailureDestination: 'file:/old',
    },
    handler: async ({ numbers, records }) => {
      await rig.clock.after(1000)
      const itemIdentifier = records.at(-1)!.dynamodb.SequenceNumber
      if (numbers.length === 1) throw new Error('poison')
      return { batchItemFailures: [{ itemIdentifier }] }
    },
    beforeCall: (port) => (port === 'destination' && isDestinationDown ? 'fail' : undefined),
  })
  rig.putMany(4)
  await rig.start()
  rig.change({ functionResponseTypes: [] })
  await standStill(rig)
  t.equal(rig.ledger().delivered, 3, 'a partial response counted to its end')
  await rig.clock.settle()
  t.equal(rig.trace, '1234, 4')
  rig.change({ onFailureDestination: 'file:/new' })
  await standStill(rig)
  rig.putMany(1)
  await rig.clock.advance(1500)
  const destinations = [...rig.backing.outbox.values()]
  t.same(destinations, ['file:/old', 'file:/new'], 'a discard goes where it was decided to go')
  isDestinationDown = false
  await rig.drain()
  t.match(rig.ledger(), { delivered: 3, sent: 2, dropped: 0 })
  await finish(t, rig)
})

t.test('D7: new settings hold from the next batch', async (t) => {
  const rig = await startSlow({ settings: { batchSize: 2 } })
  rig.putMany(9)
  await rig.clock.settle()
  rig.change({ batchSize: 3, maximumBatchingWindowInSeconds: 5 })
  const begun = rig.clock.now()
  await rig.drain()
  t.equal(rig.trace, '12, 345, 678, 9')
  t.ok(rig.calls.at(-1)!.at - begun >= 5000, 'the last one waited for its batching window')
  await finish(t, rig)
})

t.test('D7: a batch in back-off is parked with its attempts and its request id', async (t) => {
  const rows = [
    { enabled: false },
    { batchSize: 1 },
    { maximumRecordAgeInSeconds: 3600 },
    { functionName: 'other' },
    { onFailureDestination: 'file:/failed' },
  ]
  for (const change of rows) {
    const rig = new EngineRig({ settings: { maximumRetryAttempts: 3 }, handler: failing })
    rig.putMany(3)
    await rig.start()
    await rig.clock.advance(300)
    t.equal(rig.calls.length, 2)
    rig.change(change)
    await standStill(rig)
    if (change.enabled === false) {
      await rig.clock.advance(100_000)
      t.equal(rig.calls.length, 2, 'parked')
      rig.change({ enabled: true })
    }
    await rig.drain()
    t.equal(rig.calls.length, 4, `retries + 1 in all across ${JSON.stringify(change)}`)
    t.equal(new Set(rig.calls.map(({ requestId }) => requestId)).size, 1)
    t.same(rig.discarded, ['123 RetryAttemptsExhausted 4'])
    await finish(t, rig)
  }
})

t.test(
  'D7: a parked batch meets a lower budget with one attempt more, and a higher one with the rest',
  async (t) => {
    for (const [maximumRetryAttempts, attempts] of [
      [0, 3],
      [1, 3],
      [4, 5],
    ] as const) {
      const rig = new EngineRig({ settings: { maximumRetryAttempts: -1 }, handler: failing })
      rig.putMany(2)
      await rig.start()
      await rig.clock.advance(300)
      t.equal(rig.calls.length, 2)
      rig.change({ maximumRetryAttempts })
      await rig.drain()
      t.same(rig.discarded, [`12 RetryAttemptsExhausted ${attempts}`])
      await finish(t, rig)
    }
  },
)

t.test('D7: a parked batch is split once bisect is on', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: -1, batchSize: 4 },
    handler: ({ numbers }) => {
      if (numbers.includes(2)) throw new Error('poison')
    },
  })
  rig.putMany(4)
  await rig.start()
  await rig.clock.settle()
  rig.change({ bisectBatchOnFunctionError: true, maximumRetryAttempts: 0 })
  await rig.drain()
  t.equal(rig.trace, '1234, 1234, 12, 1, 2, 34')
  t.match(rig.ledger(), { delivered: 3, dropped: 1 })
  await finish(t, rig)
})

t.test(
  'D7: another filter dissolves batches in back-off: they would have other records',
  async (t) => {
    let isDown = true
    const rig = new EngineRig({
      settings: { batchSize: 4, filterPatterns: ['{"dynamodb":{"Keys":{"id":{"S":["a"]}}}}'] },
      handler: () => {
        if (isDown) throw new Error('down')
      },
    })
    rig.put(['a', 'b', 'a', 'b'])
    await rig.start()
    await rig.clock.settle()
    rig.change({ filterPatterns: [] })
    await standStill(rig)
    await rig.clock.settle()
    isDown = false
    rig.change({ filterPatterns: ['{"dynamodb":{"Keys":{"id":{"S":["b"]}}}}'] })
    await rig.drain()
    t.equal(rig.trace, '13, 1234, 24')
    t.equal(new Set(rig.calls.map(({ requestId }) => requestId)).size, 3)
    t.match(rig.ledger(), { polled: 4, delivered: 2, filtered: 2, retries: 0, inFlight: 0 })
    t.equal(rig.mapping.lastProcessingResult, 'OK')
    await rig.stop()
  },
)

t.test(
  'D7: disabled, nothing is read; enabled again, it goes on behind what was settled',
  async (t) => {
    const rig = await startSlow({ settings: { batchSize: 1, startingPosition: 'LATEST' } })
    rig.putMany(3)
    await rig.clock.settle()
    rig.change({ enabled: false })
    t.equal(rig.state, 'Disabling')
    await rig.clock.advance(999)
    t.equal(rig.state, 'Disabling', 'until the last running invocation has ended')
    await rig.clock.advance(1)
    t.equal(rig.state, 'Disabled')
    t.match(
      rig.ledger(),
      { polled: 1, delivered: 1, inFlight: 0 },
      'what was read ahead counts no more',
    )
    rig.putMany(2)
    rig.mapping.pollNow()
    await rig.clock.advance(60_000)
    t.equal(rig.trace, '1')
    t.ok(rig.mapping.isCaughtUp, 'D23: it does not count')
    rig.change({ batchSize: 2 })
    await standStill(rig)
    t.equal(rig.state, 'Disabled', 'other changes leave it so')
    rig.change({ enabled: true })
    t.equal(rig.state, 'Enabling')
    await rig.drain()
    t.equal(rig.trace, '1, 23, 45')
    t.equal(rig.state, 'Enabled')
    await finish(t, rig)
  },
)

t.test('D7: enabled while it is still Disabling, it goes on when that has ended', async (t) => {
  const rig = await startSlow({ settings: { batchSize: 1 } })
  rig.putMany(2)
  await rig.clock.settle()
  rig.change({ enabled: false })
  rig.change({ enabled: true })
  t.equal(rig.state, 'Enabling')
  await rig.clock.advance(999)
  t.equal(rig.trace, '1')
  await finish(t, rig)
  t.equal(rig.trace, '1, 2')
})

t.test('D7: disabled while it is still Enabling, it begins nothing', async (t) => {
  const rig = await startSlow({ settings: { enabled: false } })
  rig.putMany(2)
  rig.change({ enabled: true })
  // Its function is being loaded.
  await Promise.resolve().then(() => Promise.resolve())
  rig.change({ enabled: false })
  t.equal(rig.state, 'Disabling')
  await rig.clock.settle()
  t.equal(rig.state, 'Disabled')
  t.equal(rig.trace, '')
  t.notOk(rig.events.some(({ type }) => type === 'shard-opened'))
  await rig.stop()
})

t.test('D7: a crash in the midst of a change loses nothing', async (t) => {
  const rig = await startSlow({ settings: { batchSize: 2, parallelizationFactor: 10 } })
  rig.put(keys(40))
  for (const [parallelizationFactor, ms] of [
    [3, 0],
    [1, 500],
    [10, 999],
    [2, 1001],
  ] as const) {
    await rig.clock.settle()
    rig.change({ parallelizationFactor })
    await rig.clock.advance(ms)
    rig.crash()
    await rig.start()
  }
  await rig.drain()
  t.equal(rig.ledger().delivered, 40)
  await finish(t, rig)
})

t.test('a change while a poller waits to be restarted takes its place', async (t) => {
  let failures = 1
  const rig: EngineRig = new EngineRig({
    settings: { batchSize: 1 },
    beforeCall: (port) => (port === 'save' && failures-- > 0 ? 'fail' : undefined),
  })
  rig.putMany(5)
  await rig.start()
  await rig.clock.until(() => rig.events.some(({ type }) => type === 'poller-failed'), 1000)
  rig.change({ parallelizationFactor: 3 })
  await rig.clock.settle()
  t.notOk(rig.isChanging)
  await rig.drain(50)
  t.equal(rig.ledger().delivered, 5)
  t.equal(rig.mapping.lastProcessingResult, 'OK')
  await finish(t, rig)
})

t.test('a change while the process stops ends with it', async (t) => {
  const rig = await startSlow({ settings: { batchSize: 1 } })
  rig.putMany(3)
  await rig.clock.settle()
  rig.change({ parallelizationFactor: 3 })
  await rig.stop()
  t.equal(rig.trace, '1', 'nothing begins any more')
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '1, 2, 3')
  await finish(t, rig)
})

t.test('a mapping that gave up has another chance with its next change', async (t) => {
  const rig = await startSlow({ settings: { batchSize: 1 } })
  rig.putMany(3)
  await rig.clock.settle()
  rig.supervisor.lose(RIG_MAPPING, 'a bug of ours')
  rig.supervisor.functionFailed(rig.mapping.parts.pool, 'this comes too late')
  await rig.clock.advance(60_000)
  t.equal(rig.trace, '1')
  t.equal(rig.mapping.lastProcessingResult, 'PROBLEM: a bug of ours')
  t.equal(rig.supervisor.losses.size, 1)
  rig.change({})
  await rig.drain()
  t.equal(rig.trace, '1, 2, 3')
  t.equal(rig.supervisor.losses.size, 0)
  t.equal(rig.mapping.lastProcessingResult, 'OK')
  await finish(t, rig)
})
