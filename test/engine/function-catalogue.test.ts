import t, { type Test } from 'tap'
import { createEngine, type Engine } from '../../lib/index.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function'

async function openEngine(t: Test): Promise<Engine> {
  const data = t.testdir({})
  const engine = await createEngine({
    data,
    functions: {
      greet: { Handler: async () => {}, Timeout: 7 },
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

t.test('functions are listed and got by any form of their name', async (t) => {
  const { functions } = await openEngine(t)
  const [greet, count] = functions.list()
  t.same(Object.keys(greet!), ['FunctionName', 'FunctionArn', 'Timeout', 'LastModified', 'Version'])
  t.match(greet, { FunctionName: 'greet', FunctionArn: `${ARN}:greet`, Timeout: 7 })
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
  for (const name of ['count', 'count:$LATEST', '000000000000:function:count', `${ARN}:count`])
    t.same(functions.get(name), count, name)
})

t.test('what is not there is not found, in AWS’s words', async (t) => {
  const { functions } = await openEngine(t)
  for (const [name, arn] of [
    ['nobody', `${ARN}:nobody`],
    ['count:PROD', `${ARN}:count:PROD`],
    [`${ARN.replace('us-east-1', 'eu-west-1')}:count`, ':eu-west-1:'],
  ] as const)
    for (const call of [() => functions.get(name), () => functions.delete(name)])
      t.throws(call, {
        exception: 'ResourceNotFoundException',
        status: 404,
        message: new RegExp(`^Function not found: .*${arn.replace('$', '\\$')}`),
      })
})

t.test('what would change functions is refused, not ignored', async (t) => {
  const { functions } = await openEngine(t)
  t.throws(() => functions.create({ FunctionName: 'new' }), {
    exception: 'InvalidParameterValueException',
    message: /^Creating a function is not supported by this version/,
  })
  for (const call of [() => functions.update('count', {}), () => functions.delete('count')])
    t.throws(call, { exception: 'ResourceConflictException', message: /belongs to the config/ })
  t.equal(functions.list().length, 2)
})
