// What reaches the daemon before a body does: by its names, by its form, by who sent it.
import t, { type Test } from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { watchCondition } from '../support/daemon-condition.ts'
import { exchange, requestText, statusesOf } from '../support/raw-http.ts'

/** A request that would change something, if it were taken. */
const PUT = 'PUT /2017-10-31/functions/fn/concurrency'
const FORM = '{"ReservedConcurrentExecutions":0}'

async function attacked(t: Test) {
  const directory = t.testdir()
  const daemon = await RunningDaemon.start(directory)
  t.teardown(() => daemon.kill())
  const ask = (path: string) => daemon.request(path)
  const unharmed = await watchCondition(t, { ask, directory })
  const { port } = daemon
  return { daemon, port, host: `Host: 127.0.0.1:${port}`, unharmed }
}

t.test('reliability §4 (1): names and targets of other servers', async (t) => {
  const { port, host, unharmed } = await attacked(t)
  const length = `Content-Length: ${FORM.length}`
  const rows: [string, string, number][] = [
    ['a foreign name', requestText(PUT, ['Host: evil.test', length], FORM), 403],
    ['a foreign name with our port', requestText(PUT, [`Host: evil.test:${port}`]), 403],
    ['ours as a label', requestText(PUT, [`Host: 127.0.0.1.evil.test:${port}`]), 403],
    ['a trailing dot', requestText(PUT, [`Host: localhost.:${port}`]), 403],
    ['0', requestText(PUT, [`Host: 0:${port}`]), 403],
    ['0.0.0.0', requestText(PUT, [`Host: 0.0.0.0:${port}`]), 403],
    ['hexadecimal', requestText(PUT, [`Host: 0x7f.1:${port}`]), 403],
    ['decimal', requestText(PUT, [`Host: 2130706433:${port}`]), 403],
    ['with a user', requestText(PUT, [`Host: 127.0.0.1:${port}@evil.test`]), 403],
    ['another port', requestText(PUT, ['Host: 127.0.0.1:1']), 403],
    ['no port', requestText(PUT, ['Host: 127.0.0.1']), 403],
    ['an empty name', requestText(PUT, ['Host:']), 403],
    ['two names, ours first', requestText(PUT, [host, 'Host: evil.test']), 400],
    ['two names, ours last', requestText(PUT, ['Host: evil.test', host]), 400],
    ['no name', requestText(PUT, []), 400],
    ['HTTP/1.0 without a name', `${PUT} HTTP/1.0\r\n\r\n`, 400],
    ['HTTP/0.9', 'GET /livez\r\n\r\n', 400],
    ['an absolute target', requestText('GET http://evil.test/livez', [host]), 400],
    ['an absolute target of ours', requestText(`GET http://127.0.0.1:${port}/livez`, [host]), 400],
    ['an asterisk', requestText('OPTIONS *', [host]), 400],
    ['a forwarded name', requestText('GET /livez', ['X-Forwarded-Host: evil.test']), 400],
  ]
  for (const [name, bytes, status] of rows)
    t.same(statusesOf(await exchange(port, bytes)), [status], name)
  t.same(statusesOf(await exchange(port, requestText('GET /livez', [host]))), [200], 'as it should')
  await unharmed()
})

t.test('reliability §4 (2, 3): pages of other sites', async (t) => {
  const { port, host, unharmed } = await attacked(t)
  const body = [`Content-Length: ${FORM.length}`]
  const post = (...headers: string[]) => requestText(PUT, [host, ...body, ...headers], FORM)
  const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Origin: http://evil.test']
  const rows: [string, string][] = [
    ['plain text', post('Content-Type: text/plain', 'Origin: http://evil.test')],
    ['a form', post('Content-Type: application/x-www-form-urlencoded', 'Origin: http://evil.test')],
    ['a sandboxed frame', post('Origin: null')],
    ['a file', post('Origin: file://')],
    ['an extension', post('Origin: chrome-extension://abc')],
    ['our name as a label', post(`Origin: http://127.0.0.1:${port}.evil.test`)],
    ['our name as a suffix', post(`Origin: http://evil127.0.0.1:${port}`)],
    ['our name as a user', post(`Origin: http://127.0.0.1:${port}@evil.test`)],
    ['another scheme', post(`Origin: https://127.0.0.1:${port}`)],
    ['another port', post('Origin: http://127.0.0.1:1')],
    ['a second origin', post(`Origin: http://127.0.0.1:${port}`, 'Origin: http://evil.test')],
    ['cross-site without an origin', post('Sec-Fetch-Site: cross-site')],
    ['same-site from another port', post('Sec-Fetch-Site: same-site')],
    ['a second site', post('Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site')],
    ['preflight', requestText(`OPTIONS ${PUT.slice(4)}`, [host, 'Origin: http://evil.test'])],
    [
      'an event stream',
      requestText('GET /livez', [host, 'Accept: text/event-stream', 'Origin: http://evil.test']),
    ],
    ['an upgrade', requestText('GET /livez', [host, ...upgrade])],
  ]
  for (const [name, bytes] of rows) {
    const answer = await exchange(port, bytes)
    t.same(statusesOf(answer), [403], name)
    t.notMatch(answer, /access-control/i, `${name}: no permission`)
  }
  const own = requestText('OPTIONS /2015-03-31/functions', [host])
  t.notMatch(await exchange(port, own), /access-control|allow:/i, 'nor any to others')
  await unharmed()
})

