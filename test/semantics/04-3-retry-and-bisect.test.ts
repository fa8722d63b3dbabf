import t from 'tap'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import { EngineRig, type RigCall } from '../support/engine-rig.ts'

const PARTIAL = { functionResponseTypes: ['ReportBatchItemFailures'] } as const

/** Record 2 always fails: reported where the function may report, thrown where not. */
const poison =
  (partial: boolean) =>
  ({ numbers, records }: RigCall): unknown => {
    const index = numbers.indexOf(2)
    if (index < 0) return partial ? { batchItemFailures: [] } : null
    if (!partial) throw new Error('record 2')
    return { batchItemFailures: [{ itemIdentifier: records[index]!.dynamodb.SequenceNumber }] }
  }

async function run(settings: Partial<MappingSettings>): Promise<EngineRig> {
  const partial = settings.functionResponseTypes !== undefined
  const rig = new EngineRig({ settings, handler: poison(partial) })
  rig.putMany(4)
  await rig.start()
  return rig.drain()
}

const ROWS: readonly {
  readonly name: string
  readonly settings: Partial<MappingSettings>
  readonly invocations: string
  readonly discarded: string
}[] = [
  {
    name: 'row 1 [N]: retries 2',
    settings: { maximumRetryAttempts: 2 },
    invocations: '1234, 1234, 1234',
    discarded: '1234 RetryAttemptsExhausted 3',
  },
  {
    name: 'row 2 [N]: retries 1 + bisect',
    settings: { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true },
    invocations: '1234, 12, 1, 2, 2, 34',
    discarded: '2 RetryAttemptsExhausted 2',
  },
  {
    name: 'row 3 [N]: retries 1 + partial responses',
    settings: { maximumRetryAttempts: 1, ...PARTIAL },
    invocations: '1234, 234, 234',
    discarded: '234 RetryAttemptsExhausted 2',
  },
  {
    name: 'row 4 [N]: retries 1 + partial responses + bisect',
    settings: { maximumRetryAttempts: 1, ...PARTIAL, bisectBatchOnFunctionError: true },
    invocations: '1234, 234, 2, 2, 34',
    discarded: '2 RetryAttemptsExhausted 2',
  },
]

for (const { name, settings, invocations, discarded } of ROWS) {
  t.test(`aws-semantics §4.3 ${name}`, async (t) => {
    const rig = await run(settings)
    t.equal(rig.trace, invocations)
    t.same(rig.discarded, [discarded])
    t.same(rig.violations(), [])
    await rig.stop()
  })
}

t.test('§4.3 rule 1 [N]: attempts are retries + 1', async (t) => {
  for (const retries of [0, 1, 2, 3]) {
    const rig = await run({ maximumRetryAttempts: retries })
    t.same(rig.discarded, [`1234 RetryAttemptsExhausted ${retries + 1}`])
    t.equal(rig.calls.length, retries + 1)
    await rig.stop()
  }
})

t.test('§4.3 rule 2 [N]: split at once, floor(n/2) first, depth first', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 0, bisectBatchOnFunctionError: true },
    handler: ({ numbers }) => {
      if (numbers.includes(5) || numbers.includes(2)) throw new Error('2 or 5')
    },
  })
  rig.putMany(5)
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '12345, 12, 1, 2, 345, 3, 45, 4, 5')
  t.same(rig.discarded, ['2 RetryAttemptsExhausted 1', '5 RetryAttemptsExhausted 1'])
  t.equal(rig.ledger().splits, 4)
  t.equal(rig.ledger().retries, 0, 'a split is no retry')
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('§4.3 rule 3 [N]: only a batch of one record spends the quota', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true },
    handler: () => {
      throw new Error('always')
    },
  })
  rig.putMany(2)
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '12, 1, 1, 1, 2, 2, 2')
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test(
  '§4.3 rule 4 [N]: the suffix of a partial success is a new batch with a fresh budget',
  async (t) => {
    const fails = [4, 3, 3, 3]
    const rig = new EngineRig({
      settings: { maximumRetryAttempts: 1, ...PARTIAL },
      handler: ({ numbers, records }) => {
        const index = numbers.indexOf(fails.shift() ?? 0)
        if (index < 0) return {}
        return { batchItemFailures: [{ itemIdentifier: records[index]!.dynamodb.SequenceNumber }] }
      },
    })
    rig.putMany(4)
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '1234, 4')
    t.equal(new Set(rig.calls.map(({ requestId }) => requestId)).size, 2, 'with a new request id')
    await rig.stop()
  },
)

