import t from 'tap'
import { createMemoryStateStore } from '../../lib/state/memory/memory-state-store.ts'
import { EngineRig } from '../support/engine-rig.ts'

const HOUR = 3_600_000

t.test('I11: who lost the data writes no more and invokes no more', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { batchSize: 1 },
    handler: () => rig.clock.after(50),
  })
  rig.putMany(100)
  await rig.start()
  await rig.clock.advance(500)
  // Another engine opens the same data.
  createMemoryStateStore({ backing: rig.backing })
  const before = JSON.stringify([...rig.backing.shards.values()])
  await rig.clock.advance(200)
  const calls = rig.calls.length
  await rig.clock.advance(HOUR)
  t.equal(JSON.stringify([...rig.backing.shards.values()]), before)
  t.equal(rig.calls.length, calls)
  t.match(rig.escalations, [{ type: 'checkpoint-fenced' }])
  t.match(rig.mapping.lastProcessingResult, /^PROBLEM: /)
})

t.test(
  'a full disk: what is not durable is delivered again when there is room; attempts begin again',
  async (t) => {
    let isFull = false
    const rig: EngineRig = new EngineRig({
      settings: { batchSize: 1, maximumRetryAttempts: 3 },
      handler: async ({ numbers }) => {
        await rig.clock.after(5)
        if (numbers[0] === 4) throw new Error('record 4')
      },
      beforeCall: (port) => (port === 'save' && isFull ? 'fail' : undefined),
    })
    rig.putMany(2)
    await rig.start()
    await rig.drain()
    isFull = true
    rig.putMany(4)
    await rig.clock.advance(200_000)
    t.match(rig.ledger(), { delivered: 2 })
    t.match(rig.mapping.lastProcessingResult, /^PROBLEM: cannot write/)
    isFull = false
    await rig.drain()
    t.match(rig.ledger(), { polled: 6, delivered: 5, dropped: 1, inFlight: 0 })
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test('a store that fails while the engine stops does not keep it from stopping', async (t) => {
  let isFull = false
  const rig: EngineRig = new EngineRig({
    settings: { batchSize: 2, parallelizationFactor: 3 },
    handler: async ({ numbers }) => {
      await rig.clock.after(20)
      if (numbers[0]! % 2 === 0) throw new Error('even')
    },
    beforeCall: (port) => (port === 'save' && isFull ? 'fail' : undefined),
  })
  rig.put(Array.from({ length: 30 }, (_, i) => `key-${i}`))
  await rig.start()
  await rig.clock.advance(10)
  isFull = true
  await rig.stop()
  t.notOk(rig.isRunning)
  isFull = false
  t.same(rig.violations({ drained: false }), [])
})

t.test('I10: a source that fails and throttles for a while is read when it is back', async (t) => {
  let isAway = true
  const rig = new EngineRig({
    pace: 'remote',
    beforeCall: (port) => (port === 'read' && isAway ? 'fail' : undefined),
  })
  rig.putMany(3)
  await rig.start()
  await rig.clock.advance(10 * 60_000)
  t.equal(rig.calls.length, 0)
  t.equal(rig.mapping.sourceFailure?.type, 'unreachable')
  t.ok(rig.ports.counts.read < 250, `${rig.ports.counts.read} reads in ten minutes`)
  isAway = false
  await rig.drain(10_000)
  t.equal(rig.trace, '123')
  t.equal(rig.mapping.sourceFailure, undefined)
  await rig.stop()
})

t.test(
  'a clock that is put back an hour holds up neither checkpoints nor batching windows',
  async (t) => {
    const rig = new EngineRig({ settings: { batchSize: 2, maximumBatchingWindowInSeconds: 5 } })
    rig.putMany(2)
    await rig.start()
    await rig.clock.advance(1000)
    rig.clock.jump(-HOUR)
    rig.putMany(1)
    await rig.clock.advance(5000)
    t.equal(rig.trace, '12, 3', 'the window is as long as it ever is')
    await rig.clock.advance(20)
    t.ok(rig.mapping.isCaughtUp, 'and all of it is durable')
    await rig.stop()
    t.same(rig.violations(), [])
  },
)

t.test(
  'D20: records that retention took before they were read are told, and stand outside the ledger',
  async (t) => {
    const rig = new EngineRig({ settings: { batchSize: 1 } })
    rig.putMany(4)
    rig.source.trim('shard-1' as never, rig.sequenceNumberOf(2))
    await rig.start()
    await rig.clock.advance(1000)
    t.equal(rig.trace, '3, 4')
    t.match(rig.ledger(), { polled: 2, delivered: 2, inFlight: 0 })
    await rig.stop()
    rig.putMany(3)
    rig.source.trim('shard-1' as never, rig.sequenceNumberOf(6))
    await rig.start()
    await rig.clock.advance(1000)
    t.equal(rig.trace, '3, 4, 7')
    t.match(rig.ledger(), { polled: 3, delivered: 3 })
    t.ok(rig.events.some(({ type }) => type === 'records-trimmed'))
    await rig.stop()
  },
)

t.test(
  'D20, D26: batches in hand whose records are gone are forgotten, the next ones are sound',
  async (t) => {
    const rig = new EngineRig({
      settings: { bisectBatchOnFunctionError: true, maximumRetryAttempts: 3 },
      handler: ({ numbers }) => {
        if (numbers.includes(1)) rig.crash()
      },
    })
    rig.putMany(4)
    // The first life cuts 1234; the next one writes ahead, dies, and leaves it in doubt; then it is split.
    for (let life = 0; life < 3; life++) await rig.start()
    rig.source.trim('shard-1' as never, rig.sequenceNumberOf(2))
    await rig.start()
    await rig.clock.advance(1000)
    t.ok(rig.isRunning)
    t.equal(rig.calls.at(-1)!.numbers.join(''), '34', 'they were not split for what others did')
    t.equal(rig.ledger().delivered, 2)
    await rig.stop()
  },
)

t.test('D20, D26: a batch that lost its first records is a new one', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 2, batchSize: 4 },
    handler: ({ numbers }) => {
      if (numbers.includes(4)) throw new Error('record 4')
    },
  })
  rig.putMany(5)
  await rig.start()
  await rig.clock.advance(250)
  t.equal(rig.trace, '1234, 1234')
  await rig.stop()
  rig.source.trim('shard-1' as never, rig.sequenceNumberOf(2))
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '1234, 1234, 34, 34, 34, 5', 'with a fresh budget')
  t.equal(new Set(rig.calls.map(({ requestId }) => requestId)).size, 3, 'and a new request id')
  t.same(rig.discarded, ['34 RetryAttemptsExhausted 3'])
  await rig.stop()
})

