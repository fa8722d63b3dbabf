import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'

t.test(
  'aws-semantics §4.5 [N]: of six records the expired one is cut out, the other five go on',
  async (t) => {
    const rig = new EngineRig({ settings: { maximumRecordAgeInSeconds: 60 } })
    rig.putMany(1)
    await rig.clock.advance(61_000)
    rig.putMany(5)
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '23456')
    t.same(rig.discarded, ['1 RecordAgeExceeded 1'], 'one document with batchSize 1')
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  '§4.5 [N]: never sent, approximateInvokeCount is 1 and responseContext is absent',
  async (t) => {
    const rig = new EngineRig({ settings: { maximumRecordAgeInSeconds: 60 } })
    rig.putMany(2)
    await rig.clock.advance(61_000)
    await rig.start()
    await rig.drain()
    const [failed, ...others] = [...rig.backing.failed.values()]
    t.same(others, [], 'records that expire together make one document')
    t.equal(rig.trace, '')
    t.equal(failed!.approximateInvokeCount, 1)
    t.equal(failed!.response, undefined)
    t.match(failed!.requestId, /^[0-9a-f]{8}-/, 'it has a request id nevertheless')
    t.equal(failed!.recordCount, 2)
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test('§4.5 [N]: expired while retrying, with retries without end', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRecordAgeInSeconds: 60 },
    handler: () => {
      throw new Error('always')
    },
  })
  rig.putMany(1)
  await rig.start()
  await rig.drain()
  const [failed] = [...rig.backing.failed.values()]
  t.equal(failed!.condition, 'RecordAgeExceeded')
  t.equal(rig.calls.length, 9, '200 ms doubled: nine attempts begin within a minute')
  t.equal(failed!.approximateInvokeCount, 9)
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test(
  '§4.5 [I]: the age is checked before every attempt, and cuts a batch while it is retried',
  async (t) => {
    const rig = new EngineRig({
      settings: { maximumRecordAgeInSeconds: 60 },
      handler: ({ numbers }) => {
        if (numbers.includes(1)) throw new Error('record 1')
      },
    })
    rig.putMany(1)
    await rig.clock.advance(30_000)
    rig.putMany(1)
    await rig.start()
    await rig.drain()
    t.equal(rig.calls.at(-1)!.numbers.join(), '2', 'the rest goes on as a batch of its own')
    t.same(rig.discarded, [`1 RecordAgeExceeded ${rig.calls.length - 1}`])
    t.not(rig.calls.at(-1)!.requestId, rig.calls[0]!.requestId)
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  '§4.5, D19: the age counts from when the stream got the record, not from its own time',
  async (t) => {
    const rig = new EngineRig({ settings: { maximumRecordAgeInSeconds: 60 } })
    rig.source.put('shard-1' as never, [
      {
        dynamodb: {
          ApproximateCreationDateTime: 1_000_000_000,
          Keys: { id: { S: 'k' } },
          NewImage: { id: { S: 'k' }, number: { N: '1' } },
        },
      },
    ])
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '1', 'recorded long ago, put now')
    t.equal(rig.calls[0]!.records[0]!.dynamodb.ApproximateCreationDateTime, 1_000_000_000)
    await rig.stop()
  },
)

t.test('§4.5 [D]: records that retention took make no document and count as nothing', async (t) => {
  const rig = new EngineRig({ settings: { maximumRecordAgeInSeconds: 60 } })
  rig.putMany(3)
  rig.source.trim('shard-1' as never, rig.sequenceNumberOf(2))
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '3')
  t.same(rig.discarded, [])
  const { polled, dropped } = rig.ledger()
  t.same({ polled, dropped }, { polled: 1, dropped: 0 })
  await rig.stop()
})

t.test('§4.1 [D]: a throttle waits, spends no attempt and splits nothing', async (t) => {
  let throttles = 5
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 0, bisectBatchOnFunctionError: true },
    throttle: () => (throttles-- > 0 ? 'TooManyRequests' : undefined),
  })
  rig.putMany(2)
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '12')
  t.equal(rig.ledger().delivered, 2)
  await rig.stop()
})

t.test('a lane that was throttled says until when it waits', async (t) => {
  let throttles = 1
  const rig = new EngineRig({
    throttle: () => (throttles-- > 0 ? 'TooManyRequests' : undefined),
  })
  rig.putMany(3)
  await rig.start()
  await rig.clock.advance(10)
  const lanes = () => rig.mapping.explainShards().flatMap((shard) => shard.lanes)
  const [report, ...others] = lanes()
  t.match(report, { condition: 'backing-off', queued: 3 })
  t.ok(report!.retryAt! > rig.clock.now())
  t.same(others, [])
  await rig.drain()
  t.same(lanes(), [])
  await rig.stop()
})

t.test('§4.1 [D]: what is throttled for ever goes by its age', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRecordAgeInSeconds: 60, maximumRetryAttempts: 0 },
    throttle: () => 'TooManyRequests',
  })
  rig.putMany(2)
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '')
  t.same(rig.discarded, ['12 RecordAgeExceeded 1'])
  await rig.stop()
})
