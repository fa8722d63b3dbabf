import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { RecordAllowance } from '../../../lib/sources/failed-batches/record-allowance.ts'

const at = (ms: number) => ms as EpochMs

t.test('without a rate everything is allowed', (t) => {
  t.equal(new RecordAllowance(Number.POSITIVE_INFINITY).take(100_000, at(0)), 100_000)
  t.end()
})

t.test('a rate allows what a tenth of a second brings at once, then what time brings', (t) => {
  const allowance = new RecordAllowance(100)
  t.equal(allowance.take(1000, at(0)), 10)
  t.equal(allowance.take(1000, at(0)), 0)
  t.equal(allowance.nextAt(at(0)), 10)
  t.equal(allowance.take(1000, at(9)), 0)
  t.equal(allowance.take(1000, at(10)), 1)
  t.equal(allowance.take(1000, at(10_000)), 10, 'a pause saves up no more than that')
  t.equal(allowance.take(1000, at(0)), 0, 'a clock that goes back brings nothing')
  t.equal(allowance.take(3, at(50)), 3)
  t.equal(allowance.take(1, at(50)), 1, 'what was not asked for is left')
  t.end()
})

t.test('one record a second, and less, is a rate too', (t) => {
  for (const [rate, waitMs] of [
    [1, 1000],
    [0.1, 10_000],
  ] as const) {
    const allowance = new RecordAllowance(rate)
    t.equal(allowance.take(5, at(0)), 1)
    t.equal(allowance.nextAt(at(0)), waitMs)
    t.equal(allowance.take(5, at(waitMs)), 1)
  }
  t.end()
})
