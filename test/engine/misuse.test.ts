import t from 'tap'
import { createEngine } from '../../lib/index.ts'

t.test('calls at the wrong time and of the wrong kind: one sentence each', async (t) => {
  const engine = await createEngine({ data: t.testdir({}), streams: { orders: {} } })
  t.teardown(() => engine.stop())
  const orders = engine.stream('orders')
  const notStarted = { code: 'MILLRACE_STATE', message: /: the engine is not started$/ }
  await t.rejects(engine.caughtUp(), notStarted)
  await t.rejects(
    engine.mappings.create({
      EventSourceArn: orders.streamArn,
      FunctionName: 'f',
      StartingPosition: 'LATEST',
    }),
    { message: 'Function does not exist' },
  )
  for (const records of [undefined, null, 'records', { Keys: {} }])
    await t.rejects(orders.put(records as unknown as object[]), {
      code: 'MILLRACE_SETTING_INVALID',
      message: /^the records of a put must be a list, got (null|a value of type \w+)$/,
    })
  t.throws(() => engine.stream('order'), { code: 'MILLRACE_STREAM_UNKNOWN' })
  t.throws(() => engine.ledger('nobody'), { code: 'MILLRACE_MAPPING_UNKNOWN' })
  await engine.start()
  await t.rejects(engine.start(), { code: 'MILLRACE_STATE', message: /the engine is running$/ })
  await engine.stop()
  const stopped = { code: 'MILLRACE_STATE', message: /: the engine is stopped$/ }
  await t.rejects(engine.start(), stopped)
  await t.rejects(engine.caughtUp(), stopped)
  t.throws(() => engine.stream('orders'), stopped)
  t.throws(() => engine.failedBatches(), stopped)
  await t.rejects(orders.put([{}]), { code: 'MILLRACE_STATE' })
  await engine.stop()
})
