import t from 'tap'
import { hostRefusal, isLoopback } from '../../../lib/api/guard/host-guard.ts'
import { headFrom } from '../../support/request-heads.ts'

const LISTENER = { host: '127.0.0.1', port: 4590 }
const HOST = 'Host: 127.0.0.1:4590'

const REFUSED: readonly (readonly [string, number, readonly string[]])[] = [
  ['a foreign name', 403, ['Host: example.test']],
  ['a look-alike', 403, ['Host: 127.0.0.1.example.test:4590']],
  ['a trailing dot', 403, ['Host: localhost.:4590']],
  ['a short address', 403, ['Host: 0:4590']],
  ['a hexadecimal address', 403, ['Host: 0x7f.1:4590']],
  ['another port', 403, ['Host: 127.0.0.1:80']],
  ['no name', 400, []],
  ['two names', 400, [HOST, 'Host: example.test']],
  ['a foreign origin', 403, [HOST, 'Origin: http://example.test']],
  ['no origin to be told', 403, [HOST, 'Origin: null']],
  ['an empty origin', 403, [HOST, 'Origin:']],
  ['a file', 403, [HOST, 'Origin: file://']],
  ['our name as a label', 403, [HOST, 'Origin: http://127.0.0.1:4590.example.test']],
  ['another scheme', 403, [HOST, 'Origin: https://127.0.0.1:4590']],
  ['two origins', 403, [HOST, 'Origin: http://127.0.0.1:4590', 'Origin: http://example.test']],
  ['another site', 403, [HOST, 'Sec-Fetch-Site: cross-site']],
  ['the same site from elsewhere', 403, [HOST, 'Sec-Fetch-Site: same-site']],
]

for (const [name, status, headers] of REFUSED)
  t.test(`contract §5: refused: ${name}`, (t) => {
    const refusal = hostRefusal(headFrom('GET /livez', headers), LISTENER)
    t.match(refusal, { status, reason: String })
    t.end()
  })

t.test('a target that is no path', (t) => {
  for (const target of ['http://127.0.0.1:4590/livez', '*', '127.0.0.1:4590', ''])
    t.match(hostRefusal(headFrom(`GET ${target}`, [HOST]), LISTENER), { status: 400 }, target)
  t.end()
})

const TAKEN: readonly (readonly [string, readonly string[]])[] = [
  ['its address', [HOST]],
  ['localhost', ['Host: LOCALHOST:4590']],
  ['IPv6', ['Host: [::1]:4590']],
  ['a page of its own', [HOST, 'Origin: http://127.0.0.1:4590', 'Sec-Fetch-Site: same-origin']],
  ['an address that was typed', [HOST, 'Sec-Fetch-Site: none']],
]

for (const [name, headers] of TAKEN)
  t.test(`taken: ${name}`, (t) => {
    t.equal(hostRefusal(headFrom('GET /livez', headers), LISTENER), undefined)
    t.end()
  })

t.test('a listener at port 80 goes by its bare names too; at another address by any', (t) => {
  const bare = headFrom('GET /livez', ['Host: localhost'])
  t.equal(hostRefusal(bare, { host: 'localhost', port: 80 }), undefined)
  t.match(hostRefusal(bare, LISTENER), { status: 403 })
  const elsewhere = { host: '0.0.0.0', port: 4590 }
  t.equal(hostRefusal(headFrom('GET /', ['Host: example.test']), elsewhere), undefined)
  const foreign = headFrom('GET /', ['Host: example.test', 'Origin: http://other.test'])
  t.match(hostRefusal(foreign, elsewhere), { status: 403 })
  t.end()
})

t.test('addresses that only this machine reaches', (t) => {
  for (const host of ['127.0.0.1', '127.0.0.53', 'localhost', '::1', '[::1]'])
    t.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.1', '127.0.0.1.example.test', 'localhost.'])
    t.notOk(isLoopback(host), host)
  t.end()
})
