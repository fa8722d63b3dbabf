import fc from 'fast-check'
import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'
import { holds } from '../support/property.ts'

/** Records of these keys are delivered. */
const patternsFor = (...keys: string[]) => [
  JSON.stringify({ dynamodb: { Keys: { id: { S: keys } } } }),
]

/** Whether the records of each key came in order, repeats left out. */
function isInOrder(rig: EngineRig, keys: readonly string[]): boolean {
  const last = new Map<string, number>()
  const seen = new Set<number>()
  for (const number of rig.calls.flatMap((call) => call.numbers)) {
    if (seen.has(number)) continue
    seen.add(number)
    const key = keys[number - 1]!
    if (number < (last.get(key) ?? 0)) return false
    last.set(key, number)
  }
  return true
}

t.test(
  '§7.5: what does not match is never delivered, is counted, and moves the position on',
  async (t) => {
    const rig = new EngineRig({ settings: { filterPatterns: patternsFor('a') } })
    rig.put(['a', 'b', 'a', 'c', 'b'])
    await rig.start()
    await rig.drain()
    t.same(rig.calls.flatMap(({ numbers }) => numbers).sort(), [1, 3])
    t.match(rig.ledger(), { polled: 5, delivered: 2, filtered: 3, inFlight: 0 })
    await rig.stop()
    await rig.start()
    await rig.drain()
    t.equal(rig.calls.flatMap(({ numbers }) => numbers).length, 2)
    t.match(rig.ledger(), { polled: 5, delivered: 2, filtered: 3 })
    await rig.stop()
  },
)

t.test('§7.5 [N]: the handler gets the original record, unchanged', async (t) => {
  const recordsOf = async (filterPatterns: readonly string[]) => {
    const rig = new EngineRig({ settings: { filterPatterns } })
    rig.put(['a', 'b', 'a'])
    await rig.start()
    await rig.drain()
    await rig.stop()
    return rig.calls.flatMap(({ records }) => records).map((record) => JSON.stringify(record))
  }
  const all = await recordsOf([])
  const passing = await recordsOf(patternsFor('a'))
  t.strictSame(
    passing.toSorted(),
    all.filter((record) => record.includes('"Keys":{"id":{"S":"a"}}')).toSorted(),
  )
  t.equal(passing.length, 2)
})

t.test('§7.5: batches of filtered records alone invoke nothing', async (t) => {
  const rig = new EngineRig({ settings: { filterPatterns: patternsFor('a'), batchSize: 10 } })
  rig.putMany(1000, 'b')
  await rig.start()
  await rig.drain()
  t.equal(rig.calls.length, 0)
  t.match(rig.ledger(), { polled: 1000, filtered: 1000 })
  await rig.stop()
})

t.test('D5: BatchSize counts what is left', async (t) => {
  const rig = new EngineRig({
    settings: { filterPatterns: patternsFor('a'), batchSize: 3, parallelizationFactor: 1 },
  })
  rig.put(Array.from({ length: 60 }, (_, i) => (i % 10 === 0 ? 'a' : 'b')))
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '1.11.21, 31.41.51')
  await rig.stop()
})

t.test(
  'D5: a batching window waits for records that are delivered, not for those that are not',
  async (t) => {
    const rig = new EngineRig({
      settings: {
        filterPatterns: patternsFor('a'),
        batchSize: 2,
        parallelizationFactor: 1,
        maximumBatchingWindowInSeconds: 60,
      },
    })
    rig.put(['b', 'b', 'a', 'b', 'b'])
    await rig.start()
    await rig.clock.advance(30_000)
    t.equal(rig.trace, '')
    rig.put(['b', 'a'])
    await rig.clock.advance(1000)
    t.equal(rig.trace, '37')
    await rig.stop()
  },
)

