// A listener that others than this machine may reach: it answers to nobody who does not know the secret key.
import { createHash } from 'node:crypto'
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { watchCondition } from '../support/daemon-condition.ts'
import { functionOf } from '../support/lambda-client.ts'
import { millrace } from '../support/millrace-process.ts'
import { exchange, requestText, statusesOf } from '../support/raw-http.ts'
import {
  KEYS,
  type SignedRequest,
  send,
  signedRequest,
  type Wanted,
} from '../support/signed-request.ts'

const ENVIRONMENT = {
  MILLRACE_ACCESS_KEY_ID: KEYS.accessKeyId,
  MILLRACE_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
}
const FUNCTIONS = '/2015-03-31/functions'
const INVALID = 'InvalidSignatureException'
const INCOMPLETE = 'IncompleteSignatureException'

/** Another spelling of 127.0.0.1, which counts as an address that others may reach. */
const ELSEWHERE = ['--host', '127.1']

async function start(t: Test, logLevel = 'info') {
  const directory = t.testdir()
  const environment = { ...ENVIRONMENT, LOG_LEVEL: logLevel }
  const daemon = await RunningDaemon.start(directory, { words: ELSEWHERE, environment })
  t.teardown(() => daemon.kill())
  const { port } = daemon
  const sign = (wanted: Wanted) => signedRequest(port, wanted)
  const ask = (path: string) => {
    const { headers } = sign({ line: `GET ${path}` })
    return daemon.request(path, { headers: { ...headers } as Record<string, string> })
  }
  return { directory, daemon, port, sign, ask }
}

t.test('contract §5: without keys it does not start on such an address', (t) => {
  for (const host of ['0.0.0.0', '::', '127.1', 'example.test', '127.0.0.1.example.test']) {
    const cwd = t.testdir()
    const { status, stdout, stderr } = millrace(['start', '--host', host], cwd)
    t.equal(status, 3)
    t.equal(stdout, '')
    t.match(stderr, /--host.*set MILLRACE_ACCESS_KEY_ID and MILLRACE_SECRET_ACCESS_KEY/)
  }
  const environment = { MILLRACE_SECRET_ACCESS_KEY: KEYS.secretAccessKey }
  const { status, stderr } = millrace(['start', '--host', '0.0.0.0'], t.testdir(), { environment })
  t.equal(status, 3)
  t.match(stderr, /set MILLRACE_ACCESS_KEY_ID, or/)
  t.notMatch(stderr, KEYS.secretAccessKey)
  t.end()
})

t.test('AWS’s own client is understood: bodies, colons in paths, queries', async (t) => {
  const { daemon, port, sign } = await start(t)
  const client = new LambdaClient({
    endpoint: daemon.url,
    region: 'us-east-1',
    credentials: KEYS,
    maxAttempts: 1,
  })
  const code = 'export const handler = async (event) => event'
  const { FunctionArn } = await client.send(new CreateFunctionCommand(functionOf('fn', code)))
  const got = await client.send(new GetFunctionCommand({ FunctionName: FunctionArn }))
  t.equal(got.Configuration?.FunctionName, 'fn')
  const answer = await client.send(
    new InvokeCommand({ FunctionName: 'fn', Qualifier: '$LATEST', Payload: Buffer.from('"ü"') }),
  )
  t.equal(answer.Payload?.transformToString(), '"ü"')
  t.match(await client.send(new ListFunctionsCommand({ MaxItems: 1 })), { Functions: [{}] })
  const filter = { FunctionName: 'fn', EventSourceArn: 'arn:aws:dynamodb:x:0:table/a b/stream/*' }
  t.match(await client.send(new ListEventSourceMappingsCommand(filter)), {
    EventSourceMappings: [],
  })
  const stranger = new LambdaClient({
    endpoint: daemon.url,
    region: 'us-east-1',
    credentials: { ...KEYS, secretAccessKey: 'guessed' },
    maxAttempts: 1,
  })
  await t.rejects(stranger.send(new ListFunctionsCommand({})), {
    name: INVALID,
    $metadata: { httpStatusCode: 403 },
  })
  const streams = sign({
    line: 'POST /',
    body: '{}',
    service: 'dynamodb',
    headers: { 'X-Amz-Target': 'DynamoDBStreams_20120810.ListStreams' },
  })
  t.not((await send(port, streams)).status, 403, 'the other API on the same port')
  t.equal((await daemon.stop()).status, 0)
})

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

