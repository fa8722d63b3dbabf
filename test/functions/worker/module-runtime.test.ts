import t from 'tap'
import { answerOf, IDENTITY, startFunction } from '../../support/function-host.ts'

const returned = (value: unknown) => ({ type: 'returned', value })
const failed = (errorType: string, errorMessage: string) => ({
  type: 'function-error',
  error: { errorType, errorMessage },
})

t.test('§9.4 the three handler styles', async (t) => {
  const rows: [string, string, unknown][] = [
    ['a promise', 'promise', { got: 1 }],
    ['anything with a then', 'thenable', 'then'],
    ['a callback, called at once', 'callback', 'called back'],
    ['a callback, called later', 'callbackLater', 'called later'],
    ['a callback called twice: the first counts', 'callbackTwice', 1],
    ['a callback answer waits for an empty event loop', 'callbackWaits', 1],
    ['unless callbackWaitsForEmptyEventLoop is false', 'callbackDoesNotWait', 'at once'],
    ['a callback never called: null once the loop is empty', 'callbackNever', null],
    ['native work keeps a callback waiting', 'callbackAfterNativeWork', 'after native work'],
    ['native work keeps a promise waiting', 'nativeWork', 'after native work'],
    ['neither: null, whatever it returns', 'sync', null],
    ['context.succeed', 'succeed', 'succeeded'],
    ['context.done', 'done', 'done'],
  ]
  for (const [title, name, value] of rows) {
    t.same(await answerOf(`styles.${name}`, 1), returned(value), title)
  }
})

t.test('§9.4 neither promise nor callback: null once nothing keeps the loop alive', async (t) => {
  const host = await startFunction('styles.syncWithTimer')
  t.same(await host.answer(), returned(null))
  t.same(await host.answer('ticks'), returned(1), 'its timer was waited for')
  await host.close()
})

t.test('§9.4 errors by callback and context', async (t) => {
  t.match(await answerOf('styles.callbackError'), failed('TypeError', 'by callback'))
  t.match(await answerOf('styles.callbackText'), failed('string', 'just text'))
  t.match(await answerOf('styles.fail'), failed('Error', 'failed'))
  t.match(await answerOf('styles.failWithNothing'), failed('string', 'handled'))
})

t.test('§9.4 a promise that can never settle: Runtime.NodeJsExit', async (t) => {
  const host = await startFunction('styles.neverSettles')
  t.match(
    await host.answer(undefined, { timeMs: 60_000 }),
    failed('Runtime.NodeJsExit', 'The Lambda runtime client'),
  )
  t.equal(await host.mustBeReplaced(), false, 'Lambda goes on in the same environment')
  await host.close()
})

t.test('§9.4 Runtime.CallbackHandlerDeprecated from Node.js 24 on', async (t) => {
  const host = await startFunction('styles.promise', { runtime: 'nodejs24.x' })
  t.same(await host.answer(2), returned({ got: 2 }))
  await host.close()
  const answer = await answerOf('styles.callback', 1, { runtime: 'nodejs24.x' })
  t.equal(answer.type, 'not-run')
})

t.test('§9.4 the context object', async (t) => {
  const answer = await answerOf('styles.context')
  t.match(
    answer,
    returned({
      callbackWaitsForEmptyEventLoop: true,
      functionVersion: '$LATEST',
      functionName: 'on-order',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/on-order',
      logStreamName: IDENTITY.logStreamName,
      invokedFunctionArn: IDENTITY.functionArn,
      awsRequestId: 'r-1',
      remains: true,
    }),
  )
  const names = [
    'clientContext',
    'identity',
    'tenantId',
    'getRemainingTimeInMillis',
    'succeed',
    'fail',
    'done',
  ]
  const { members } = (answer as { value: { members: string[] } }).value
  for (const name of names) t.ok(members.includes(name), name)
})

t.test('§9.3 Node exception', async (t) => {
  const thrown = await answerOf('faults.throws')
  t.match(thrown, failed('RangeError', 'out of range'))
  t.match(thrown, { error: { trace: [/^RangeError: out of range$/, /^ {4}at .*faults\.mjs/] } })
  t.match(await answerOf('faults.rejects'), failed('Error', 'rejected'))
  t.match(await answerOf('faults.throwsText'), failed('string', 'text'))
  t.match(await answerOf('faults.rejectsNothing'), failed('undefined', 'undefined'))
  t.match(await answerOf('faults.throwsTrap'), failed('handled', 'callback called with Error'))
})