t.test(
  'D5, D6: while its function is busy, a lane gathers a full batch of what few match',
  async (t) => {
    let release = (): void => {}
    const busy = new Promise<void>((resolve) => {
      release = resolve
    })
    const rig = new EngineRig({
      settings: { filterPatterns: patternsFor('a'), batchSize: 20, parallelizationFactor: 1 },
      handler: () => busy,
      pageRecordsMax: 100,
    })
    rig.put(Array.from({ length: 3000 }, (_, i) => (i % 50 === 0 ? 'a' : 'b')))
    await rig.start()
    await rig.clock.settle()
    t.equal(rig.calls.length, 1)
    release()
    await rig.drain()
    t.equal(rig.calls[1]!.numbers.length, 20)
    t.match(rig.ledger(), { polled: 3000, delivered: 60, filtered: 2940, inFlight: 0 })
    await rig.stop()
  },
)

t.test('§7.1: filters are ORed', async (t) => {
  const rig = new EngineRig({
    settings: { filterPatterns: [...patternsFor('a'), ...patternsFor('c')] },
  })
  rig.put(['a', 'b', 'c'])
  await rig.start()
  await rig.drain()
  t.same(rig.calls.flatMap(({ numbers }) => numbers).sort(), [1, 3])
  await rig.stop()
})

t.test('D5: retries, splits and partial responses speak of delivered records only', async (t) => {
  const rig = new EngineRig({
    settings: {
      filterPatterns: patternsFor('a'),
      parallelizationFactor: 1,
      maximumRetryAttempts: 1,
      bisectBatchOnFunctionError: true,
    },
    handler: ({ numbers }) => {
      if (numbers.includes(5)) throw new Error('record 5')
    },
  })
  rig.put(['b', 'a', 'b', 'a', 'a', 'b', 'a', 'b'])
  await rig.start()
  await rig.drain()
  t.same(rig.discarded, ['5 RetryAttemptsExhausted 2'])
  t.match(rig.ledger(), { polled: 8, delivered: 3, filtered: 4, dropped: 1, inFlight: 0 })
  await rig.stop()
})

t.test(
  'with filters the ledger balances and each key keeps its order, through crashes and failures',
  async (t) => {
    const plan = fc.record({
      keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 60 }),
      passing: fc.subarray(['a', 'b', 'c', 'd', 'e'], { minLength: 1 }),
      batchSize: fc.integer({ min: 1, max: 7 }),
      factor: fc.integer({ min: 1, max: 10 }),
      bisect: fc.boolean(),
      failing: fc.integer({ min: 0, max: 10 }),
      crashAfterMs: fc.integer({ min: 0, max: 2000 }),
    })
    const property = fc.asyncProperty(plan, async (plan) => {
      const { keys, passing, failing } = plan
      const rig: EngineRig = new EngineRig({
        settings: {
          filterPatterns: patternsFor(...passing),
          batchSize: plan.batchSize,
          parallelizationFactor: plan.factor,
          bisectBatchOnFunctionError: plan.bisect,
          maximumRetryAttempts: 2,
        },
        handler: async ({ numbers }) => {
          await rig.clock.after(20)
          if (numbers.some((number) => number % 11 === failing)) throw new Error('poison')
        },
      })
      const numbers = rig.put(keys)
      await rig.start()
      await rig.clock.advance(plan.crashAfterMs)
      rig.crash()
      await rig.start()
      await rig.drain()
      const { polled, delivered, filtered, dropped, inFlight } = rig.ledger()
      const wanted = numbers.filter((_, i) => passing.includes(keys[i]!))
      const seen = new Set(rig.calls.flatMap((call) => call.numbers))
      await rig.stop()
      return (
        inFlight === 0 &&
        polled === keys.length &&
        filtered === keys.length - wanted.length &&
        delivered + dropped === wanted.length &&
        seen.size === wanted.length &&
        wanted.every((number) => seen.has(number)) &&
        isInOrder(rig, keys)
      )
    })
    await holds(t, property, { runs: 150 })
  },
)
