import t from 'tap'
import { utf8Length } from '../../lib/core/utf8.ts'

t.test('bytes of a text in UTF-8, lone surrogates as they are written', (t) => {
  for (const text of ['', 'a', 'é', '€', '😀', 'a😀é', '\ud800', '\udc00x', 'x\ud83d'])
    t.equal(utf8Length(text), Buffer.byteLength(text), JSON.stringify(text))
  t.end()
})

t.test('long texts, which are measured piece by piece: a pair at a border counts once', (t) => {
  for (const filler of [0, 1, 2, 3])
    for (const text of ['😀', 'é😀', '\ud800x'])
      t.equal(
        utf8Length('a'.repeat(filler) + text.repeat(40_000)),
        Buffer.byteLength('a'.repeat(filler) + text.repeat(40_000)),
      )
  t.end()
})
