import fc from 'fast-check'
import t from 'tap'
import { seal, unseal } from '../../lib/codec/sealed-value.ts'

const bytes = () => fc.uint8Array({ maxLength: 200 })

t.test('what was sealed is opened as it was', async () => {
  fc.assert(
    fc.property(bytes(), bytes(), fc.integer({ min: 0, max: 255 }), (key, body, version) => {
      const opened = unseal(key, seal(key, version, body))
      return opened.type === 'body' && opened.version === version && opened.body.equals(body)
    }),
  )
})

t.test('a changed bit of version, checksum or body is found; so is another key', async () => {
  fc.assert(
    fc.property(bytes(), bytes(), fc.nat(), fc.nat(7), (key, body, position, bit) => {
      const sealed = seal(key, 1, body)
      const at = position % sealed.length
      sealed[at] = sealed[at]! ^ (1 << bit)
      return unseal(key, sealed).type === 'damaged'
    }),
  )
})

t.test('damage is told, never thrown', async (t) => {
  const sealed = seal(Buffer.from('a'), 1, Buffer.from('body'))
  t.same(unseal(Buffer.from('b'), sealed), { type: 'damaged', reason: 'the checksum differs' })
  for (const length of [0, 1, 4])
    t.equal(unseal(Buffer.from('a'), sealed.subarray(0, length)).type, 'damaged')
})
