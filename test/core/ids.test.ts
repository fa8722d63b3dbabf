import fc from 'fast-check'
import t from 'tap'
import { compareSequenceNumbers, maybeSequenceNumber } from '../../lib/core/ids.ts'

t.test('sequence numbers compare as big integers', (t) => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 40n), fc.bigInt(0n, 10n ** 40n), (a, b) => {
      const [x, y] = [maybeSequenceNumber(String(a)), maybeSequenceNumber(String(b))]
      return x && y && Math.sign(compareSequenceNumbers(x, y)) === (a < b ? -1 : a > b ? 1 : 0)
    }),
  )
  t.end()
})

t.test('a sequence number is decimal digits; leading zeros go', (t) => {
  t.equal(maybeSequenceNumber('000042'), '42')
  for (const bad of ['', 'x', '-1', '1.5', ' 1', 42, undefined])
    t.equal(maybeSequenceNumber(bad), undefined)
  t.end()
})
