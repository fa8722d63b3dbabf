import t from 'tap'
import {
  ERROR_TEXT_LENGTH_MAX,
  exitedError,
  loadTimedOutError,
  neverSettledError,
  thrownError,
  timedOutError,
  unhandledRejectionError,
} from '../../../lib/core/function/function-error.ts'

t.test('§9.3 an error is answered with its name, message and trace; its cause is not', (t) => {
  const cause: { self?: unknown } = {}
  cause.self = cause
  const error = new RangeError('bad', { cause })
  error.stack = 'RangeError: bad\n    at x'
  t.strictSame(thrownError(error), {
    errorType: 'RangeError',
    errorMessage: 'bad',
    trace: ['RangeError: bad', '    at x'],
  })
  t.end()
})

t.test('what is not an error is answered with its type', (t) => {
  const rows: [unknown, string, string][] = [
    ['text', 'string', 'text'],
    [undefined, 'undefined', 'undefined'],
    [null, 'object', 'null'],
    [5n, 'bigint', '5'],
    [Symbol('s'), 'symbol', 'Symbol(s)'],
    [{ a: 1 }, 'object', '[object Object]'],
    [Object.create(null), 'handled', 'callback called with Error argument'],
    [{ name: 'N', message: 'm', stack: 's' }, 'N', 'm'],
  ]
  for (const [thrown, errorType, errorMessage] of rows) {
    const error = thrownError(thrown)
    t.equal(error.errorType, errorType)
    t.ok(error.errorMessage.startsWith(errorMessage), error.errorMessage)
  }
  t.end()
})

t.test('an error’s text is bounded', (t) => {
  const { errorMessage, trace } = thrownError(new Error('x'.repeat(1_000_000)))
  t.equal(errorMessage.length, ERROR_TEXT_LENGTH_MAX)
  t.ok((trace ?? []).join('\n').length <= ERROR_TEXT_LENGTH_MAX)
  t.end()
})

t.test('§9.4 Runtime.UnhandledPromiseRejection names what was rejected', (t) => {
  const { errorType, errorMessage, trace } = unhandledRejectionError(new TypeError('lost'))
  t.same([errorType, errorMessage], ['Runtime.UnhandledPromiseRejection', 'TypeError: lost'])
  t.equal(trace?.[0], 'Runtime.UnhandledPromiseRejection: TypeError: lost')
  t.equal(unhandledRejectionError('plain').errorMessage, 'plain')
  t.end()
})

t.test('§9.3 timeout and exit texts', (t) => {
  t.equal(
    timedOutError('id', 1).errorMessage,
    'RequestId: id Error: Task timed out after 1.00 seconds',
  )
  t.equal(
    exitedError('id', 'exit status 127').errorMessage,
    'RequestId: id Error: Runtime exited with error: exit status 127',
  )
  t.end()
})

t.test('§9.6 a load that takes too long; §9.4 a promise that nothing settles', (t) => {
  t.strictSame(loadTimedOutError(10_000), {
    errorType: 'Sandbox.Timedout',
    errorMessage: 'Error: Init timed out after 10.00 seconds',
  })
  t.match(neverSettledError(), {
    errorType: 'Runtime.NodeJsExit',
    errorMessage: /Promise that was never settled/,
    trace: [],
  })
  t.end()
})
