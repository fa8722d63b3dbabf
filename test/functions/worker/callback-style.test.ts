import t from 'tap'
import { checkCallbackStyle } from '../../../lib/functions/worker/callback-style.ts'

const ONE = { length: 1 }
const THREE = { length: 3 }
const SWITCH = 'AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING'

t.test('§9.4 callback handlers: a warning up to Node 22, an error from Node 24 on', (t) => {
  t.teardown(() => delete process.env[SWITCH])
  const warnings = t.capture(console, 'warn', () => {})
  delete process.env[SWITCH]
  t.equal(checkCallbackStyle('nodejs20.x', ONE), undefined)
  t.equal(checkCallbackStyle('nodejs24.x', ONE), undefined)
  t.equal(warnings().length, 0)
  t.equal(checkCallbackStyle('nodejs22.x', THREE), undefined)
  t.match(warnings()[0]?.args[0], /plans to remove support for callback-based/)
  process.env[SWITCH] = '1'
  t.equal(checkCallbackStyle('nodejs22.x', THREE), undefined)
  t.equal(warnings().length, 0)
  t.equal(checkCallbackStyle('nodejs24.x', THREE)?.errorType, 'Runtime.CallbackHandlerDeprecated')
  t.equal(checkCallbackStyle('nodejs26.x', THREE)?.errorType, 'Runtime.CallbackHandlerDeprecated')
  t.end()
})
