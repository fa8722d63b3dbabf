import fc from 'fast-check'
import t from 'tap'
import { utf8Length } from '../../lib/core/utf8.ts'

t.test('bytes as they are written, lone surrogates included', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (text) => utf8Length(text) === Buffer.byteLength(text),
    ),
  )
  for (const [text, bytes] of [
    ['', 0],
    ['aé€😀', 10],
    ['\ud800', 3],
  ] as const)
    t.equal(utf8Length(text), bytes)
  t.end()
})
