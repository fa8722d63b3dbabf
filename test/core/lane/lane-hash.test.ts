import fc from 'fast-check'
import t from 'tap'
import { finishHash, fnv1a, laneOf, orderHash } from '../../../lib/core/lane/lane-hash.ts'

t.test('D2: FNV-1a 32 has its published values', (t) => {
  // @source draft-eastlake-fnv: FNV-1a 32 of "", "a", "foobar"
  for (const [text, hash] of [
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ] as const) {
    t.equal(fnv1a(0x811c9dc5, Buffer.from(text), 0, text.length) >>> 0, hash)
    t.equal(orderHash(text), finishHash(hash))
  }
  t.end()
})

t.test('D2: a text and its UTF-8 bytes have one hash, lone surrogates count as U+FFFD', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const hash = orderHash(text)
      return hash === orderHash(Buffer.from(text)) && hash === hash >>> 0
    }),
  )
  t.equal(orderHash('S:a\ud800b'), orderHash('S:a\ufffdb'))
  t.end()
})

t.test('D2: keys that count up reach all lanes about evenly', (t) => {
  const counts = new Array(10).fill(0)
  for (let i = 0; i < 10_000; i++) counts[laneOf(orderHash(`S:order-${i}`), 10)]++
  for (const count of counts) t.ok(count > 900 && count < 1100, String(count))
  t.end()
})
