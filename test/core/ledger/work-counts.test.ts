import t from 'tap'
import { ledgerOf, NO_COUNTS } from '../../../lib/core/ledger/ledger.ts'
import { greaterLedger, NO_WORK, WorkTally } from '../../../lib/core/ledger/work-counts.ts'

t.test('each is counted once, however often it is looked at', (t) => {
  const tally = new WorkTally()
  const [one, other] = [{}, {}]
  tally.look(one, { ...NO_WORK, invoked: 3, durationMs: 10 })
  tally.look(one, { ...NO_WORK, invoked: 3, durationMs: 10 })
  tally.look(other, { ...NO_WORK, invoked: 2, failed: 2, errors: 1, throttles: 4 })
  tally.look(one, { ...NO_WORK, invoked: 5, durationMs: 15 })
  t.same(tally.sum, { invoked: 7, failed: 2, errors: 1, throttles: 4, durationMs: 15 })
  t.end()
})

t.test('what was polled does not seem to go back when records in flight are read again', (t) => {
  const before = ledgerOf({ ...NO_COUNTS, delivered: 4, invocations: 2 }, 3)
  const halted = ledgerOf({ ...NO_COUNTS, delivered: 5, invocations: 2 }, 0)
  t.same(greaterLedger(before, halted), { ...halted, polled: 7, inFlight: 0 })
  const later = ledgerOf({ ...NO_COUNTS, delivered: 9, invocations: 4 }, 1)
  t.same(greaterLedger(greaterLedger(before, halted), later), later)
  t.end()
})
