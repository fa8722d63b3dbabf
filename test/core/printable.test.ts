import fc from 'fast-check'
import t from 'tap'
import { printable } from '../../lib/core/printable.ts'

t.test('what could forge a line or move a cursor is escaped as in JSON', (t) => {
  for (const [text, expected] of [
    ['one\ntwo\r\n', 'one\\ntwo\\r\\n'],
    ['\u001b[2J\u0000\u007f\u009b', '\\u001b[2J\\u0000\\u007f\\u009b'],
    ['a\u2028b\u2029c\u0085', 'a\\u2028b\\u2029c\\u0085'],
    ['user\u202etxt.exe\u2066', 'user\\u202etxt.exe\\u2066'],
    ['a\tb é€😀 \ud800 עברית', 'a\tb é€😀 \ud800 עברית'],
  ] as const)
    t.equal(printable(text), expected)
  t.end()
})

t.test('the result is one line, and stays as it is when it is made printable again', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = printable(text)
      return !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(once.replaceAll('\t', '')) && printable(once) === once
    }),
  )
  t.end()
})
