import t from 'tap'
import { EngineRig, type RigOptions } from '../support/engine-rig.ts'

const failing = () => {
  throw new Error('always')
}

/** A rig whose process dies whenever one of these records is invoked. */
function deadly(numbers: readonly number[], options: RigOptions): EngineRig {
  const rig: EngineRig = new EngineRig({
    ...options,
    handler: (call) => {
      if (call.numbers.some((number) => numbers.includes(number))) rig.crash()
    },
  })
  return rig
}

/** Starts it again until it lives. @returns how often it was started. */
async function revive(rig: EngineRig, startsMax: number): Promise<number> {
  for (let starts = 1; starts <= startsMax; starts++) {
    await rig.start()
    await rig.clock.advance(120_000)
    if (rig.isRunning) return starts
  }
  throw new Error(`it still dies after ${startsMax} starts`)
}

t.test('D15: attempts outlast a clean stop', async (t) => {
  const rig = new EngineRig({ settings: { maximumRetryAttempts: 3 }, handler: failing })
  rig.putMany(2)
  await rig.start()
  await rig.clock.advance(300)
  t.equal(rig.calls.length, 2)
  await rig.stop()
  await rig.start()
  await rig.drain()
  t.equal(rig.calls.length, 4, 'retries + 1 in all')
  t.equal(new Set(rig.calls.map(({ requestId }) => requestId)).size, 1, 'with one request id')
  t.same(rig.discarded, ['12 RetryAttemptsExhausted 4'])
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('D15: attempts outlast a crash, with at most one attempt more', async (t) => {
  for (const call of [1, 2, 3, 4]) {
    const rig: EngineRig = new EngineRig({
      settings: { maximumRetryAttempts: 2 },
      handler: () => {
        if (rig.calls.length === call) rig.crash()
        throw new Error('always')
      },
    })
    rig.putMany(2)
    await revive(rig, 2)
    await rig.drain()
    t.ok(rig.calls.length <= 4, `${rig.calls.length} invocations, crash in number ${call}`)
    t.equal(rig.ledger().dropped, 2)
    t.same(rig.violations(), [])
    await rig.stop()
  }
})

t.test('D15: a record that kills the process runs out of retries', async (t) => {
  const rig = deadly([2], { settings: { maximumRetryAttempts: 2, batchSize: 1 } })
  rig.putMany(3)
  const starts = await revive(rig, 10)
  t.ok(
    starts <= 5,
    `${starts} starts: retries + 1, one more for the first death, and the last that lives`,
  )
  await rig.drain()
  t.match(rig.discarded[0], /^2 RetryAttemptsExhausted/)
  t.match(rig.ledger(), { delivered: 2, dropped: 1 })
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('D15: with bisect it is found, and its batch lives', async (t) => {
  const settings = { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true }
  const rig = deadly([3], { settings })
  rig.putMany(4)
  await revive(rig, 12)
  await rig.drain()
  t.match(rig.ledger(), { delivered: 3, dropped: 1 })
  t.match(rig.discarded[0], /^3 RetryAttemptsExhausted/)
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('D15: in ten lanes each deadly record goes', async (t) => {
  const settings = { maximumRetryAttempts: 0, batchSize: 1, parallelizationFactor: 10 }
  const rig = deadly([5, 11, 17], { settings })
  rig.put(Array.from({ length: 30 }, (_, i) => `key-${i % 7}`))
  await revive(rig, 12)
  await rig.drain()
  const { delivered, dropped } = rig.ledger()
  t.equal(delivered + dropped, 30)
  t.ok(dropped >= 3, `${dropped} were given up`)
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test(
  'D15: the answer that is expected after a crash is the attempt’s failure, with Lambda’s words',
  async (t) => {
    const rig = deadly([1], { settings: { maximumRetryAttempts: 0 } })
    rig.putMany(1)
    await revive(rig, 4)
    await rig.drain()
    const [failed] = [...rig.backing.failed.values()]
    t.equal(failed!.lastError!.errorType, 'Runtime.ExitError')
    await rig.stop()
  },
)

t.test('D26: a restart neither cuts a batch anew nor renews a budget', async (t) => {
  let isDown = true
  const rig: EngineRig = new EngineRig({
    settings: { maximumRetryAttempts: 5, bisectBatchOnFunctionError: true, batchSize: 8 },
    handler: ({ numbers }) => {
      if (isDown && numbers.includes(2)) throw new Error('record 2')
    },
  })
  rig.putMany(8)
  await rig.start()
  await rig.clock.advance(300)
  t.equal(rig.trace, '12345678, 1234, 12, 1, 2, 2')
  await rig.stop()
  rig.calls.splice(0)
  isDown = false
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '2, 34, 5678', 'the stack as it was: what is innermost first')
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test('D26: a crash between a split and its first half leaves the halves', async (t) => {
  const rig: EngineRig = new EngineRig({
    settings: { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true },
    handler: ({ numbers }) => {
      if (numbers.includes(1)) throw new Error('record 1')
    },
    beforeCall: (port, number) => (port === 'save' && number === 1 ? 'crash-after' : undefined),
  })
  rig.putMany(4)
  await rig.start()
  t.notOk(rig.isRunning)
  await rig.start()
  await rig.drain()
  t.match(rig.trace, /^1234, 12, /, 'not 1234 again')
  t.same(rig.violations(), [])
  await rig.stop()
})

t.test(
  'D7, contract §2: a stop lets the running invocation end and saves what it did',
  async (t) => {
    const rig: EngineRig = new EngineRig({
      settings: { batchSize: 1 },
      handler: () => rig.clock.after(1000),
    })
    rig.putMany(3)
    await rig.start()
    await rig.stop()
    t.equal(rig.trace, '1', 'nothing new began')
    await rig.start()
    await rig.drain()
    t.equal(rig.trace, '1, 2, 3')
    t.same(rig.violations(), [])
    await rig.stop()
  },
)