t.test(
  '§4.3 rule 5 [N]: the first record reported is no progress, but a failed attempt',
  async (t) => {
    const report = ({ numbers, records }: RigCall) =>
      numbers.includes(1)
        ? { batchItemFailures: [{ itemIdentifier: records[0]!.dynamodb.SequenceNumber }] }
        : {}
    const retried = new EngineRig({
      settings: { maximumRetryAttempts: 1, ...PARTIAL },
      handler: report,
    })
    retried.putMany(4)
    await retried.start()
    await retried.drain()
    t.equal(retried.trace, '1234, 1234', 'a retry')
    t.equal(new Set(retried.calls.map(({ requestId }) => requestId)).size, 1)
    t.same(retried.discarded, ['1234 RetryAttemptsExhausted 2'])
    await retried.stop()
    const split = new EngineRig({
      settings: { maximumRetryAttempts: 1, ...PARTIAL, bisectBatchOnFunctionError: true },
      handler: report,
    })
    split.putMany(4)
    await split.start()
    await split.drain()
    t.equal(split.trace, '1234, 12, 1, 1, 2, 34', 'or a split, when bisect is on')
    t.same(split.discarded, ['1 RetryAttemptsExhausted 2'])
    await split.stop()
  },
)

t.test(
  '§4.3 rule 6 [N]: with bisect the cut is at the reported record; halves only without progress',
  async (t) => {
    const rig = new EngineRig({
      settings: { maximumRetryAttempts: 0, ...PARTIAL, bisectBatchOnFunctionError: true },
      handler: ({ numbers, records }) => {
        const index = numbers.indexOf(4)
        if (index < 0) return {}
        return { batchItemFailures: [{ itemIdentifier: records[index]!.dynamodb.SequenceNumber }] }
      },
    })
    rig.putMany(8)
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '12345678, 45678, 45, 4, 5, 678')
    t.equal(rig.ledger().splits, 2, 'a cut is no split')
    t.same(rig.discarded, ['4 RetryAttemptsExhausted 1'])
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  '§4.2 [N]: retries of an unchanged batch share a request id, halves get new ones',
  async (t) => {
    const rig = await run({ maximumRetryAttempts: 1, bisectBatchOnFunctionError: true })
    const ids = new Map<string, string[]>()
    for (const { numbers, requestId } of rig.calls)
      ids.set(requestId, [...(ids.get(requestId) ?? []), numbers.join('')])
    t.same([...ids.values()], [['1234'], ['12'], ['1'], ['2', '2'], ['34']])
    await rig.stop()
  },
)

t.test(
  '§4.2 [N], D1: no wait after a split or a partial success; 200 ms doubled after a failure',
  async (t) => {
    const rig = new EngineRig({
      settings: { maximumRetryAttempts: 3, bisectBatchOnFunctionError: true },
      handler: poison(false),
    })
    rig.putMany(4)
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '1234, 12, 1, 2, 2, 2, 2, 34')
    const gaps = rig.calls.slice(1).map(({ at }, i) => at - rig.calls[i]!.at)
    t.same([gaps[0], gaps[1], gaps[2], gaps[6]], [0, 0, 0, 0], 'splits and the next half')
    for (const [i, wait] of [200, 400, 800].entries()) {
      const gap = gaps[3 + i]!
      t.ok(gap >= wait * 0.9 && gap <= wait * 1.1, `${gap} is ${wait} ms +-10 %`)
    }
    await rig.stop()
  },
)

t.test('§4.3 [D]: an exception splits also where partial responses are on', async (t) => {
  const rig = new EngineRig({
    settings: { maximumRetryAttempts: 0, ...PARTIAL, bisectBatchOnFunctionError: true },
    handler: ({ numbers }) => {
      if (numbers.includes(2)) throw new Error('2')
    },
  })
  rig.putMany(4)
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '1234, 12, 1, 2, 34')
  await rig.stop()
})
