import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { type DaemonSigning, RemoteDaemon } from '../../lib/cli/remote-daemon.ts'
import { openRemoteWriter } from '../../lib/cli/remote-writer.ts'

type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { readonly body: string }
type Given = { readonly status: number; readonly retryAfter?: string; readonly body: string }

/** A server that gives these answers, one after another, then the last one again and again. */
async function answering(t: Test, answers: readonly Given[], signing?: DaemonSigning) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const { status, retryAfter, body } = answers[Math.min(asked.length, answers.length - 1)]!
    asked.push({ method, url, headers, body: await text(request) })
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { asked, server, daemon: new RemoteDaemon(`http://127.0.0.1:${port}/`, signing) }
}

const FOUND: Given = { status: 200, body: '{"StreamArn":"arn:orders"}' }
const BUSY: Given = { status: 429, retryAfter: '0', body: '{"message":"Rate Exceeded."}' }
const STORED: Given = { status: 200, body: '{"Accepted":2,"SequenceNumbers":{"shard":"7"}}' }

t.test('a daemon that has no room is asked again with the same lines', async (t) => {
  const { asked, daemon } = await answering(t, [FOUND, BUSY, BUSY, STORED])
  const { stream, close } = await openRemoteWriter(daemon, 'or ders', undefined)
  t.equal(stream.streamArn, 'arn:orders')
  t.same(await stream.put([{ a: 1 }, { b: 'ä\n' }]), { sequenceNumbers: { shard: '7' } })
  await close()
  t.same(
    asked.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /millrace/streams/or%20ders',
      ...Array(3).fill('POST /millrace/streams/or%20ders/records'),
    ],
  )
  for (const { body, headers } of asked.slice(1)) {
    t.equal(body, '{"a":1}\n{"b":"ä\\n"}')
    t.equal(headers.authorization, undefined)
  }
})

t.test('who closes meanwhile is not kept waiting for room', async (t) => {
  const { server, daemon } = await answering(t, [FOUND, { ...BUSY, retryAfter: '3600' }])
  const { stream, close } = await openRemoteWriter(daemon, 'orders', undefined)
  const refused = once(server, 'request')
  const put = stream.put([{}])
  put.catch(() => undefined)
  await refused
  await close()
  await t.rejects(put, { name: 'AbortError' })
})

t.test('what a daemon refuses, and what is no daemon', async (t) => {
  const bad = '{"message":"line 2: unknown member x; y; nothing of this request was stored"}'
  const { daemon } = await answering(t, [FOUND, { status: 400, body: bad }])
  const { stream } = await openRemoteWriter(daemon, 'orders', undefined)
  await t.rejects(stream.put([{}, {}]), {
    code: 'MILLRACE_RECORD_INVALID',
    facts: { number: 2, reason: 'unknown member x; y' },
  })
  const page = await answering(t, [FOUND, { status: 502, body: '<html>' }])
  const behind = await openRemoteWriter(page.daemon, 'orders', undefined)
  await t.rejects(behind.stream.put([{}]), {
    code: 'MILLRACE_SOURCE_REFUSED',
    message: /put was refused by http:\/\/127.*: HTTP status 502$/,
  })
  const absent = await answering(t, [{ status: 404, body: '{"message":"no embedded stream x"}' }])
  await t.rejects(openRemoteWriter(absent.daemon, 'x', undefined), {
    message: /to find the stream was refused by .*: no embedded stream x$/,
  })
})

t.test('every request is signed where there are keys', async (t) => {
  const signing = { region: 'eu-west-1', accessKeyId: 'AKID', secretAccessKey: 'secret' }
  const { asked, daemon } = await answering(t, [FOUND, STORED], signing)
  const settings = { shardCount: 2, streamViewType: 'NEW_IMAGE', keySchema: [] } as const
  const { stream } = await openRemoteWriter(daemon, 'orders', settings)
  await stream.put([{}])
  t.match(asked, [
    { method: 'PUT', body: '{"ShardCount":2,"StreamViewType":"NEW_IMAGE"}' },
    { method: 'POST', body: '{}' },
  ])
  const scope = /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/millrace\/aws4_request, /
  for (const { headers } of asked) {
    t.match(headers.authorization, scope)
    t.match(headers.authorization, /SignedHeaders=[^,]*host[^,]*x-amz-date/)
    t.match(headers['x-amz-date'], /^\d{8}T\d{6}Z$/)
  }
})
