import t from 'tap'
import { createStreamsClient } from '../../../lib/sources/dynamodb-streams/streams-client.ts'
import { startRig } from '../../support/dynamodb-rig.ts'

t.test('requests are signed JSON 1.0 over kept connections', async (t) => {
  const { server, http, client } = await startRig(t, {
    region: 'eu-west-1',
    environment: {
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    },
  })
  const answer = await client.call('ListStreams', { TableName: 'é' })
  t.equal(answer.type, 'answered')
  const [call] = server.calls
  t.same(call!.request, { TableName: 'é' })
  t.match(call!.headers, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDBStreams_20120810.ListStreams',
    'x-amz-security-token': 'token',
    host: new URL(http.endpoint).host,
    connection: 'keep-alive',
    authorization:
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=.*host.*x-amz-target/,
  })
})

t.test(
  'an answer over the limit is a fault and is not held: announced, and without end',
  async (t) => {
    const { server, client } = await startRig(t, { answerBytesMax: 1000 })
    const faults = []
    server.inject('ListStreams', { type: 'body', body: new Uint8Array(1001) }, { type: 'endless' })
    for (let i = 0; i < 2; i++) faults.push(await client.call('ListStreams', {}))
    const fault = {
      type: 'no-answer',
      operation: 'ListStreams',
      reason: 'an answer of more than 1000 bytes',
    }
    t.match(faults, [
      { type: 'faulted', fault },
      { type: 'faulted', fault },
    ])
    t.equal((await client.call('ListStreams', {})).type, 'answered', 'the client goes on')
  },
)

t.test('no answer in time is a fault', async (t) => {
  const { server, client } = await startRig(t, { requestTimeoutMs: 50 })
  server.inject('ListStreams', { type: 'wait', until: new Promise(() => {}) })
  t.match(await client.call('ListStreams', {}), {
    fault: { type: 'no-answer', reason: 'no answer within 50 ms' },
  })
})

t.test('a lost connection is tried once more, and only once', async (t) => {
  const { server, client } = await startRig(t)
  server.inject('ListStreams', { type: 'drop' })
  t.equal((await client.call('ListStreams', {})).type, 'answered')
  t.equal(server.calls.length, 2)
  server.inject('ListStreams', { type: 'drop' }, { type: 'drop' })
  t.match(await client.call('ListStreams', {}), { fault: { type: 'no-answer' } })
  t.equal(server.calls.length, 4)
})

t.test('nobody there, and no credentials, are faults', async (t) => {
  const { http, client } = await startRig(t)
  await http.stop()
  t.match(await client.call('ListStreams', {}), {
    fault: { type: 'no-answer', reason: /ECONNREFUSED/ },
  })
  const credentials = () => Promise.reject(new Error('none found'))
  const poor = createStreamsClient({ endpoint: client.endpoint.url.href, credentials })
  t.match(await poor.call('ListStreams', {}), {
    fault: { type: 'no-credentials', reason: 'none found' },
  })
  await poor.close()
})

t.test("a server's words come as one printable line", async (t) => {
  const { server, client } = await startRig(t)
  const message = `a\r\nb\u001b[31m${'x'.repeat(9999)}`
  server.inject('ListStreams', { type: 'error', status: 400, code: 'X', message })
  const answer = await client.call('ListStreams', {})
  if (answer.type !== 'faulted') throw new Error('answered')
  t.match(answer.fault, { code: 'X', reason: /^a\\r\\nb\\u001b\[31mx{491}$/ })
  server.inject('ListStreams', { type: 'body', status: 502, body: '<html>' })
  t.match(await client.call('ListStreams', {}), { fault: { status: 502, code: '', reason: '' } })
})
