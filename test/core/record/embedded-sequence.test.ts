import fc from 'fast-check'
import t from 'tap'
import {
  compareSequenceNumbers,
  maybeSequenceNumber,
  type SequenceNumber,
} from '../../../lib/core/ids.ts'
import {
  createSequenceNumbers,
  EMBEDDED_SEQUENCE_DIGITS,
  maybeOrdinal,
  sequenceNumberOf,
} from '../../../lib/core/record/embedded-sequence.ts'

const ordinal = fc.oneof(fc.nat(), fc.maxSafeNat())

t.test('an ordinal comes back from its sequence number', (t) => {
  fc.assert(
    fc.property(ordinal, (n) => {
      const sequenceNumber = sequenceNumberOf(n)
      return (
        maybeOrdinal(sequenceNumber) === n &&
        maybeSequenceNumber(sequenceNumber) === sequenceNumber &&
        sequenceNumber.length === EMBEDDED_SEQUENCE_DIGITS
      )
    }),
  )
  t.ok(EMBEDDED_SEQUENCE_DIGITS >= 21, 'aws-semantics §6.1: 21 to 40 digits')
  t.end()
})

t.test('sequence numbers are in the order of the ordinals', (t) => {
  fc.assert(
    fc.property(ordinal, ordinal, (a, b) => {
      const order = compareSequenceNumbers(sequenceNumberOf(a), sequenceNumberOf(b))
      return Math.sign(order) === Math.sign(a - b)
    }),
  )
  t.end()
})

t.test('the series gives the same numbers, in any order of asking', (t) => {
  fc.assert(
    fc.property(fc.array(ordinal), (ordinals) => {
      const series = createSequenceNumbers()
      return ordinals.every((n) => series(n) === sequenceNumberOf(n))
    }),
  )
  t.end()
})

t.test('numbers of other servers have no ordinal', (t) => {
  for (const other of ['0', '2400001838000228527682', '400000000002000000001', '4000']) {
    t.equal(maybeOrdinal(other as SequenceNumber), undefined)
  }
  t.end()
})