type Attack = readonly [SignedRequest, string, RegExp]

t.test('reliability §4 (11): whose signature does not fit is refused', async (t) => {
  const { directory, daemon, port, sign, ask } = await start(t)
  const unharmed = await watchCondition(t, { ask, directory })
  const body = JSON.stringify({ FunctionName: 'fn' })
  const post = { line: `POST ${FUNCTIONS}`, body }
  const hashed = { ...post, headers: { 'X-Amz-Content-Sha256': sha256Of(body) } }
  const list = { line: `GET ${FUNCTIONS}?MaxItems=1` }
  const unsigned = { headers: { Host: `127.0.0.1:${port}` }, body: '' }
  const changed = (wanted: Wanted, change: Partial<SignedRequest>): SignedRequest => ({
    ...sign(wanted),
    ...change,
  })
  const withHeader = (wanted: Wanted, name: string, value: string | readonly string[]) => {
    const signed = sign(wanted)
    return { ...signed, headers: { ...signed.headers, [name]: value } }
  }
  const encoded = { line: `GET ${FUNCTIONS}/a%2Fb` }
  const attacks: Readonly<Record<string, Attack>> = {
    'no signature': [
      { line: `GET ${FUNCTIONS}`, ...unsigned },
      'MissingAuthenticationTokenException',
      /^Missing Authentication Token$/,
    ],
    'no signature, no such path': [
      { line: 'DELETE /nothing', ...unsigned },
      'MissingAuthenticationTokenException',
      /^Missing/,
    ],
    'no signature, metrics': [
      { line: 'GET /metrics', ...unsigned },
      'MissingAuthenticationTokenException',
      /^Missing/,
    ],
    'no signature, alive in other words': [
      { line: 'GET /%6civez/x', ...unsigned },
      'MissingAuthenticationTokenException',
      /^Missing/,
    ],
    'a password': [withHeader(list, 'Authorization', 'Basic YTpi'), INCOMPLETE, /'Basic'/],
    'another key': [
      sign({ ...list, keys: { ...KEYS, accessKeyId: 'AKIDOTHER' } }),
      'UnrecognizedClientException',
      /^The security token included in the request is invalid\.$/,
    ],
    'another secret': [
      sign({ ...list, keys: { ...KEYS, secretAccessKey: 'guessed' } }),
      INVALID,
      /^The request signature we calculated does not match/,
    ],
    old: [sign({ ...list, minutes: -16 }), INVALID, /^Signature expired: .* - 5 min\.\)$/],
    'sent again later': [sign({ ...post, minutes: -6 }), INVALID, /^Signature expired/],
    ahead: [sign({ ...list, minutes: 16 }), INVALID, /^Signature not yet current: /],
    'another body': [changed(post, { body: body.replace('fn', 'xx') }), INVALID, /does not match/],
    'another body, hash told': [
      changed(hashed, { body: body.replace('fn', 'xx') }),
      INVALID,
      /does not match/,
    ],
    'another body, another hash told': [
      withHeader(hashed, 'X-Amz-Content-Sha256', sha256Of('x')),
      INVALID,
      /does not match/,
    ],
    'a body where none was': [
      changed({ line: `POST ${FUNCTIONS}` }, { body }),
      INVALID,
      /does not match/,
    ],
    'no body where one was': [
      withHeader({ ...hashed, body: '' }, 'X-Amz-Content-Sha256', sha256Of(body)),
      INVALID,
      /does not match/,
    ],
    'another method': [
      changed(list, { line: `DELETE ${FUNCTIONS}/fn` }),
      INVALID,
      /does not match/,
    ],
    'another path': [changed(list, { line: `GET ${FUNCTIONS}/fn` }), INVALID, /does not match/],
    'another parameter': [
      changed(list, { line: `GET ${FUNCTIONS}?MaxItems=2` }),
      INVALID,
      /does not match/,
    ],
    'one parameter more': [changed(list, { line: `${list.line}&Marker=a` }), INVALID, /not match/],
    'a parameter without a name': [
      changed(list, { line: `${list.line}&=a` }),
      INVALID,
      /not match/,
    ],
    'encoded once more': [
      changed(encoded, { line: `GET ${FUNCTIONS}/a%252Fb` }),
      INVALID,
      /does not match/,
    ],
    'decoded once': [changed(encoded, { line: `GET ${FUNCTIONS}/a/b` }), INVALID, /not match/],
    'signed as if encoded once': [
      changed({ line: `GET ${FUNCTIONS}/a/b` }, encoded),
      INVALID,
      /does not match/,
    ],
    'another host': [withHeader(list, 'Host', 'other.test'), INVALID, /does not match/],
    'another header of AWS': [
      withHeader({ ...post, headers: { 'X-Amz-Target': 'a' } }, 'X-Amz-Target', 'b'),
      INVALID,
      /does not match/,
    ],
    'one header of AWS more': [
      withHeader(post, 'X-Amz-Invocation-Type', 'Event'),
      INVALID,
      /^'x-amz-invocation-type' must be a 'SignedHeader' in the AWS Authorization\.$/,
    ],
    'another service': [sign({ ...list, service: 's3' }), INVALID, /correct service: 'lambda'/],
    'another region': [
      sign({ ...list, region: 'eu-west-1' }),
      INVALID,
      /valid region, not 'eu-west-1'/,
    ],
    'an unsigned payload': [
      sign({ ...post, headers: { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } }),
      INVALID,
      /^The payload must be signed/,
    ],
    'a presigned URL': [
      { line: `${list.line}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=a`, ...unsigned },
      INCOMPLETE,
      /^Presigned URLs are not taken here/,
    ],
  }
  for (const [name, [request, exception, message]] of Object.entries(attacks))
    t.match(await send(port, request), { status: 403, exception, message }, name)
  t.equal((await send(port, sign(list))).status, 200, 'as it should be')
  t.equal((await send(port, sign({ line: 'GET /nothing' }))).status, 404)
  t.equal((await daemon.request('/livez')).status, 200, 'who is alive may be asked by everybody')
  t.equal((await daemon.request('/readyz')).status, 200)
  await unharmed()
})

