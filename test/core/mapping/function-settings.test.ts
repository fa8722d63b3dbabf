import t from 'tap'
import { parseFunction, parseInlineFunction } from '../../../lib/core/mapping/function-settings.ts'
import { SettingError } from '../../../lib/core/mapping/setting-rule.ts'

const GOOD = { Runtime: 'nodejs20.x', CodeUri: './handlers', Handler: 'on-order.handler' }
const resolvePath = (path: string) => `/base/${path}`
const parse = (change: object) => parseFunction({ ...GOOD, ...change }, resolvePath)

t.test('defaults (contract §3)', (t) => {
  t.strictSame(
    { ...parse({}), environment: { ...parse({}).environment } },
    {
      type: 'module',
      runtime: 'nodejs20.x',
      codeDirectory: '/base/./handlers',
      handler: 'on-order.handler',
      timeoutSeconds: 3,
      memorySizeMegabytes: 128,
      environment: {},
      concurrencyPerEnvironment: 1,
    },
  )
  t.end()
})

t.test('handlers (aws-semantics §9.4)', (t) => {
  for (const good of [
    'index.handler',
    'a/b/c.d',
    'a/b.nested.export',
    '/opt/x/h.handler',
    'a.b/c.d',
  ])
    t.equal(parse({ Handler: good }).handler, good)
  for (const bad of [
    'index',
    '../x.handler',
    'a/../b.c',
    'a..b',
    '.handler',
    'index.',
    'a/b',
    'a b.c',
    '',
    'x.'.padEnd(129, 'y'),
  ])
    t.throws(() => parse({ Handler: bad }), SettingError, bad)
  t.end()
})

t.test('what is out of range or of another version is refused', (t) => {
  for (const change of [
    { Runtime: 'python3.12' },
    { Runtime: undefined },
    { CodeUri: 's3://bucket/x' },
    { CodeUri: 'code.zip' },
    { Timeout: 0 },
    { Timeout: 901 },
    { MemorySize: 127 },
    { MemorySize: 10241 },
    { PerExecutionEnvironmentMaxConcurrency: 0 },
    { PerExecutionEnvironmentMaxConcurrency: 65 },
    { Environment: { Variables: { PORT: 80 } } },
    { Environment: { Variables: { __proto__x: 'a' } } },
    { Role: 'x' },
  ])
    t.throws(() => parse(change), SettingError, JSON.stringify(change))
  t.end()
})

t.test('an Endpoint is refused with a sentence, before what is missing beside it', (t) => {
  try {
    parseFunction({ Endpoint: 'http://127.0.0.1:3001' }, resolvePath)
    t.fail('was accepted')
  } catch (error) {
    t.match(error, {
      problem: { type: 'refused', message: /not supported by this version of Millrace/ },
    })
  }
  t.end()
})

t.test('names of variables cannot reach a prototype', (t) => {
  const { environment } = parse({ Environment: { Variables: { constructor: 'a', TABLE: 'b' } } })
  t.same(Object.entries(environment), [
    ['constructor', 'a'],
    ['TABLE', 'b'],
  ])
  t.equal(environment['toString'], undefined)
  t.end()
})

t.test('a closure has a timeout and nothing else', (t) => {
  const handler = () => 1
  t.same(parseInlineFunction(handler, {}), { type: 'inline', handler, timeoutSeconds: 3 })
  t.equal(parseInlineFunction(handler, { Timeout: 900 }).timeoutSeconds, 900)
  t.throws(() => parseInlineFunction(handler, { MemorySize: 128 }), SettingError)
  t.end()
})
