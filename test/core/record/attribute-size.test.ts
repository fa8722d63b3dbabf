import fc from 'fast-check'
import t from 'tap'
import { maybeBinaryBytes, maybeNumberBytes } from '../../../lib/core/record/attribute-size.ts'

t.test('a number takes a byte for two significant digits, one more, and one for a minus', (t) => {
  for (const [text, bytes] of [
    ['0', 1],
    ['000', 1],
    ['-0.0', 1],
    ['7', 2],
    ['101', 3],
    ['1000', 2],
    ['0012300', 3],
    ['-101', 4],
    ['12.34', 3],
    ['1.5e10', 2],
    ['+15E-7', 2],
    ['.5', 2],
    ['5.', 2],
  ] as const) {
    t.equal(maybeNumberBytes(text), bytes, text)
  }
  t.end()
})

t.test('what is no number has no size', (t) => {
  for (const text of [
    '',
    '-',
    '.',
    'e5',
    '1e',
    '0x10',
    'NaN',
    'Infinity',
    ' 1',
    '1 ',
    '1,5',
    '١',
  ]) {
    t.equal(maybeNumberBytes(text), undefined, JSON.stringify(text))
  }
  t.end()
})

t.test('base64 has the size of its bytes; anything else has none', (t) => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      return maybeBinaryBytes(Buffer.from(bytes).toString('base64')) === bytes.length
    }),
  )
  for (const text of ['A', 'AA', 'AAA', 'AA=A', 'AAAA=', '====', 'A-_A', 'AAA=\n']) {
    t.equal(maybeBinaryBytes(text), undefined, JSON.stringify(text))
  }
  t.end()
})