t.test(
  'the guards of loopback hold there too, and a body is checked behind its limit',
  async (t) => {
    const { port, sign, ask } = await start(t)
    const { headers } = sign({ line: `GET ${FUNCTIONS}` })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)
    const foreign = requestText(`GET ${FUNCTIONS}`, [...lines, 'Origin: http://evil.test'])
    t.match(await exchange(port, foreign), /403.*requests of other origins are refused/s)
    const twice = requestText(`GET ${FUNCTIONS}`, [...lines, 'Authorization: a'])
    t.match(await exchange(port, twice), /one Authorization header only/)
    const large = 'x'.repeat(1024 * 1024 + 1)
    const path = '/2015-03-31/event-source-mappings'
    t.equal((await send(port, sign({ line: `POST ${path}`, body: large }))).status, 413)
    const chunks = [
      `Host: 127.0.0.1:${port}`,
      'Transfer-Encoding: chunked',
      ...authorized(sign, path),
    ]
    const chunked = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`
    const cut = await exchange(port, requestText(`POST ${path}`, chunks, chunked))
    t.same(statusesOf(cut), [413], 'the limit comes first')
    t.equal((await ask('/livez')).status, 200)
  },
)

/** Signed for an empty body, which the one that is sent is not. */
function authorized(sign: (wanted: Wanted) => SignedRequest, path: string): readonly string[] {
  const { headers } = sign({ line: `POST ${path}` })
  return Object.entries(headers)
    .filter(([name]) => name !== 'Host')
    .map(([name, value]) => `${name}: ${String(value)}`)
}

t.test('reliability §4 (13): neither keys nor signatures are in the log', async (t) => {
  const { daemon, port, sign } = await start(t, 'trace')
  const signed = sign({ line: `GET ${FUNCTIONS}` })
  t.equal((await send(port, signed)).status, 200)
  t.equal((await send(port, { ...signed, line: `GET ${FUNCTIONS}/fn` })).status, 403)
  t.equal((await send(port, sign({ line: 'GET /x', service: 's3' }))).status, 403)
  const { stderr, status } = await daemon.stop()
  t.equal(status, 0)
  t.notMatch(stderr, KEYS.secretAccessKey)
  t.notMatch(stderr, /Signature=|[0-9a-f]{64}/)
})
