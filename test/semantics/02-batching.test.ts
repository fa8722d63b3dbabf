import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'

const MB = 1024 * 1024
/** D6. */
const ENOUGH = { lane: 12 * MB, shard: 64 * MB, process: 128 * MB }

t.test(
  'aws-semantics §2 [N]: batch size 2, window 5 s, five records: [1,2], [3,4], [5] after the window',
  async (t) => {
    const rig = new EngineRig({ settings: { batchSize: 2, maximumBatchingWindowInSeconds: 5 } })
    rig.putMany(5)
    await rig.start()
    t.equal(rig.trace, '12, 34', 'full batches do not wait')
    await rig.clock.advance(4999)
    t.equal(rig.calls.length, 2)
    await rig.clock.advance(1)
    t.equal(rig.trace, '12, 34, 5')
    t.equal(rig.calls[2]!.at - rig.calls[1]!.at, 5000)
    await rig.stop()
  },
)

t.test('§2 [D]: the next window begins when the invocation before it completes', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { batchSize: 2, maximumBatchingWindowInSeconds: 5 },
    handler: () => rig.clock.after(1000),
  })
  rig.putMany(3)
  await rig.start()
  await rig.clock.advance(10_000)
  t.equal(rig.trace, '12, 3')
  t.equal(
    rig.calls[1]!.at - rig.calls[0]!.at,
    6000,
    'one second of the handler and five of the window',
  )
  await rig.stop()
})

t.test('§2 [D]: a window that is filled ends at once', async (t) => {
  const rig = new EngineRig({ settings: { batchSize: 3, maximumBatchingWindowInSeconds: 300 } })
  rig.putMany(2)
  await rig.start()
  await rig.clock.advance(100_000)
  t.equal(rig.trace, '')
  rig.putMany(1)
  await rig.clock.settle()
  t.equal(rig.trace, '123')
  await rig.stop()
})

t.test('D29: the window after one that elapsed empty begins with the first record', async (t) => {
  const rig = new EngineRig({ settings: { batchSize: 10, maximumBatchingWindowInSeconds: 5 } })
  rig.putMany(1)
  await rig.start()
  await rig.clock.advance(5000)
  t.equal(rig.trace, '1', 'the very first window begins with the first record, too')
  await rig.clock.advance(12_000)
  rig.putMany(1)
  const put = rig.clock.now()
  await rig.clock.advance(4999)
  t.equal(rig.calls.length, 1)
  await rig.clock.advance(1)
  t.equal(rig.calls[1]!.at - put, 5000)
  await rig.stop()
})

t.test(
  '§2 [D]: a record that comes within the window after an invocation waits for its end only',
  async (t) => {
    const rig = new EngineRig({ settings: { batchSize: 2, maximumBatchingWindowInSeconds: 5 } })
    rig.putMany(2)
    await rig.start()
    await rig.clock.advance(3000)
    rig.putMany(1)
    await rig.clock.advance(2000)
    t.equal(rig.trace, '12, 3')
    t.equal(rig.calls[1]!.at - rig.calls[0]!.at, 5000)
    await rig.stop()
  },
)

t.test('§2 [D]: without a batching window a single record that waits is a batch', async (t) => {
  const rig = new EngineRig({ settings: { batchSize: 100 } })
  await rig.start()
  for (const expected of ['1', '1, 2', '1, 2, 3']) {
    rig.putMany(1)
    await rig.clock.settle()
    t.equal(rig.trace, expected)
  }
  await rig.stop()
})

