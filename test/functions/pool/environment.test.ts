import t from 'tap'
import { handlerEnvironment } from '../../../lib/functions/pool/environment.ts'
import { createTestPool, IDENTITY, moduleSettings, TestHost } from '../../support/function-host.ts'

const INHERITED = {
  PATH: '/bin',
  HOME: '/home/u',
  TZ: 'UTC',
  LANG: 'C',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:2',
  NODE_OPTIONS: '--trace-warnings',
  MILLRACE_SECRET_ACCESS_KEY: 'ours',
  DATABASE_PASSWORD: 'ours too',
}
const EXPECTED = {
  PATH: '/bin',
  HOME: '/home/u',
  TZ: 'UTC',
  LANG: 'C',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:2',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  TABLE: 'orders',
  _HANDLER: 'answers.environment',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
  AWS_LAMBDA_FUNCTION_NAME: 'on-order',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/on-order',
  AWS_LAMBDA_LOG_STREAM_NAME: IDENTITY.logStreamName,
}

t.test('a handler’s environment is the allow-list and nothing else', async (t) => {
  const settings = moduleSettings('answers.environment', { environment: { TABLE: 'orders' } })
  const pool = createTestPool(settings, { inherited: INHERITED })
  const host = new TestHost(pool)
  await host.next('loaded')
  t.same(await host.answer(), {
    type: 'returned',
    value: { ...EXPECTED, LAMBDA_TASK_ROOT: settings.codeDirectory },
  })
  await host.close()
})

t.test('Environment.Variables overrule what is inherited, not Lambda’s reserved names', (t) => {
  const variables = handlerEnvironment({
    settings: moduleSettings('a.b', {
      environment: { TZ: 'Asia/Tokyo', AWS_LAMBDA_FUNCTION_NAME: 'other' },
    }),
    identity: IDENTITY,
    region: 'eu-west-1',
    inherited: { TZ: 'UTC', AWS_REGION: 'us-west-2', PATH: undefined },
  })
  t.match(variables, { TZ: 'Asia/Tokyo', AWS_LAMBDA_FUNCTION_NAME: 'on-order' })
  t.equal(variables['AWS_REGION'], 'us-west-2')
  t.equal(variables['AWS_DEFAULT_REGION'], 'eu-west-1')
  t.notOk('PATH' in variables)
  t.end()
})
