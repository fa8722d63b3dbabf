import fc from 'fast-check'
import t from 'tap'
import { decodeCheckedJson, encodeCheckedJson } from '../../../lib/codec/segment/checked-json.ts'

t.test('a value comes back', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const decoded = decodeCheckedJson(1, encodeCheckedJson(1, value))
      return decoded.type === 'value' && JSON.stringify(decoded.value) === JSON.stringify(value)
    }),
  )
  t.end()
})

t.test('another version, every flipped bit and every truncation are found', (t) => {
  const bytes = encodeCheckedJson(1, { some: 'facts' })
  t.same(decodeCheckedJson(2, bytes), { type: 'version', version: 1 })
  for (let at = 1; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 1
    t.same(decodeCheckedJson(1, damaged), { type: 'damaged' })
    if (at > 1) t.same(decodeCheckedJson(1, bytes.subarray(0, at)), { type: 'damaged' })
  }
  t.end()
})
