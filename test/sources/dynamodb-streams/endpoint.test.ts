import t from 'tap'
import { createCredentialSource } from '../../../lib/sources/dynamodb-streams/credentials.ts'
import { resolveEndpoint } from '../../../lib/sources/dynamodb-streams/endpoint.ts'

t.test(
  'setting, then the variables from the narrow one to the wide one, then AWS by region',
  (t) => {
    const all = {
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://streams:1',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://dynamodb:2/',
      AWS_ENDPOINT_URL: 'http://any:3',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-2',
    }
    const url = (settings: object, environment: object) =>
      resolveEndpoint(settings, environment as Record<string, string>).url.href
    t.equal(url({ endpoint: 'https://set:9/base' }, all), 'https://set:9/base')
    t.equal(url({}, all), 'http://streams:1/')
    t.equal(url({}, { ...all, AWS_ENDPOINT_URL_DYNAMODB_STREAMS: '' }), 'http://dynamodb:2/')
    t.equal(url({}, { AWS_ENDPOINT_URL: all.AWS_ENDPOINT_URL }), 'http://any:3/')
    t.equal(
      url({}, { AWS_REGION: 'eu-west-1' }),
      'https://streams.dynamodb.eu-west-1.amazonaws.com/',
    )
    t.equal(
      url({ region: 'cn-north-1' }, {}),
      'https://streams.dynamodb.cn-north-1.amazonaws.com.cn/',
    )
    t.equal(resolveEndpoint({}, {}).region, 'us-east-1')
    t.equal(resolveEndpoint({}, all).region, 'eu-west-1')
    t.equal(resolveEndpoint({ region: 'x' }, all).region, 'x')
    t.end()
  },
)

t.test('what is no plain http URL is refused', (t) => {
  for (const endpoint of ['nonsense', 'file:///etc', 'http://user@host', 'http://host/?q=1'])
    t.throws(
      () => resolveEndpoint({ endpoint }, {}),
      { code: 'MILLRACE_SETTING_INVALID' },
      endpoint,
    )
  t.throws(() => resolveEndpoint({}, { AWS_ENDPOINT_URL: 'x' }), {
    message: /^AWS_ENDPOINT_URL must be/,
  })
  t.throws(() => resolveEndpoint({ region: 'a b/..' }, {}), { code: 'MILLRACE_SETTING_INVALID' })
  t.end()
})

t.test('loopback is what cannot leave this machine', (t) => {
  const isLoopback = (endpoint: string) => resolveEndpoint({ endpoint }, {}).isLoopback
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    'localhost',
    'LOCALHOST',
    'a.localhost',
    '[::1]',
    '0x7f.1',
  ])
    t.ok(isLoopback(`http://${host}:8000`), host)
  for (const host of ['127.0.0.1.evil.test', 'localhost.evil.test', '10.0.0.1', 'dynamodb-local'])
    t.notOk(isLoopback(`http://${host}:8000`), host)
  t.end()
})

t.test('credentials: the environment, dummies on loopback, else the default chain', async (t) => {
  const loopback = resolveEndpoint({ endpoint: 'http://127.0.0.1:1' }, {})
  const aws = resolveEndpoint({}, {})
  const keys = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S' }
  t.same(await createCredentialSource(loopback, keys)(), { accessKeyId: 'A', secretAccessKey: 'S' })
  t.same(await createCredentialSource(aws, { ...keys, AWS_SESSION_TOKEN: 'T' })(), {
    accessKeyId: 'A',
    secretAccessKey: 'S',
    sessionToken: 'T',
  })
  const dummies = await createCredentialSource(loopback, {})()
  t.ok(dummies.accessKeyId && dummies.secretAccessKey)
})
