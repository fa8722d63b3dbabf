import t from 'tap'
import { EngineRig, type RigCall } from '../support/engine-rig.ts'

type Row = {
  readonly name: string
  readonly answer: (call: RigCall) => unknown
  readonly verdict: 'success' | 'failure'
}

const failures = (...items: readonly unknown[]) => ({ batchItemFailures: items })
const SUCCESS = 'success'
const FAILURE = 'failure'

/** aws-semantics §4.4, row by row, then D12. */
const ROWS: readonly Row[] = [
  { name: '{"batchItemFailures":[]} [D, N]', answer: () => failures(), verdict: SUCCESS },
  {
    name: '{"batchItemFailures":null} [D, N]',
    answer: () => ({ batchItemFailures: null }),
    verdict: SUCCESS,
  },
  { name: '{} [D, N]', answer: () => ({}), verdict: SUCCESS },
  { name: 'null [D, N]', answer: () => null, verdict: SUCCESS },
  { name: 'no return [D, N]', answer: () => undefined, verdict: SUCCESS },
  { name: '[] [N]', answer: () => [], verdict: SUCCESS },
  { name: '"" [N]', answer: () => '', verdict: SUCCESS },
  {
    name: 'itemIdentifier "" [D, N]',
    answer: () => failures({ itemIdentifier: '' }),
    verdict: FAILURE,
  },
  {
    name: 'itemIdentifier null [D, N]',
    answer: () => failures({ itemIdentifier: null }),
    verdict: FAILURE,
  },
  {
    name: 'itemIdentifier 123 [N]',
    answer: () => failures({ itemIdentifier: 123 }),
    verdict: FAILURE,
  },
  { name: 'wrong key {"foo":"x"} [D, N]', answer: () => failures({ foo: 'x' }), verdict: FAILURE },
  {
    name: 'wrong key {"foo":null} [D, N]',
    answer: () => failures({ foo: null }),
    verdict: FAILURE,
  },
  {
    name: 'identifier not in the batch [N]',
    answer: () => failures({ itemIdentifier: '999' }),
    verdict: FAILURE,
  },
  {
    name: 'exception [D, N]',
    answer: () => {
      throw new Error('exception')
    },
    verdict: FAILURE,
  },
  { name: 'timeout [D, N]', answer: () => new Promise(() => {}), verdict: FAILURE },
  {
    name: 'D12: an unknown identifier beside a known one',
    answer: ({ records }) =>
      failures({ itemIdentifier: records[2]!.dynamodb.SequenceNumber }, { itemIdentifier: '999' }),
    verdict: FAILURE,
  },
  { name: 'D12: a number', answer: () => 7, verdict: FAILURE },
  { name: 'D12: a non-empty string', answer: () => 'done', verdict: FAILURE },
  { name: 'D12: a non-empty list', answer: () => [1], verdict: FAILURE },
  { name: 'D12: false', answer: () => false, verdict: FAILURE },
  { name: 'D12: true', answer: () => true, verdict: FAILURE },
  {
    name: 'D12: batchItemFailures of another type',
    answer: () => ({ batchItemFailures: 'all' }),
    verdict: FAILURE,
  },
  {
    name: 'D12: batchItemFailures an object',
    answer: () => ({ batchItemFailures: {} }),
    verdict: FAILURE,
  },
  {
    name: 'D12: batchItemFailures absent beside others',
    answer: () => ({ ok: false }),
    verdict: SUCCESS,
  },
]

for (const { name, answer, verdict } of ROWS) {
  t.test(`aws-semantics §4.4: ${name} is a ${verdict}`, async (t) => {
    const rig = new EngineRig({
      settings: { maximumRetryAttempts: 0, functionResponseTypes: ['ReportBatchItemFailures'] },
      handler: answer,
    })
    rig.putMany(3)
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '123')
    const { delivered, dropped } = rig.ledger()
    t.same(
      { delivered, dropped },
      verdict === SUCCESS ? { delivered: 3, dropped: 0 } : { delivered: 0, dropped: 3 },
    )
    await rig.stop()
  })
}

t.test('§4.4 [D]: of several identifiers the lowest is the checkpoint', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 0, functionResponseTypes: ['ReportBatchItemFailures'] },
    handler: ({ numbers, records }) => {
      if (numbers.length < 4) return null
      const [, second, , fourth] = records.map(({ dynamodb }) => dynamodb.SequenceNumber)
      return failures({ itemIdentifier: fourth }, { itemIdentifier: second })
    },
  })
  rig.putMany(4)
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '1234, 234')
  t.equal(rig.ledger().delivered, 4)
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('§4.4 [N]: a bad response shows as functionError null with statusCode 200', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 0, functionResponseTypes: ['ReportBatchItemFailures'] },
    handler: () => failures({ itemIdentifier: '' }),
  })
  rig.putMany(1)
  await rig.start()
  await rig.drain()
  const [failed] = [...rig.backing.failed.values()]
  t.same(failed!.response, { statusCode: 200, executedVersion: '$LATEST', functionError: null })
  await rig.stop()
})

t.test('§4.4 [N]: without FunctionResponseTypes the body is ignored', async (t) => {
  for (const answer of [failures({ itemIdentifier: '' }), 7, 'done', [1], true]) {
    const rig = new EngineRig({ settings: { maximumRetryAttempts: 0 }, handler: () => answer })
    rig.putMany(2)
    await rig.start()
    await rig.drain()
    t.equal(rig.ledger().delivered, 2, JSON.stringify(answer))
    await rig.stop()
  }
})