t.test('D6: a clock that is put back an hour makes a stuck lane hold up nobody', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { parallelizationFactor: 4, batchSize: 10 },
    readAhead: { lane: 1 << 16, shard: 1 << 18, process: 1 << 18 },
    pageRecordsMax: 100,
    handler: ({ records }) => {
      if (records.some(({ dynamodb }) => dynamodb.Keys.id.S === 'stuck')) throw new Error('stuck')
    },
  })
  rig.put(['stuck'])
  await rig.start()
  await rig.clock.advance(60_000)
  rig.clock.jump(-HOUR)
  const attempts = rig.calls.length
  for (let i = 0; i < 60; i++) {
    const keys = Array.from({ length: 50 }, (_, k) => (k % 2 === 0 ? 'stuck' : `key-${k % 30}`))
    rig.put(keys, 'shard-1', 200)
  }
  await rig.clock.advance(5000)
  const ofOthers = rig.calls.flatMap(({ records }) =>
    records.filter(({ dynamodb }) => dynamodb.Keys.id.S !== 'stuck'),
  )
  t.ok(ofOthers.length > 700, `${ofOthers.length} of 1500 were delivered`)
  const again = rig.calls.slice(attempts).filter(({ numbers }) => numbers[0] === 1)
  t.equal(again.length, 0, 'within one back-off of the stuck lane')
  await rig.stop()
  t.same(rig.violations({ drained: false }), [])
})

t.test('I10: a clock that jumps an hour ahead loses nothing and repeats nothing', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { parallelizationFactor: 3, batchSize: 4, maximumBatchingWindowInSeconds: 1 },
    handler: async ({ numbers }) => {
      await rig.clock.after(20)
      if (numbers.includes(7) && rig.calls.length < 20) throw new Error('record 7')
    },
  })
  await rig.start()
  for (let i = 0; i < 4; i++) {
    rig.put(['a', 'b', 'c', 'd', 'e'])
    await rig.clock.advance(10)
    rig.clock.jump(HOUR)
  }
  await rig.drain()
  t.match(rig.ledger(), { polled: 20, delivered: 20, inFlight: 0 })
  t.same(rig.violations(), [])
  await rig.stop()
})
