import t from 'tap'
import { HandlerLog } from '../../bench/audit/handler-log.ts'
import {
  type AnyHandler,
  type EndingContext,
  type WrappedHandler,
  wrapHandler,
} from '../../bench/handlers/wrap-handler.ts'

const EVENT = {
  Records: [0, 1, 2].map((number) => ({
    eventID: 'shard',
    dynamodb: { SequenceNumber: `400${number}` },
  })),
}

type Called = {
  readonly wrapped: WrappedHandler
  readonly result: unknown
  readonly told: readonly unknown[]
  /** What the log says by now. */
  logged(): unknown
}

/** Calls the wrapped handler as the runtime does. */
function call(own: AnyHandler, options: { readonly remainingMs?: () => number } = {}): Called {
  const log = HandlerLog.create(10)
  const told: unknown[] = []
  const tell = (...words: unknown[]) => void told.push(words)
  const wrapped = wrapHandler(own, {
    log,
    rules: { partial: true, window: false },
    numberOf: (_, sequenceNumber) => Number(sequenceNumber.slice(-1)),
  })
  const context: EndingContext = {
    getRemainingTimeInMillis: options.remainingMs ?? (() => 1000),
    done: (...words) => tell('done', ...words),
    succeed: (...words) => tell('succeed', ...words),
    fail: (...words) => tell('fail', ...words),
  }
  let result: unknown
  try {
    result = wrapped.handler(structuredClone(EVENT), context, (...words) => tell('back', ...words))
  } catch (error) {
    result = { thrown: error }
  }
  const logged = () => {
    const [entry] = log.invocations()
    return [entry?.outcome, entry?.failedFrom, entry?.records]
  }
  return { wrapped, result, told, logged }
}

const RECORDS = [0, 1, 2]
const SECOND_FAILED = { batchItemFailures: [{ itemIdentifier: '4001' }] }

t.test('promises: what they bring goes on as it is, and is written down', async (t) => {
  const fine = call(async () => 'x'.repeat(0))
  t.strictSame(fine.logged(), ['running', 0, RECORDS])
  t.equal(await fine.result, '')
  t.strictSame(fine.logged(), ['succeeded', 0, RECORDS])
  const partly = call(async () => SECOND_FAILED)
  t.equal(await partly.result, SECOND_FAILED)
  t.strictSame(partly.logged(), ['partly', 1, RECORDS])
  const failed = call(async () => {
    throw new Error('boom')
  })
  await t.rejects(failed.result as Promise<unknown>, { message: 'boom' })
  t.strictSame(failed.logged(), ['failed', 0, RECORDS])
})

t.test('an event that its handler empties was seen all the same', async (t) => {
  const { result, logged } = call(async (event) => {
    ;(event as { Records: unknown[] }).Records.length = 0
    return SECOND_FAILED
  })
  await result
  t.strictSame(logged(), ['partly', 1, RECORDS])
})

t.test('callbacks and the old functions of the context tell as well', (t) => {
  const back = call((_event, _context, callback) => callback(null, SECOND_FAILED))
  t.strictSame(
    [back.told, back.logged()],
    [[['back', null, SECOND_FAILED]], ['partly', 1, RECORDS]],
  )
  const bad = call((_event, _context, callback) => callback('no'))
  t.strictSame([bad.told, bad.logged()], [[['back', 'no', undefined]], ['failed', 0, RECORDS]])
  const done = call((_event, context) => context.done(undefined, SECOND_FAILED))
  t.strictSame(done.logged(), ['partly', 1, RECORDS])
  const fail = call((_event, context) => context.fail())
  t.strictSame([fail.told, fail.logged()], [[['fail', undefined]], ['failed', 0, RECORDS]])
  const twice = call((_event, context, callback) => {
    context.succeed(null)
    callback('too late')
  })
  t.strictSame(twice.logged(), ['succeeded', 0, RECORDS])
  t.end()
})

t.test(
  'nothing was told when it returned: nothing failed, until the callback says otherwise',
  (t) => {
    let callLater = (): void => {}
    const { logged } = call((_event, _context, callback) => {
      callLater = () => callback(new Error('later'))
    })
    t.strictSame(logged(), ['succeeded', 0, RECORDS])
    callLater()
    t.strictSame(logged(), ['failed', 0, RECORDS])
    t.end()
  },
)

t.test('thrown at once', (t) => {
  const { result, logged } = call(() => {
    throw undefined
  })
  t.strictSame([result, logged()], [{ thrown: undefined }, ['failed', 0, RECORDS]])
  t.end()
})

t.test(
  'what comes after its time, or after an error that nobody handled, has failed',
  async (t) => {
    const late = call(async () => {}, { remainingMs: () => -1 })
    await late.result
    t.strictSame(late.logged(), ['failed', 0, RECORDS])
    let finish = (): void => {}
    const poisoned = call(() => new Promise<void>((done) => (finish = done)))
    poisoned.wrapped.failRunning()
    finish()
    await poisoned.result
    t.strictSame(poisoned.logged(), ['failed', 0, RECORDS])
  },
)

t.test('it has as many parameters as the handler', (t) => {
  const wrapping = {
    log: HandlerLog.create(1),
    rules: { partial: false, window: false },
    numberOf: () => 0,
  }
  const handlers: readonly AnyHandler[] = [() => 0, (_a) => 0, (_a, _b) => 0, (_a, _b, _c) => 0]
  t.strictSame(
    handlers.map((own) => wrapHandler(own, wrapping).handler.length),
    [0, 1, 2, 3],
  )
  t.end()
})
