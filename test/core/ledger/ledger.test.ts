import fc from 'fast-check'
import t from 'tap'
import {
  addCounts,
  type LedgerCounts,
  ledgerOf,
  NO_COUNTS,
} from '../../../lib/core/ledger/ledger.ts'
import { holds } from '../../support/property.ts'

const counts: fc.Arbitrary<LedgerCounts> = fc.record({
  delivered: fc.nat(),
  filtered: fc.nat(),
  sent: fc.nat(),
  dropped: fc.nat(),
  retries: fc.nat(),
  splits: fc.nat(),
  invocations: fc.nat(),
})

t.test('I1: the ledger balances by the way it is made (contract §7)', async (t) => {
  const property = fc.property(counts, fc.nat(), (some, inFlight) => {
    const { polled, delivered, filtered, sent, dropped } = ledgerOf(some, inFlight)
    return polled === delivered + filtered + sent + dropped + inFlight
  })
  await holds(t, property, { runs: 100 })
})

t.test('contract §7: its members, in their order', (t) => {
  t.same(Object.keys(ledgerOf(NO_COUNTS, 0)), [
    'polled',
    'delivered',
    'filtered',
    'sent',
    'dropped',
    'inFlight',
    'retries',
    'splits',
    'invocations',
  ])
  t.end()
})

t.test('counts add up member by member, whatever the order', (t) => {
  fc.assert(
    fc.property(counts, counts, (a, b) => {
      const sum = addCounts(a, b)
      const names = Object.keys(sum) as (keyof LedgerCounts)[]
      return (
        names.length === 7 &&
        names.every((name) => sum[name] === a[name] + b[name]) &&
        JSON.stringify(sum) === JSON.stringify(addCounts(b, a))
      )
    }),
  )
  t.same(addCounts(NO_COUNTS, NO_COUNTS), NO_COUNTS)
  t.end()
})
