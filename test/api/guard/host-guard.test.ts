import t from 'tap'
import { refusalOf } from '../../../lib/api/guard/host-guard.ts'

const HEAD = {
  target: '/livez',
  hosts: ['127.0.0.1:4590'],
  origin: undefined,
  fetchSite: undefined,
}
const LISTENER = { host: '127.0.0.1', port: 4590 }

const REFUSED: readonly (readonly [string, object])[] = [
  ['a foreign name', { hosts: ['example.test'] }],
  ['a look-alike', { hosts: ['127.0.0.1.example.test:4590'] }],
  ['a trailing dot', { hosts: ['localhost.:4590'] }],
  ['a short address', { hosts: ['0:4590'] }],
  ['a hexadecimal address', { hosts: ['0x7f.1:4590'] }],
  ['another port', { hosts: ['127.0.0.1:80'] }],
  ['no name', { hosts: [] }],
  ['two names', { hosts: ['127.0.0.1:4590', 'example.test'] }],
  ['an absolute target', { target: 'http://127.0.0.1:4590/livez' }],
  ['a foreign origin', { origin: 'http://example.test' }],
  ['no origin to be told', { origin: 'null' }],
  ['a file', { origin: 'file://' }],
  ['an origin with our name in it', { origin: 'http://127.0.0.1:4590.example.test' }],
  ['another scheme', { origin: 'https://127.0.0.1:4590' }],
  ['another site', { fetchSite: 'cross-site' }],
  ['the same site from elsewhere', { fetchSite: 'same-site' }],
]

for (const [name, change] of REFUSED)
  t.test(`contract §5: refused: ${name}`, (t) => {
    t.match(refusalOf({ ...HEAD, ...change }, LISTENER), { status: /400|403/, reason: String })
    t.end()
  })

const TAKEN: readonly (readonly [string, object])[] = [
  ['its address', {}],
  ['localhost', { hosts: ['LOCALHOST:4590'] }],
  ['IPv6', { hosts: ['[::1]:4590'] }],
  ['a page of its own', { origin: 'http://127.0.0.1:4590', fetchSite: 'same-origin' }],
  ['an address that was typed', { fetchSite: 'none' }],
]

for (const [name, change] of TAKEN)
  t.test(`taken: ${name}`, (t) => {
    t.equal(refusalOf({ ...HEAD, ...change }, LISTENER), undefined)
    t.end()
  })
