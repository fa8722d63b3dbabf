import fc from 'fast-check'
import t from 'tap'
import { laneOf, orderHash } from '../../../lib/core/lane/lane-hash.ts'

/** D2 in big integers, written from its sentence. */
function oracle(bytes: Uint8Array): number {
  const mask = 0xffffffffn
  let hash = 0x811c9dc5n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x01000193n) & mask
  hash ^= hash >> 16n
  hash = (hash * 0x85ebca6bn) & mask
  hash ^= hash >> 13n
  hash = (hash * 0xc2b2ae35n) & mask
  return Number(hash ^ (hash >> 16n))
}

t.test('FNV-1a 32 over UTF-8, then the murmur3 finaliser (D2)', (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(
    fc.property(text, (key) => {
      const bytes = new TextEncoder().encode(key)
      const expected = oracle(bytes)
      return orderHash(key) === expected && orderHash(bytes) === expected
    }),
  )
  t.equal(orderHash('S:k-1'), 4_113_276_913)
  t.end()
})

t.test('a lone surrogate counts as U+FFFD', (t) => {
  for (const lone of ['\ud800', 'a\udc00b', '\ud83d'])
    t.equal(orderHash(lone), orderHash(new TextEncoder().encode(lone)))
  t.end()
})

t.test('lanes are 0..factor-1 and alike in use for short numbered keys', (t) => {
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 10_000; i++) {
    const lane = laneOf(orderHash(`S:order-${i}`), 10)
    counts[lane]!++
  }
  t.equal(counts.length, 10)
  for (const count of counts) t.ok(count > 800 && count < 1200, `${count} of 10000`)
  t.equal(laneOf(orderHash('S:x'), 1), 0)
  t.end()
})
