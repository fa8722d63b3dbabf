import t, { type Test } from 'tap'
import { createEngine, type Engine } from '../../lib/index.ts'
import { ROLE } from '../support/lambda-client.ts'
import { zipOfFiles } from '../support/zip-file.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function'
const REQUEST = {
  FunctionName: 'new',
  Runtime: 'nodejs20.x',
  Handler: 'index.handler',
  Role: ROLE,
  Code: { ZipFile: zipOfFiles({ 'index.cjs': 'exports.handler = async (event) => event' }) },
}

async function openEngine(t: Test): Promise<Engine> {
  const data = t.testdir({})
  const engine = await createEngine({
    data,
    functions: {
      greet: { Handler: async (event: unknown) => ({ hello: event }), Timeout: 7 },
      count: {
        Runtime: 'nodejs20.x',
        CodeUri: data,
        Handler: 'count.handler',
        Environment: { Variables: { TABLE: 'orders' } },
      },
    },
  })
  t.teardown(() => engine.stop())
  return engine
}

t.test('functions are listed by name, and got by any form of it', async (t) => {
  const { functions } = await openEngine(t)
  const [count, greet] = functions.list()
  t.same(Object.keys(greet!), [
    'FunctionName',
    'FunctionArn',
    'Timeout',
    'LastModified',
    'Version',
    'PackageType',
  ])
  t.match(greet, { FunctionName: 'greet', FunctionArn: `${ARN}:greet`, Timeout: 7 })
  const ready = { State: 'Active', LastUpdateStatus: 'Successful' }
  t.match(count, {
    FunctionName: 'count',
    FunctionArn: `${ARN}:count`,
    Runtime: 'nodejs20.x',
    Handler: 'count.handler',
    Timeout: 3,
    MemorySize: 128,
    LastModified: /^\d{4}-\d\d-\d\dT[\d:.]+\+0000$/,
    Version: '$LATEST',
    Environment: { Variables: { TABLE: 'orders' } },
  })
  for (const name of ['count', '000000000000:function:count', `${ARN}:count`])
    t.same(functions.get(name), { ...count, ...ready }, name)
  t.equal(functions.get('count:$LATEST').FunctionArn, `${ARN}:count:$LATEST`)
})

t.test('what is not there is not found, in AWS’s words', async (t) => {
  const { functions } = await openEngine(t)
  for (const [name, message] of [
    ['nobody', `Function not found: ${ARN}:nobody`],
    ['count:PROD', `Function not found: ${ARN}:count:PROD`],
    [
      `${ARN.replace('us-east-1', 'eu-west-1')}:count`,
      "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    ],
  ] as const)
    t.throws(() => functions.get(name), {
      exception: 'ResourceNotFoundException',
      status: 404,
      message,
    })
})

t.test('what would change functions of the program is refused (D32)', async (t) => {
  const { functions } = await openEngine(t)
  const owned = { exception: 'ResourceConflictException', message: /belongs to the config/ }
  for (const change of [
    () => functions.update('count', {}),
    () => functions.updateCode('count', { ZipFile: 'AA==' }),
    () => functions.publish('count'),
    () => functions.delete('count'),
    () => functions.aliases.create('count', { Name: 'prod', FunctionVersion: '$LATEST' }),
    () => functions.concurrency.put('count', { ReservedConcurrentExecutions: 1 }),
    () => functions.tags.add('count', new Map([['a', 'b']])),
  ])
    await t.rejects(async () => change(), owned)
  await t.rejects(functions.create({ ...REQUEST, FunctionName: 'greet' }), {
    exception: 'ResourceConflictException',
    message: 'Function already exist: greet',
  })
  t.same(functions.aliases.list('count'), [])
  t.same(functions.concurrency.get('count'), {})
  t.same(functions.tags.get('count'), {})
  t.equal(functions.list().length, 2)
})

t.test('functions are called, closures as well as code from a zip', async (t) => {
  const engine = await openEngine(t)
  const { functions } = engine
  const call = (functionName: string) => functions.invoke({ functionName, payload: '{"a":1}' })
  await functions.create(REQUEST)
  await t.rejects(call('greet'), { code: 'MILLRACE_STATE' }, 'not before the engine runs')
  await engine.start()
  t.match(await call('greet'), { StatusCode: 200, Payload: '{"hello":{"a":1}}' })
  t.match(await call('new'), { StatusCode: 200, Payload: '{"a":1}' })
  t.match(await call('count'), {
    FunctionError: 'Unhandled',
    Payload: /Runtime\.ImportModuleError/,
  })
  const tail = await functions.invoke({ functionName: 'greet', logType: 'Tail' })
  t.match(
    'LogResult' in tail && Buffer.from(tail.LogResult!, 'base64').toString(),
    /^START RequestId/,
  )
})

t.test('of two that make the same function at the same time, one does', async (t) => {
  const { functions } = await openEngine(t)
  const ends = await Promise.allSettled(Array.from({ length: 5 }, () => functions.create(REQUEST)))
  t.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
  const updates = Array.from({ length: 5 }, (_, i) => functions.update('new', { Timeout: i + 1 }))
  const ids = (await Promise.all(updates)).map(({ RevisionId }) => RevisionId)
  t.equal(new Set(ids).size, 5)
  t.equal(functions.get('new').Timeout, 5)
})

t.test('tags of functions, with names of all kinds', async (t) => {
  const { functions } = await openEngine(t)
  await functions.create({ ...REQUEST, Tags: { team: 'a' } })
  await functions.tags.add(
    'new',
    new Map([
      ['__proto__', 'x'],
      ['team', 'b'],
    ]),
  )
  t.same(Object.entries(functions.tags.get('new')), [
    ['team', 'b'],
    ['__proto__', 'x'],
  ])
  await functions.tags.remove(`${ARN}:new`, ['team', 'nobody'])
  t.same(Object.entries(functions.tags.get('new')), [['__proto__', 'x']])
  t.equal(({} as Record<string, unknown>)['x'], undefined)
})
