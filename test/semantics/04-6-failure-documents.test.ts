import t from 'tap'
import {
  failureDocument,
  failureDocumentWithPayload,
} from '../../lib/core/destination/failure-document.ts'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import { EngineRig, type RigOptions } from '../support/engine-rig.ts'

const DESTINATION = 'arn:aws:sqs:us-east-1:000000000000:failed'

async function failing(
  settings: Partial<MappingSettings>,
  options: RigOptions = {},
): Promise<EngineRig> {
  const rig = new EngineRig({
    handler: () => {
      throw new Error('always')
    },
    ...options,
    settings: { onFailureDestination: DESTINATION, maximumRetryAttempts: 1, ...settings },
  })
  rig.putMany(2)
  await rig.clock.advance(1500)
  rig.putMany(1)
  await rig.start()
  return rig.drain()
}

t.test(
  'aws-semantics §4.6 [N]: the document of RetryAttemptsExhausted, member by member in order',
  async (t) => {
    const rig = await failing({})
    const [{ failed } = { failed: undefined }] = rig.delivered
    const document = failureDocument(failed!)
    t.equal(
      document,
      JSON.stringify({
        requestContext: {
          requestId: rig.calls[0]!.requestId,
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:on-order',
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 2,
        },
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          functionError: 'Unhandled',
        },
        version: '1.0',
        timestamp: new Date(failed!.discardedAt).toISOString(),
        DDBStreamBatchInfo: {
          shardId: 'shard-1',
          startSequenceNumber: rig.sequenceNumberOf(1),
          endSequenceNumber: rig.sequenceNumberOf(3),
          approximateArrivalOfFirstRecord: '2026-01-02T03:04:05Z',
          approximateArrivalOfLastRecord: '2026-01-02T03:04:06Z',
          batchSize: 3,
          streamArn:
            'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000',
        },
      }),
    )
    t.match(JSON.parse(document).timestamp, /\.\d{3}Z$/, 'with milliseconds')
    await rig.stop()
  },
)

t.test(
  '§4.6 [D, N]: with payload the whole event stands in it as an escaped JSON string',
  async (t) => {
    const rig = await failing({})
    const document = JSON.parse(failureDocumentWithPayload(rig.delivered[0]!.failed))
    t.same(Object.keys(document), [
      'requestContext',
      'responseContext',
      'version',
      'payload',
      'timestamp',
      'DDBStreamBatchInfo',
    ])
    t.same(JSON.parse(document.payload), rig.calls[0]!.event)
    await rig.stop()
  },
)

t.test('§4.6 [N]: responseContext is left out for RecordAgeExceeded', async (t) => {
  const rig = await failing({ maximumRecordAgeInSeconds: 60, maximumRetryAttempts: -1 })
  for (const { failed } of rig.delivered) {
    const document = JSON.parse(failureDocument(failed))
    t.same(Object.keys(document), ['requestContext', 'version', 'timestamp', 'DDBStreamBatchInfo'])
    t.equal(document.requestContext.condition, 'RecordAgeExceeded')
  }
  t.ok(rig.delivered.length > 0)
  await rig.stop()
})

t.test(
  '§4.6 [N]: functionError is null for a bad response body, Unhandled for a timeout',
  async (t) => {
    const partial = { functionResponseTypes: ['ReportBatchItemFailures'] } as const
    const bad = await failing(partial, { handler: () => 7 })
    t.equal(
      JSON.parse(failureDocument(bad.delivered[0]!.failed)).responseContext.functionError,
      null,
    )
    await bad.stop()
    const slow = await failing({}, { handler: () => new Promise(() => {}) })
    const late = JSON.parse(failureDocument(slow.delivered[0]!.failed))
    t.equal(late.responseContext.functionError, 'Unhandled')
    await slow.stop()
  },
)

t.test('§4.6 [D]: one document for each discarded batch, not for each record', async (t) => {
  const whole = await failing({})
  t.equal(whole.delivered.length, 1)
  t.equal(whole.delivered[0]!.failed.recordCount, 3)
  await whole.stop()
  const split = await failing({ bisectBatchOnFunctionError: true })
  t.same(
    split.delivered.map(({ failed }) => failed.recordCount),
    [1, 1, 1],
  )
  await split.stop()
})

t.test('§4.6, D25, D42: with a destination records are sent, without one dropped', async (t) => {
  const sent = await failing({})
  t.match(sent.ledger(), { polled: 3, sent: 3, dropped: 0, inFlight: 0 })
  await sent.stop()
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 0 },
    handler: () => {
      throw new Error('always')
    },
  })
  rig.putMany(3)
  await rig.start()
  await rig.drain()
  t.match(rig.ledger(), { polled: 3, sent: 0, dropped: 3, inFlight: 0 })
  await rig.stop()
})

t.test(
  '§4.6, D16: a destination that fails is tried until it accepts; the shard goes on meanwhile',
  async (t) => {
    let refusals = 6
    const rig = new EngineRig({
      settings: { onFailureDestination: DESTINATION, maximumRetryAttempts: 0, batchSize: 1 },
      handler: ({ numbers }) => {
        if (numbers[0] === 1) throw new Error('record 1')
      },
      beforeCall: (port) => (port === 'destination' && refusals-- > 0 ? 'fail' : undefined),
    })
    rig.putMany(3)
    await rig.start()
    t.equal(rig.trace, '1, 2, 3', 'the shard does not wait for the destination')
    t.equal(rig.delivered.length, 0)
    t.equal(rig.ledger().sent, 1, 'sent = its document is in the outbox')
    await rig.drain()
    t.equal(rig.delivered.length, 1)
    await rig.stop()
  },
)

t.test('D16: the outbox survives a crash, and delivers at least once', async (t) => {
  const rig = new EngineRig({
    settings: { onFailureDestination: DESTINATION, maximumRetryAttempts: 0 },
    handler: () => {
      throw new Error('always')
    },
    beforeCall: (port, number) => (port === 'destination' && number === 1 ? 'crash' : undefined),
  })
  rig.putMany(2)
  await rig.start()
  await rig.clock.advance(1000)
  t.notOk(rig.isRunning)
  t.equal(rig.delivered.length, 0)
  await rig.start()
  await rig.drain()
  t.equal(rig.delivered.length, 1)
  t.same(rig.violations(), [])
  await rig.stop()
})
