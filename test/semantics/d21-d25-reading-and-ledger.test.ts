import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'

const LATEST = { startingPosition: 'LATEST' } as const

t.test(
  'D21: LATEST is fixed at the start: what was put before is left out, what comes after is not',
  async (t) => {
    const rig = new EngineRig({ settings: LATEST })
    rig.putMany(3)
    await rig.start()
    rig.putMany(2)
    await rig.drain()
    t.equal(rig.trace, '45')
    await rig.stop()
  },
)

t.test(
  'D21: LATEST is durable: what is put while nothing runs is not lost by a restart',
  async (t) => {
    const rig = new EngineRig({ settings: LATEST })
    rig.putMany(2)
    await rig.start()
    rig.crash()
    rig.putMany(2)
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '34')
    await rig.stop()
  },
)

t.test(
  'D21, remote: records stamped before T0 are skipped, though read from TRIM_HORIZON',
  async (t) => {
    const rig = new EngineRig({ settings: LATEST, pace: 'remote' })
    rig.putMany(2)
    await rig.clock.advance(5000)
    await rig.start()
    rig.putMany(2)
    await rig.drain()
    t.equal(rig.trace, '34')
    rig.crash()
    rig.putMany(1)
    await rig.start()
    await rig.drain()
    t.equal(rig.calls.at(-1)!.numbers.join(''), '5')
    await rig.stop()
  },
)

t.test('I5, §6.5 [D]: children begin when the last record of the parent is settled', async (t) => {
  const rig: EngineRig = new EngineRig({ handler: () => rig.clock.after(2000) })
  rig.putMany(2)
  await rig.start()
  rig.split('shard-1', ['shard-2', 'shard-3'])
  rig.put(['a'], 'shard-2')
  rig.put(['b'], 'shard-3')
  await rig.drain()
  t.equal(rig.calls[0]!.numbers.join(''), '12')
  t.same(rig.violations(), [])
  t.match(rig.ledger(), { polled: 4, delivered: 4, inFlight: 0 })
  await rig.stop()
})

t.test(
  '§6.5 [D]: a child of a shard that was open at a LATEST start is read from its beginning',
  async (t) => {
    const rig = new EngineRig({ settings: LATEST })
    rig.putMany(1)
    await rig.start()
    rig.split('shard-1', ['shard-2'])
    rig.put(['a', 'b'], 'shard-2')
    await rig.drain()
    t.equal(rig.trace, '23')
    await rig.stop()
  },
)

t.test('I1, D25: the ledger balances at every step', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: {
      parallelizationFactor: 3,
      batchSize: 4,
      maximumRetryAttempts: 1,
      bisectBatchOnFunctionError: true,
    },
    handler: async ({ numbers }) => {
      await rig.clock.after(7)
      if (numbers.includes(13)) throw new Error('record 13')
    },
  })
  await rig.start()
  for (let i = 0; i < 10; i++) {
    rig.put(['a', 'b', 'c', 'd', 'e'])
    await rig.clock.advance(5)
    const { polled, delivered, filtered, sent, dropped, inFlight } = rig.ledger()
    t.equal(polled, delivered + filtered + sent + dropped + inFlight)
    t.equal(polled, 5 * (i + 1))
  }
  await rig.drain()
  t.match(rig.ledger(), { polled: 50, delivered: 49, dropped: 1, inFlight: 0 })
  await rig.stop()
})

t.test(
  'D25: counts are the mapping’s since its creation; a record that is read again counts once',
  async (t) => {
    const rig = new EngineRig({ settings: { batchSize: 5 } })
    rig.putMany(10)
    await rig.start()
    rig.crash()
    await rig.start()
    await rig.drain()
    t.match(rig.ledger(), { polled: 10, delivered: 10 })
    await rig.stop()
    rig.putMany(5)
    await rig.start()
    await rig.drain()
    t.match(rig.ledger(), { polled: 15, delivered: 15, invocations: 3 })
    await rig.stop()
  },
)

t.test('D39: LastProcessingResult', async (t) => {
  const rig = new EngineRig({
    settings: { batchSize: 1, maximumRetryAttempts: 0 },
    handler: ({ numbers }) => {
      if (numbers[0] === 2) throw new Error('record 2')
    },
  })
  await rig.start()
  t.equal(rig.mapping.lastProcessingResult, 'No records processed')
  rig.putMany(1)
  await rig.drain()
  t.equal(rig.mapping.lastProcessingResult, 'OK')
  rig.putMany(1)
  await rig.drain()
  t.equal(rig.mapping.lastProcessingResult, 'PROBLEM: Function call failed')
  rig.putMany(1)
  await rig.drain()
  t.equal(rig.mapping.lastProcessingResult, 'OK')
  rig.source.failNextRead('shard-1' as never, { type: 'refused', reason: 'no permission' })
  rig.putMany(1)
  await rig.clock.settle()
  t.equal(rig.mapping.lastProcessingResult, 'PROBLEM: no permission')
  await rig.stop()
})

t.test('§1.6 [N], D39: a valid partial failure counts as OK', async (t) => {
  const rig = new EngineRig({
    settings: { functionResponseTypes: ['ReportBatchItemFailures'] },
    handler: ({ numbers, records }) =>
      numbers.length === 2
        ? { batchItemFailures: [{ itemIdentifier: records[1]!.dynamodb.SequenceNumber }] }
        : null,
  })
  rig.putMany(2)
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '12, 2')
  t.equal(rig.mapping.lastProcessingResult, 'OK')
  await rig.stop()
})

t.test('D17: IteratorAge is measured when the event is handed over', async (t) => {
  const rig: EngineRig = new EngineRig({ handler: () => rig.clock.after(2000) })
  rig.putMany(1)
  await rig.clock.advance(5000)
  await rig.start()
  await rig.drain()
  const [poller] = [...rig.mapping.pollers.values()]
  t.equal(poller!.lanes.feeds[0]!.progress.iteratorAgeMs, 5000, 'without the time of the handler')
  await rig.stop()
})

t.test('§9.6: a handler that passes its Timeout failed, whatever it answers later', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { maximumRetryAttempts: 0 },
    timeoutSeconds: 2,
    handler: () => rig.clock.after(5000),
  })
  rig.putMany(1)
  await rig.start()
  await rig.drain()
  t.match(rig.ledger(), { delivered: 0, dropped: 1 })
  const [failed] = [...rig.backing.failed.values()]
  t.match(failed!.lastError, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${rig.calls[0]!.requestId} Error: Task timed out after 2.00 seconds`,
  })
  await rig.stop()
})