t.test('§9.3 timeout: while the thread answers', async (t) => {
  const host = await startFunction('faults.neverInTime', { timeoutSeconds: 1 })
  t.same(
    await host.answer(undefined, { timeMs: 100 }),
    failed('Sandbox.Timedout', 'RequestId: r-1 Error: Task timed out after 1.00 seconds'),
  )
  t.equal(await host.mustBeReplaced(), true)
  t.match(await host.answer(), { type: 'not-run' }, 'nothing runs there any more')
  await host.close()
})

t.test('§9.3 timeout: an answer after the deadline', async (t) => {
  const host = await startFunction('faults.answersLate')
  t.same(
    await host.answer(undefined, { timeMs: 50 }),
    failed('Sandbox.Timedout', 'RequestId: r-1 Error: Task timed out after 3.00 seconds'),
  )
  t.equal(await host.mustBeReplaced(), true)
  await host.close()
})

t.test(
  '§9.4 Runtime.UnhandledPromiseRejection, uncaught exception: of the running invocation',
  async (t) => {
    const rows = [
      ['unhandledRejection', 'Runtime.UnhandledPromiseRejection', 'Error: nobody looks'],
      ['uncaught', 'SyntaxError', 'escaped'],
    ] as const
    for (const [name, errorType, errorMessage] of rows) {
      const host = await startFunction(`faults.${name}`)
      t.match(await host.answer(), failed(errorType, errorMessage))
      t.match(await host.next('poisoned'), { runningCount: 1, error: { errorType } })
      t.equal(await host.mustBeReplaced(), true)
      await host.close()
    }
  },
)

t.test('D27 an escaped error ends every invocation of its environment', async (t) => {
  const host = await startFunction('faults.waitsOrPoisons', { concurrencyPerEnvironment: 3 })
  host.invoke('wait', { requestId: 'a' })
  host.invoke('wait', { requestId: 'b' })
  host.invoke('poison', { requestId: 'c' })
  t.match(await host.next('poisoned'), { runningCount: 3, error: { errorMessage: 'poison' } })
  for (const requestId of ['a', 'b', 'c']) {
    t.match(await host.next('answered'), { requestId, answer: failed('Error', 'poison') })
  }
  await host.close()
})

t.test(
  'a throw after the answer belongs to no batch, and the environment must be replaced',
  async (t) => {
    const host = await startFunction('faults.throwsAfterAnswer')
    t.same(await host.answer(), returned('answered'))
    t.match(await host.next('late'), { error: { errorType: 'Error', errorMessage: 'too late' } })
    t.equal(await host.mustBeReplaced(), true)
    await host.close()
  },
)

t.test('module state lives as long as its environment', async (t) => {
  const host = await startFunction('faults.countsCalls')
  t.same([await host.answer(), await host.answer()], [returned(1), returned(2)])
  t.equal(await host.mustBeReplaced(), false)
  await host.close()
})

t.test('answers of every type arrive as the JSON that Lambda delivers', async (t) => {
  const host = await startFunction('answers.handler')
  const rows: [string, unknown][] = [
    ['nothing', null],
    ['nil', null],
    ['function', null],
    ['symbol', null],
    ['nan', null],
    ['number', 3],
    ['text', 'text'],
    ['yes', true],
    ['list', [null, 1]],
    ['date', '1970-01-01T00:00:00.000Z'],
    ['toJSON', { replaced: true }],
    ['dropped', { kept: 1 }],
    ['emptyFailures', { batchItemFailures: [] }],
    ['failures', { batchItemFailures: [{ itemIdentifier: '1' }] }],
  ]
  for (const [name, value] of rows) t.strictSame(await host.answer(name), returned(value), name)
  for (const name of ['circular', 'bigint', 'throwing']) {
    t.match(
      await host.answer(name),
      failed('Runtime.MarshalError', 'Unable to stringify response body'),
      name,
    )
  }
  await host.close()
})

t.test('§9.3 answer too big', async (t) => {
  const tooLarge = failed(
    'Function.ResponseSizeTooLarge',
    'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  )
  t.same(await answerOf('answers.big', 7_000_000), tooLarge)
  t.same(await answerOf('answers.big', 6_291_555), tooLarge, 'the quotes count')
  t.match(await answerOf('answers.big', 6_291_554), { type: 'returned' })
  t.same(await answerOf('answers.wide', 2_200_000), tooLarge, 'bytes count, not characters')
})
