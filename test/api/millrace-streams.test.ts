import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { PUT_BODY_BYTES_MAX } from '../../lib/core/limits.ts'
import { RunningDaemon } from '../support/daemon.ts'
import { order } from '../support/embedded-fixture.ts'
import { type ServedApi, serveApi } from '../support/served-api.ts'
import { allRecords, streamArnOf, streamsClient } from '../support/streams-client.ts'

const KEY = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] }
const NDJSON = { 'content-type': 'application/x-ndjson' }
const PATH = '/millrace/streams/orders'

type Answer = { readonly status: number; readonly body: Record<string, unknown> }

async function ask({ url }: { readonly url: string }, path: string, init: RequestInit = {}) {
  const answer = await fetch(url + path, init)
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, body, exception: answer.headers.get('x-amzn-errortype') }
}

const put = (
  api: { readonly url: string },
  body: string | Buffer,
  headers: Record<string, string> = NDJSON,
) => ask(api, `${PATH}/records`, { method: 'POST', headers, body })

const lines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('')

const countIn = (api: ServedApi): number =>
  api.engine
    .stream('orders')
    .shards()
    .reduce((sum, { recordCount }) => sum + recordCount, 0)

t.test('a stream is made once; other settings are refused', async (t) => {
  const api = await serveApi(t, t.testdir())
  const make = (settings: unknown, path = PATH) =>
    ask(api, path, { method: 'PUT', body: JSON.stringify(settings) })
  const settings = { ShardCount: 2, StreamViewType: 'NEW_IMAGE', ...KEY }
  const made = await make(settings)
  t.match(made, {
    status: 201,
    body: { StreamName: 'orders', StreamStatus: 'ENABLED', RecordCount: 0, ...settings },
  })
  t.match(made.body['StreamArn'], /:table\/orders\/stream\//)
  t.match(made.body['Shards'], [{ ShardStatus: 'OPEN', KeyShare: 50 }, { KeyShare: 50 }])
  t.same(await make(settings), { ...made, status: 200 })
  t.same((await ask(api, PATH)).body, made.body)
  const { Shards: _, ...summary } = made.body
  t.same((await ask(api, '/millrace/streams')).body, { Streams: [summary] })
  const conflict = { status: 409, exception: 'ResourceConflictException' }
  t.match(await make({ ...settings, ShardCount: 3 }), {
    ...conflict,
    body: { message: 'the stream orders exists with another ShardCount: 2, not 3' },
  })
  t.match(await make({}), conflict)
  t.match(await make({}, '/millrace/streams/plain'), {
    status: 201,
    body: { ShardCount: 1, StreamViewType: 'NEW_AND_OLD_IMAGES', KeySchema: undefined },
  })
  const invalid: [settings: unknown, path: string, message: RegExp][] = [
    [{ ShardCount: 0 }, PATH, /'0' at 'shardCount' failed to satisfy constraint/],
    [{ Shards: 1 }, PATH, /Unknown member 'shards'.*Allowed: ShardCount/],
    [{ KeySchema: [{ AttributeName: 'a', KeyType: 'RANGE' }] }, PATH, /first key must be HASH/],
    [[], PATH, /must be a map/],
    [{}, '/millrace/streams/a', /the name of a stream must be 3 to 255/],
    [{}, '/millrace/streams/..%2f..%2fetc', /the name of a stream must be 3 to 255/],
  ]
  for (const [settings, path, message] of invalid)
    t.match(await make(settings, path), { status: 400, body: { message } })
  const { body: listed } = await ask(api, '/millrace/streams')
  t.equal((listed['Streams'] as readonly object[]).length, 2, 'nothing of these was made')
})

t.test('a stream and its records are there again after kill -9', async (t) => {
  const directory = t.testdir()
  const first = await RunningDaemon.start(directory)
  const body = JSON.stringify({ ShardCount: 3, ...KEY })
  const { body: made } = await ask(first, PATH, { method: 'PUT', body })
  t.match(await put(first, lines([order('a'), order('b')])), { status: 200, body: { Accepted: 2 } })
  await first.kill()
  const second = await RunningDaemon.start(directory)
  t.teardown(() => second.kill())
  const { body: found } = await ask(second, PATH)
  t.same(found['StreamArn'], made['StreamArn'])
  t.equal(found['RecordCount'], 2)
  const client = streamsClient(second)
  t.equal((await allRecords(client, await streamArnOf(client, 'orders'))).length, 2)
})

t.test('lines, however their bytes are cut, and whatever they are called', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const ids = ['a', '[{"\\"]},日本😀\n', 'b']
  const wanted = ids.map((id) => order(id, { x: { L: [{ S: '}],[{' }] } }))
  const bodies: [title: string, body: string, headers?: Record<string, string>][] = [
    ['lines', lines(wanted)],
    [
      'no line feed at the end, CRLF, empty lines',
      `\r\n${lines(wanted).replaceAll('\n', '\r\n \n').trim()}`,
    ],
    ['called JSON', lines(wanted), { 'content-type': 'application/json' }],
  ]
  for (const [title, body, headers = NDJSON] of bodies) {
    t.match(await put(api, body, headers), { status: 200, body: { Accepted: 3 } }, title)
    t.match(await inPieces(api, body, headers), { status: 200, body: { Accepted: 3 } }, title)
  }
  for (const body of ['', '\n \n'])
    t.same((await put(api, body)).body, { Accepted: 0, SequenceNumbers: {} })
  const client = streamsClient(api)
  const records = await allRecords(client, await streamArnOf(client, 'orders'))
  t.same(
    records.map(({ dynamodb }) => dynamodb!.Keys!['id']!.S),
    bodies.flatMap(() => [...ids, ...ids]),
  )
})

