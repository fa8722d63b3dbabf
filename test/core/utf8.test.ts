import t from 'tap'
import { utf8Length } from '../../lib/core/utf8.ts'

t.test('bytes of a text in UTF-8, lone surrogates as they are written', (t) => {
  for (const text of ['', 'a', 'é', '€', '😀', 'a😀é', '\ud800', '\udc00x', 'x\ud83d'])
    t.equal(utf8Length(text), Buffer.byteLength(text), JSON.stringify(text))
  t.end()
})
