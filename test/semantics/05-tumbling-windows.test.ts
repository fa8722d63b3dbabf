import t from 'tap'
import { eventOf, gather, windowRig, windowTrace } from '../support/window-rig.ts'

/** The rig's clock begins at 03:04:05. @unit s */
const T0 = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000

t.test(
  '§5: the event is Records, then shardId, eventSourceARN, window, state, both flags',
  async (t) => {
    const rig = windowRig()
    rig.putStamped([T0])
    await rig.start()
    await rig.drain()
    const event = eventOf(rig.calls[0]!)
    t.same(Object.keys(event), [
      'Records',
      'shardId',
      'eventSourceARN',
      'window',
      'state',
      'isFinalInvokeForWindow',
      'isWindowTerminatedEarly',
    ])
    t.match(event, {
      shardId: 'shard-1',
      eventSourceARN: /stream\/2026-01-01T00:00:00.000$/,
      window: { start: '2026-01-02T03:04:00Z', end: '2026-01-02T03:04:10Z' },
      state: {},
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    })
    await rig.stop()
  },
)

t.test(
  '§5: borders come from the record’s own time, aligned to the epoch; a batch never spans two windows',
  async (t) => {
    const rig = windowRig()
    rig.putStamped([T0, T0 + 4, T0 + 5, T0 + 25])
    await rig.start()
    await rig.drain()
    t.same(windowTrace(rig), [
      ':00 1.2 {}',
      ':00  {1.2} final',
      ':10 3 {}',
      ':10  {3} final',
      ':30 4 {}',
    ])
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  '§5: the state is carried from batch to batch, and the next window starts at {}',
  async (t) => {
    const rig = windowRig({ settings: { batchSize: 2 } })
    rig.putStamped([T0, T0, T0, T0, T0, T0 + 10])
    await rig.start()
    await rig.drain()
    t.same(windowTrace(rig), [
      ':00 1.2 {}',
      ':00 3.4 {1.2}',
      ':00 5 {1.2.3.4}',
      ':00  {1.2.3.4.5} final',
      ':10 6 {}',
    ])
    await rig.stop()
  },
)

t.test('§5: empty windows are never invoked', async (t) => {
  const rig = windowRig()
  rig.putStamped([T0, T0 + 3600])
  await rig.start()
  await rig.drain()
  t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final', ':00 2 {}'])
  await rig.clock.advance(600_000)
  t.equal(rig.calls.length, 3)
  await rig.stop()
})

t.test('§5: an answer without a state is a failed invocation; the retry rules apply', async (t) => {
  const answers = [undefined, null, '', [], {}, { batchItemFailures: [] }, { State: 1 }, 7]
  const rig = windowRig({
    settings: { maximumRetryAttempts: 7, functionResponseTypes: ['ReportBatchItemFailures'] },
    handler: () => answers.shift(),
  })
  rig.putStamped([T0])
  await rig.start()
  await rig.clock.advance(600_000)
  t.same(windowTrace(rig).slice(0, 8), Array(8).fill(':00 1 {}'))
  t.same(rig.discarded[0], '1 RetryAttemptsExhausted 8')
  t.match([...rig.backing.failed.values()][0], { response: { functionError: null } })
  await rig.stop()
})

t.test('§5: any JSON may be a state, null as well', async (t) => {
  const states = [null, 0, '', [1], { a: null }]
  const seen: unknown[] = []
  const rig = windowRig({
    settings: { batchSize: 1 },
    handler: (call) => {
      seen.push(eventOf(call).state)
      return { state: states[seen.length - 1] ?? null }
    },
  })
  rig.putStamped([T0, T0, T0, T0, T0, T0])
  await rig.start()
  await rig.drain()
  t.same(seen, [{}, ...states], 'each as the call before returned it')
  await rig.stop()
})

t.test('D9: a late record goes into the open window and is counted', async (t) => {
  const rig = windowRig()
  rig.putStamped([T0, T0 + 10, T0 + 1, T0 + 11])
  await rig.start()
  await rig.drain()
  t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final', ':10 2.3.4 {}'])
  t.equal(rig.windowsOf()?.lateRecords, 1)
  await rig.stop()
})

t.test('D9: with none open, a late record opens a fresh window of its own interval', async (t) => {
  const rig = windowRig()
  rig.putStamped([T0])
  await rig.start()
  await rig.clock.advance(7000)
  rig.putStamped([T0 + 1])
  await rig.drain()
  t.same(windowTrace(rig), [':00 1 {}', ':00  {1} final', ':00 2 {}', ':00  {2} final'])
  t.equal(rig.windowsOf()?.lateRecords, 1)
  await rig.stop()
})

t.test(
  'D10, D11: a state over 1,048,576 bytes of JSON ends early, in full; the same window goes on with {}',
  async (t) => {
    const sizes = [1_048_576, 1_048_577]
    for (const [index, bytes] of sizes.entries()) {
      const rig = windowRig({
        settings: { batchSize: 1 },
        // Two quotes more are the JSON of it.
        handler: (call) =>
          call.numbers[0] === 1 ? { state: 'x'.repeat(bytes - 2) } : gather(call),
      })
      rig.putStamped([T0, T0 + 1])
      await rig.start()
      await rig.drain()
      const kinds = rig.calls.map((call) => eventOf(call).isWindowTerminatedEarly)
      t.same(kinds, index === 0 ? [false, false] : [false, true, false], `${bytes} bytes`)
      if (index === 1) {
        const early = eventOf(rig.calls[1]!)
        t.same(early.Records, [])
        t.ok(early.isFinalInvokeForWindow, 'both flags')
        t.equal((early.state as unknown as string).length, bytes - 2, 'the full state')
        t.same(eventOf(rig.calls[2]!).window, early.window)
        t.same(eventOf(rig.calls[2]!).state, {})
      }
      await rig.stop()
    }
  },
)

t.test('D11: bytes are counted as UTF-8', async (t) => {
  const rig = windowRig({
    handler: (call) => ({ state: call.numbers.length > 0 ? 'é'.repeat(524_288) : 0 }),
  })
  rig.putStamped([T0])
  await rig.start()
  await rig.drain()
  t.same(
    rig.calls.map((call) => eventOf(call).isWindowTerminatedEarly),
    [false, true],
  )
  await rig.stop()
})

t.test(
  'D28: a retry, a half of a split and the next batch start from the state of what succeeded',
  async (t) => {
    const rig = windowRig({
      settings: { batchSize: 4, bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 },
      handler: (call) => {
        if (call.numbers.includes(2)) throw new Error('poison')
        return gather(call)
      },
    })
    rig.putStamped([T0, T0, T0, T0, T0, T0 + 10])
    await rig.start()
    await rig.drain()
    t.same(windowTrace(rig), [
      ':00 1.2.3.4 {}',
      ':00 1.2 {}',
      ':00 1 {}',
      ':00 2 {1}',
      ':00 2 {1}',
      ':00 3.4 {1}',
      ':00 5 {1.3.4}',
      ':00  {1.3.4.5} final',
      ':10 6 {}',
    ])
    t.same(
      rig.discarded,
      ['2 RetryAttemptsExhausted 2'],
      'a discarded batch leaves the state as it was',
    )
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  'D28: with a partial success the returned state goes to the suffix; without progress it is thrown away',
  async (t) => {
    let first = true
    const rig = windowRig({
      settings: { functionResponseTypes: ['ReportBatchItemFailures'], maximumRetryAttempts: 2 },
      handler: (call) => {
        const { numbers } = call
        const failed = first ? 3 : numbers.length === 2 && rig.calls.length === 2 ? 3 : undefined
        first = false
        if (failed === undefined) return { ...gather(call), batchItemFailures: [] }
        const done = numbers.filter((number) => number < failed)
        const { numbers: before = [] } = eventOf(call).state
        const batchItemFailures = [{ itemIdentifier: rig.sequenceNumberOf(failed) }]
        return { state: { numbers: [...before, ...done] }, batchItemFailures }
      },
    })
    rig.putStamped([T0, T0, T0, T0, T0 + 10])
    await rig.start()
    await rig.drain()
    t.same(windowTrace(rig), [
      ':00 1.2.3.4 {}',
      ':00 3.4 {1.2}',
      ':00 3.4 {1.2}',
      ':00  {1.2.3.4} final',
      ':10 5 {}',
    ])
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test(
  '§5: the state survives a stop and a crash, in the same write as the position',
  async (t) => {
    for (const end of ['stop', 'crash'] as const) {
      const rig = windowRig()
      rig.putStamped([T0, T0])
      await rig.start()
      await rig.drain()
      if (end === 'stop') await rig.stop()
      else rig.crash()
      rig.putStamped([T0])
      await rig.start()
      await rig.drain()
      rig.putStamped([T0 + 10])
      await rig.drain()
      t.same(windowTrace(rig), [':00 1.2 {}', ':00 3 {1.2}', ':00  {1.2.3} final', ':10 4 {}'], end)
      t.same(rig.violations(), [])
      await rig.stop()
    }
  },
)