/** Sends a body byte by byte, chunked. */
function inPieces(api: ServedApi, body: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${api.url}${PATH}/records`, { method: 'POST', headers }, (answer) => {
      text(answer).then(
        (body) => resolve({ status: answer.statusCode!, body: JSON.parse(body) }),
        reject,
      )
    })
    sent.on('error', reject)
    for (const byte of Buffer.from(body)) sent.write(Buffer.of(byte))
    sent.end()
  })
}

t.test('a bad line is told by its number, and nothing of its request is stored', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const good = lines([order('a'), order('b')])
  const cases: [body: string | Buffer, message: RegExp][] = [
    [`${good}\n{"x":1}\n${good}`, /^line 4: unknown member x; nothing of this request was/],
    [`${good}{"dynamodb":\n`, /^line 3: it is no JSON: /],
    [Buffer.concat([Buffer.from(good), Buffer.from([0xff, 0x0a])]), /^line 3: it is not UTF-8/],
    [`${good}{"dynamodb":{"Keys":{},"NewImage":{}}}`, /^line 3: dynamodb\.Keys\.id must be/],
    [`[${JSON.stringify(order('a'))}]`, /^line 1: must be a JSON object/],
    [`${good}${'['.repeat(1_000_000)}`, /^line 3: /],
    [lines([order('a', { x: { S: 'x'.repeat(1024 * 1024) } })]), /^line 1: has more than/],
  ]
  for (const [body, message] of cases)
    t.match(await put(api, body), { status: 400, body: { message } })
  t.equal(countIn(api), 0)
  t.match(await ask(api, '/millrace/streams/none/records', { method: 'POST', body: good }), {
    status: 404,
    exception: 'ResourceNotFoundException',
    body: { message: 'no embedded stream none; there are: orders' },
  })
  await api.engine.stream('orders').close()
  t.match(await put(api, good), { status: 409, exception: 'ResourceConflictException' })
})

t.test('the limits of a body', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const head = (length: string) =>
    `POST ${PATH}/records HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n${length}\r\n\r\n`
  const announced = await exchange(api, head(`Content-Length: ${PUT_BODY_BYTES_MAX + 1}`))
  t.match(announced, /^HTTP\/1\.1 413 .*RequestTooLargeException/s)
  const size = PUT_BODY_BYTES_MAX + 1
  const endless = `${head('Transfer-Encoding: chunked')}${size.toString(16)}\r\n${' '.repeat(size)}`
  t.match(await exchange(api, endless), /^HTTP\/1\.1 413 .*RequestTooLargeException/s)
  const packed = { ...NDJSON, 'content-encoding': 'gzip' }
  t.match(await put(api, randomBytes(10), packed), { status: 400 })
  const cut = head('Content-Length: 1000') + lines([order('a')])
  await new Promise<void>((resolve) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.end(cut))
    socket.on('close', () => resolve()).resume()
  })
  t.equal(countIn(api), 0, 'a body that was cut off is no body')
})

/** Sends bytes, and reads what comes back until the other side ends. */
function exchange({ port }: ServedApi, sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(sent))
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text
    })
    // The other side may end while it is still being sent to.
    socket.on('error', () => undefined).on('close', () => resolve(received))
    socket.setTimeout(15_000, () => reject(new Error('no answer')))
  })
}

t.test('more than can be held is asked to come again, and then it is taken', async (t) => {
  const api = await serveApi(t, t.testdir(), { orders: KEY })
  const waiting = Array.from({ length: 4 }, () => {
    const socket = connect(api.port, '127.0.0.1')
    const length = `Content-Length: ${PUT_BODY_BYTES_MAX}`
    socket.write(`POST ${PATH}/records HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n${length}\r\n`)
    return new Promise<typeof socket>((resolve) => {
      socket.write('Expect: 100-continue\r\n\r\n', () => undefined)
      socket.once('data', () => resolve(socket))
    })
  })
  const sockets = await Promise.all(waiting)
  const answer = await fetch(`${api.url}${PATH}/records`, {
    method: 'POST',
    headers: NDJSON,
    body: lines([order('a')]),
  })
  t.equal(answer.status, 429)
  t.equal(answer.headers.get('retry-after'), '1')
  t.match(await answer.json(), { message: 'Rate Exceeded.', Reason: 'CallerRateLimitExceeded' })
  t.equal(countIn(api), 0)
  const [first] = sockets
  const body = Buffer.alloc(PUT_BODY_BYTES_MAX, ' ')
  body.write(lines([order('b')]))
  const answered = new Promise<string>((resolve) => {
    first!.once('data', (bytes: Buffer) => resolve(bytes.toString()))
  })
  first!.write(body)
  t.match(await answered, /^HTTP\/1\.1 200 OK.*"Accepted":1/s)
  for (const socket of sockets) socket.destroy()
  t.match(await put(api, lines([order('a')])), { status: 200 })
  t.equal(countIn(api), 2)
})