t.test('§2 [D]: records that wait while the function runs form the next batch', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { batchSize: 100 },
    handler: () => rig.clock.after(100),
  })
  await rig.start()
  rig.putMany(1)
  await rig.clock.settle()
  rig.putMany(2)
  await rig.clock.settle()
  rig.putMany(3)
  await rig.drain()
  t.equal(rig.trace, '1, 23456')
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('§2 [D, N]: the serialized event stays within 6 MB', async (t) => {
  const rig = new EngineRig({ settings: { batchSize: 100 }, readAhead: ENOUGH })
  rig.put(Array(14).fill('k'), 'shard-1', MB)
  await rig.start()
  await rig.drain()
  const sizes = rig.calls.map(({ event }) => Buffer.byteLength(JSON.stringify(event)))
  t.same(
    rig.calls.map(({ numbers }) => numbers.length),
    [5, 5, 4],
  )
  for (const size of sizes) t.ok(size <= 6 * MB, `${size} bytes`)
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('§2 [D]: an event that is full by its size does not wait for the window', async (t) => {
  const rig = new EngineRig({
    settings: { batchSize: 100, maximumBatchingWindowInSeconds: 300 },
    readAhead: ENOUGH,
  })
  rig.put(Array(6).fill('k'), 'shard-1', MB)
  await rig.start()
  t.same(
    rig.calls.map(({ numbers }) => numbers.length),
    [5],
  )
  await rig.stop()
})

t.test(
  '§2 [N]: a record too large for an event is never sent: its attempts count, then it is discarded',
  async (t) => {
    const rig = new EngineRig({ settings: { maximumRetryAttempts: 2 }, readAhead: ENOUGH })
    rig.putMany(1)
    rig.put(['k'], 'shard-1', 6 * MB)
    rig.putMany(1)
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '1, 3')
    t.same(rig.discarded, ['2 RetryAttemptsExhausted 3'])
    t.equal([...rig.backing.failed.values()][0]!.response, undefined, 'no responseContext')
    await rig.stop()
  },
)

t.test('§2 [N]: nor is it sent after a restart in the midst of its attempts', async (t) => {
  const rig = new EngineRig({ settings: { maximumRetryAttempts: 2 }, readAhead: ENOUGH })
  rig.put(['k'], 'shard-1', 6 * MB)
  rig.putMany(1)
  await rig.start()
  await rig.stop()
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '2')
  t.same(rig.discarded, ['1 RetryAttemptsExhausted 3'])
  await rig.stop()
})

t.test('§2 [D]: a batch holds records of one shard', async (t) => {
  const rig = new EngineRig({ shards: ['shard-1', 'shard-2'] })
  rig.putMany(2, 'a', 'shard-1')
  rig.putMany(2, 'b', 'shard-2')
  await rig.start()
  await rig.drain()
  t.same(rig.trace.split(', ').sort(), ['12', '34'])
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('§2 [D]: an empty result does not invoke the function', async (t) => {
  const rig = new EngineRig({ pace: 'remote' })
  await rig.start()
  await rig.clock.advance(60_000)
  t.ok(rig.ports.counts.read >= 200, 'it was polled four times a second')
  t.equal(rig.calls.length, 0)
  await rig.stop()
})

t.test('§2 [D]: while records keep coming, pages are read back to back', async (t) => {
  const rig = new EngineRig({ pace: 'remote', pageRecordsMax: 10 })
  rig.putMany(200)
  await rig.start()
  t.equal(rig.calls.flatMap(({ numbers }) => numbers).length, 200, 'no time passed')
  await rig.stop()
})

t.test(
  'a handler may spoil its event: the next attempt sees the records as they are',
  async (t) => {
    const seen: string[] = []
    const rig = new EngineRig({
      settings: { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true },
      handler: ({ event }) => {
        const { Records: records } = event as { Records: { eventID: string; dynamodb?: unknown }[] }
        seen.push(records.map(({ eventID }) => Number(eventID.slice(-3))).join(''))
        for (const record of records) record.eventID = 'spoilt'
        records.splice(0, 2)
        throw new Error('always')
      },
    })
    rig.putMany(4)
    await rig.start()
    await rig.drain()
    t.equal(seen.join(', '), '1234, 12, 1, 1, 2, 2, 34, 3, 3, 4, 4')
    t.equal(rig.ledger().dropped, 4)
    t.same(rig.violations(), [])
    await rig.stop()
  },
)
