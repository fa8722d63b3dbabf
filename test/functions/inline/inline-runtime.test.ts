import t from 'tap'
import type { LambdaContext } from '../../../lib/core/function/lambda-context.ts'
import type { EpochMs } from '../../../lib/core/ids.ts'
import type { InlineHandler } from '../../../lib/core/mapping/settings.ts'
import { createInlineRuntime } from '../../../lib/functions/inline/inline-runtime.ts'
import type { Clock } from '../../../lib/ports/clock.ts'
import type { Answer } from '../../../lib/ports/function-runtime.ts'
import { IDENTITY } from '../../support/function-host.ts'

/** A clock that is moved by hand. */
function handClock(): Clock & { moveTo(time: number): void } {
  let now = 0
  const alarms = new Map<() => void, number>()
  return {
    now: () => now as EpochMs,
    at: (time, due) => {
      alarms.set(due, time)
      return () => alarms.delete(due)
    },
    soon: (due) => void setImmediate(due),
    moveTo: (time) => {
      now = time
      for (const [due, dueAt] of [...alarms]) {
        if (dueAt <= now && alarms.delete(due)) due()
      }
    },
  }
}

/** Invokes a closure at time 0 with a deadline of 1000. */
function start(handler: InlineHandler) {
  const clock = handClock()
  const answers: Answer[] = []
  const runtime = createInlineRuntime(
    { type: 'inline', handler, timeoutSeconds: 1 },
    IDENTITY,
    clock,
  )
  runtime.invoke({ requestId: 'r-1', event: 7, deadline: 1000 as EpochMs }, (answer) =>
    answers.push(answer),
  )
  return { clock, answers, runtime }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const returned = (value: unknown) => [{ type: 'returned', value }]
const failed = (errorType: string, errorMessage: string) => [
  { type: 'function-error', error: { errorType, errorMessage } },
]
const TIMED_OUT = failed(
  'Sandbox.Timedout',
  'RequestId: r-1 Error: Task timed out after 1.00 seconds',
)

t.test('a closure answers with what it returns, at once', (t) => {
  t.same(start((event) => ({ event })).answers, returned({ event: 7 }))
  t.same(start(() => undefined).answers, returned(null))
  t.match(start(() => 1n).answers, failed('Runtime.MarshalError', 'Unable'))
  t.end()
})

t.test('or with what its promise becomes', async (t) => {
  const fulfilled = start(async () => 'later')
  const rejected = start(() => Promise.reject(new RangeError('no')))
  t.same(fulfilled.answers, [])
  await turn()
  t.same(fulfilled.answers, returned('later'))
  t.match(rejected.answers, failed('RangeError', 'no'))
})

t.test('what it throws is its answer', (t) => {
  const { answers } = start(() => {
    throw new TypeError('thrown')
  })
  t.match(answers, failed('TypeError', 'thrown'))
  t.end()
})

t.test('it has Lambda’s context, whose first answer counts', (t) => {
  const { answers } = start((_event, given) => {
    const context = given as LambdaContext
    context.succeed([
      context.awsRequestId,
      context.functionName,
      context.getRemainingTimeInMillis(),
    ])
    context.fail(new Error('second'))
    return 'third'
  })
  t.same(answers, returned(['r-1', 'on-order', 1000]))
  t.end()
})

t.test('at the deadline it is Sandbox.Timedout, and the late result is ignored', async (t) => {
  let settle = (_value: unknown): void => {}
  const { clock, answers } = start(
    () =>
      new Promise((resolve) => {
        settle = resolve
      }),
  )
  clock.moveTo(999)
  t.same(answers, [])
  clock.moveTo(1000)
  t.same(answers, TIMED_OUT)
  settle('late')
  await turn()
  t.equal(answers.length, 1)
})

t.test('a closure that blocks past its deadline has timed out, whatever it returns', (t) => {
  const clock = handClock()
  const handler = () => {
    clock.moveTo(1500)
    return 'late'
  }
  const answers: Answer[] = []
  const runtime = createInlineRuntime(
    { type: 'inline', handler, timeoutSeconds: 1 },
    IDENTITY,
    clock,
  )
  runtime.invoke({ requestId: 'r-1', event: 7, deadline: 1000 as EpochMs }, (answer) =>
    answers.push(answer),
  )
  t.same(answers, TIMED_OUT)
  t.end()
})

t.test('§9.4: one that takes a callback is waited for, until its deadline', async (t) => {
  let call = (_error?: unknown, _answer?: unknown): void => {}
  const handler: InlineHandler = (_event, _context, callback) => {
    call = callback
  }
  const answered = start(handler)
  t.same(answered.answers, [])
  call(null, 'later')
  call(new Error('second'))
  t.same(answered.answers, returned('later'))
  const refused = start(handler)
  call(new RangeError('no'))
  t.match(refused.answers, failed('RangeError', 'no'))
  const silent = start(handler)
  silent.clock.moveTo(1000)
  t.same(silent.answers, TIMED_OUT)
  const both = start(async (_event, _context, _callback) => 'promised')
  await turn()
  t.same(both.answers, returned('promised'), 'a promise is an answer, whatever else it declares')
})

t.test('it is always loaded, and any number may run', async (t) => {
  const { runtime } = start(() => null)
  t.equal(await runtime.load(), undefined)
  t.equal(runtime.concurrencyMax, Number.POSITIVE_INFINITY)
})
