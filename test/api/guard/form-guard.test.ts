import t from 'tap'
import { formRefusal } from '../../../lib/api/guard/form-guard.ts'
import { announcesBody, headOf, oneValue } from '../../../lib/api/guard/request-head.ts'
import { headFrom } from '../../support/request-heads.ts'

const lines = (count: number): string[] => Array.from({ length: count }, (_, i) => `X-${i}: a`)

t.test('reliability §4 (4, 5): forms that are refused', (t) => {
  const rows: [string, string, string[], RegExp][] = [
    ['too many headers', 'POST /', lines(101), /100 headers/],
    ['too many of one name', 'POST /', lines(101).fill('X: a'), /100 headers/],
    ['too many parameters', `GET /?${'a&'.repeat(100)}`, [], /100 parameters/],
    ['empty parameters count', `GET /?${'&'.repeat(100)}`, [], /100 parameters/],
    ['a way back', 'GET /a/../b', [], /segments/],
    ['a way back at the end', 'GET /a/..?b', [], /segments/],
    ['a way to where one is', 'GET /./a', [], /segments/],
    ['an empty segment', 'GET //a', [], /segments/],
    ['another coding', 'POST /', ['Transfer-Encoding: gzip, chunked'], /transfer coding/],
    ['no coding', 'POST /', ['Transfer-Encoding: identity'], /transfer coding/],
    ['an empty coding', 'POST /', ['Transfer-Encoding:'], /transfer coding/],
    [
      'two codings',
      'POST /',
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
      /transfer coding/,
    ],
    ['GET with a body', 'GET /', ['Content-Length: 1'], /GET takes no body/],
    ['HEAD with chunks', 'HEAD /', ['Transfer-Encoding: chunked'], /HEAD takes no body/],
  ]
  for (const [name, line, headers, reason] of rows)
    t.match(formRefusal(headFrom(line, headers)), { status: 400, reason }, name)
  t.end()
})

t.test('forms that are taken', (t) => {
  const rows: [string, string, string[]][] = [
    ['as many headers as there may be', 'GET /', lines(100)],
    ['as many parameters', `GET /?${'a&'.repeat(99)}`, []],
    ['dots in names', 'GET /a../.b/...', []],
    ['a slash at the end', 'GET /a/', []],
    ['dots and slashes of a parameter', 'GET /a?b=//c/../d', []],
    ['chunks', 'POST /', ['Transfer-Encoding: Chunked']],
    ['a length', 'POST /', ['Content-Length: 5']],
    ['GET that says it has none', 'GET /', ['Content-Length: 0']],
  ]
  for (const [name, line, headers] of rows)
    t.equal(formRefusal(headFrom(line, headers)), undefined, name)
  t.end()
})

t.test('whether a body follows', (t) => {
  t.notOk(announcesBody(headFrom('POST /')))
  t.notOk(announcesBody(headFrom('POST /', ['Content-Length: 0'])))
  t.ok(announcesBody(headFrom('POST /', ['Content-Length: 00'])))
  t.ok(announcesBody(headFrom('POST /', ['Content-Length: 7'])))
  t.ok(announcesBody(headFrom('POST /', ['Transfer-Encoding: chunked'])))
  t.end()
})

t.test('every line of a head is seen', (t) => {
  const rawHeaders = ['Host', 'a', 'AUTHORIZATION', 'b', 'authorization', 'c', '__proto__', 'd']
  const head = headOf({ raw: { method: 'GET', url: '/x?y', rawHeaders } } as never)
  t.match(head, { method: 'GET', target: '/x?y' })
  t.same(head.headers.get('authorization'), ['b', 'c'])
  t.equal(oneValue(head, 'host'), 'a')
  t.equal(oneValue(head, 'authorization'), undefined)
  t.equal(oneValue(head, 'constructor'), undefined)
  t.equal(oneValue(head, '__proto__'), 'd')
  t.end()
})