t.test('reliability §4 (4): what two servers could read in two ways', async (t) => {
  const { port, host, unharmed } = await attacked(t)
  const hidden = `DELETE /2015-03-31/functions/fn HTTP/1.1\r\n${host}\r\n\r\n`
  const chunked = `0\r\n\r\n${hidden}`
  const post = (...headers: string[]) => requestText(PUT, [host, ...headers], chunked)
  const rows: [string, string][] = [
    ['two lengths', post('Content-Length: 4', 'Content-Length: 5')],
    ['a list of lengths', post('Content-Length: 4, 4')],
    ['a signed length', post('Content-Length: +4')],
    ['a hexadecimal length', post('Content-Length: 0x4')],
    ['a length and chunks', post('Content-Length: 4', 'Transfer-Encoding: chunked')],
    ['chunks and a length', post('Transfer-Encoding: chunked', 'Content-Length: 4')],
    ['an unknown coding', post('Transfer-Encoding: xchunked')],
    ['a coding before chunks', post('Transfer-Encoding: gzip, chunked')],
    ['chunks twice', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
    ['chunks, then none', post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')],
    ['a space before the colon', post('Transfer-Encoding : chunked')],
    ['a folded header', post('Transfer-Encoding:\r\n chunked')],
    ['a header before its name', requestText(PUT, [' Transfer-Encoding: chunked', host], chunked)],
    ['a bare line feed', `${PUT} HTTP/1.1\n${host}\n\n`],
    ['a bare carriage return', requestText(PUT, [`${host}\rTransfer-Encoding: chunked`], chunked)],
    ['a NUL', requestText(PUT, [host, 'X-A: a\0b'])],
    ['a negative chunk', requestText(PUT, [host, 'Transfer-Encoding: chunked'], '-1\r\n\r\n')],
    [
      'a huge chunk',
      requestText(PUT, [host, 'Transfer-Encoding: chunked'], `${'f'.repeat(17)}\r\n`),
    ],
    ['a chunk too long', requestText(PUT, [host, 'Transfer-Encoding: chunked'], `1\r\n${chunked}`)],
    [
      'a body of GET',
      requestText('GET /livez', [host, `Content-Length: ${hidden.length}`], hidden),
    ],
    ['chunks of GET', requestText('GET /livez', [host, 'Transfer-Encoding: chunked'], chunked)],
    ['HTTP/2 by guess', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ]
  for (const [name, bytes] of rows)
    t.same(statusesOf(await exchange(port, Buffer.from(bytes, 'latin1'))), [400], name)
  t.same(
    statusesOf(await exchange(port, requestText('CONNECT evil.test:1', [host]))),
    [],
    'CONNECT',
  )
  const pipelined = `GET /livez HTTP/1.1\r\n${host}\r\n\r\n${requestText(PUT, ['Host: evil.test'])}`
  t.same(statusesOf(await exchange(port, pipelined)), [200, 403], 'each is looked at for itself')
  await unharmed()
})

t.test('reliability §4 (5, 12): heads that are too large, or carry something on', async (t) => {
  const { port, host, unharmed } = await attacked(t)
  const kilobytes = 'a'.repeat(64 * 1024)
  const many = Array.from({ length: 200 }, (_, i) => `X-${i}: a`)
  const rows: [string, string, number][] = [
    ['a large header', requestText('GET /livez', [host, `X-A: ${kilobytes}`]), 431],
    ['a large name', requestText('GET /livez', [host, `${kilobytes}: a`]), 431],
    ['a large target', requestText(`GET /${kilobytes}`, [host]), 431],
    ['many headers', requestText('GET /livez', [host, ...many]), 400],
    [
      'an origin behind many headers',
      requestText('GET /livez', [host, ...many, 'Origin: null']),
      403,
    ],
    ['many parameters', requestText(`GET /livez?${'a=1&'.repeat(200)}`, [host]), 400],
    [
      'CR and LF in a name',
      requestText('GET /2015-03-31/functions/a%0d%0aX-Evil:%20b', [host]),
      400,
    ],
    ['a path of no encoding', requestText('GET /2015-03-31/functions/%zz', [host]), 400],
  ]
  for (const [name, bytes, status] of rows) {
    const answer = await exchange(port, bytes)
    t.same(statusesOf(answer), [status], name)
    t.notMatch(answer, /^X-Evil/im, name)
  }
  const html = await exchange(port, requestText('GET /2015-03-31/functions/%3Cb%3E', [host]))
  t.match(html, /^content-type: application\/json/im, 'text for no browser')
  t.match(html, /^x-content-type-options: nosniff/im)
  await unharmed()
})
