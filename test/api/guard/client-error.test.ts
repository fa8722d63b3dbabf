import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { ClientErrors, noRequestAnswer } from '../../../lib/api/guard/client-error.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

t.test('what is answered to what is no request', (t) => {
  t.match(noRequestAnswer('ERR_HTTP_REQUEST_TIMEOUT'), { status: 408 })
  t.match(noRequestAnswer('HPE_HEADER_OVERFLOW'), { status: 431 })
  t.match(noRequestAnswer('HPE_INVALID_METHOD'), { status: 400 })
  t.match(noRequestAnswer(undefined), { status: 400 })
  t.end()
})

t.test('what is no request is answered and the connection ends', async (t) => {
  const { say, all } = await connection(t)
  say('nonsense\r\n\r\n')
  const answer = await all
  t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  t.match(JSON.parse(body), { Type: 'User', message: 'this is no HTTP request' })
  t.match(head, `Content-Length: ${body.length}\r\nx-amzn-ErrorType: BadRequestException`)
})

t.test('in the middle of an answer nothing is written into it', async (t) => {
  const { say, began, all } = await connection(t)
  say(REQUEST)
  await began
  say('nonsense\r\n\r\n')
  const answer = await all
  t.match(answer, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nbegun$/s)
})

/** A connection to a server that begins to answer, and does not end. */
async function connection(t: Test) {
  const errors = new ClientErrors()
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'Content-Length': 100 })
    answer.write('begun')
  })
  server.on('request', (request, answer) => errors.follow(request.socket, answer))
  server.on('clientError', errors.answer)
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let received = ''
  socket.on('error', () => {})
  const began = once(socket, 'data')
  socket.on('data', (chunk) => {
    received += chunk.toString()
  })
  const all = once(socket, 'close').then(() => received)
  return { say: (text: string) => socket.write(text), began, all }
}
