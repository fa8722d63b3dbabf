// Clients that take their time: each waits for the server to cut it.
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { createGuardedServer } from '../../../lib/api/guard/guarded-server.ts'
import type { Listener } from '../../../lib/api/guard/host-guard.ts'
import { SERVER_LIMITS } from '../../../lib/api/guard/server-limits.ts'
import { connected, exchange, requestText, statusesOf } from '../../support/raw-http.ts'

const QUIET = { debug() {}, error() {} }
const LARGE = Buffer.alloc(64 * 1024 * 1024, 'x')
const QUICK = { ...SERVER_LIMITS, headMs: 200, requestMs: 400, unreadMs: 200 }

/** A server with a large answer at `/large`, and one that waits for the test at `/later`. */
async function serve(t: Test, limits = QUICK) {
  let listener: Listener = { host: '127.0.0.1', port: 0 }
  const fastify = createGuardedServer({ log: QUIET, listener: () => listener }, limits)
  let answerLater = (): void => {}
  const later = new Promise<void>((resolve) => {
    answerLater = resolve
  })
  const largeEnded = new Promise<void>((resolve) => {
    fastify.get('/large', async (_, { raw }) => {
      raw.once('close', () => resolve())
      return LARGE
    })
  })
  fastify.get('/later', async () => later.then(() => 'later'))
  fastify.post('/', async () => 'taken')
  t.teardown(() => fastify.close())
  await fastify.listen(listener)
  const address = fastify.server.address()
  if (typeof address === 'string' || !address) throw new Error('no port')
  listener = { ...listener, port: address.port }
  return { port: address.port, host: `Host: 127.0.0.1:${address.port}`, answerLater, largeEnded }
}

t.test('reliability §4 (5): slow heads and bodies, and who says nothing', async (t) => {
  const { port, host } = await serve(t)
  const rows: [string, string][] = [
    ['nothing', ''],
    ['half a head', `GET /later HTTP/1.1\r\n${host}\r\nX-A:`],
    ['half a body', requestText('POST /', [host, 'Content-Length: 100'], 'half')],
    ['half a chunk', requestText('POST /', [host, 'Transfer-Encoding: chunked'], '100\r\nhalf')],
  ]
  for (const [name, bytes] of rows) t.same(statusesOf(await exchange(port, bytes)), [408], name)
  const taken = requestText('POST /', [host, 'Content-Length: 4'], 'full')
  t.same(statusesOf(await exchange(port, taken)), [200], 'as it should be')
})

t.test(
  'reliability §4 (5): who does not read is cut; who waits for an answer is not',
  async (t) => {
    const { port, host, answerLater, largeEnded } = await serve(t)
    const waiting = exchange(port, requestText('GET /later', [host]))
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    socket.write(requestText('GET /large', [host]))
    await largeEnded
    let receivedBytes = 0
    socket.on('data', ({ length }) => {
      receivedBytes += length
    })
    await new Promise((resolve) => socket.once('close', resolve))
    t.ok(receivedBytes < LARGE.length, 'not all of it')
    answerLater()
    t.same(statusesOf(await waiting), [200])
  },
)

t.test(
  'reliability §4 (5): too many connections are closed at once, and then taken again',
  async (t) => {
    const { port, host } = await serve(t, { ...SERVER_LIMITS, connections: 3 })
    const idle = await Promise.all([1, 2, 3].map(() => connected(port)))
    const request = requestText('POST /', [host, 'Content-Length: 0'])
    t.same(statusesOf(await exchange(port, request)), [], 'not one more')
    for (const socket of idle) socket.destroy()
    // The server sees a little later that they are gone.
    let statuses: readonly number[] = []
    while (statuses.length === 0) statuses = statusesOf(await exchange(port, request))
    t.same(statuses, [200])
  },
)
