import t from 'tap'
import { createRecord, keyNumberOf, recordNumberOf } from '../../bench/generator.ts'
import { AuditFailure, auditDrain, auditLedger, prepareDrain } from '../../bench/run-audit.ts'
import { Stamps } from '../../bench/stamps.ts'
import { Tally } from '../../bench/tally.ts'
import { Witness } from '../../bench/witness.ts'
import { ledgerOf, NO_COUNTS } from '../../lib/core/ledger/ledger.ts'

const span = {
  begun: { atNs: 0, processorUs: 0 },
  ended: { atNs: 2e9, processorUs: 0 },
}

t.test('a drain that lost a record, or got one more, has no figures', (t) => {
  const tally = Tally.shared()
  for (const handled of [99, 101]) {
    prepareDrain(100)
    tally.add(handled)
    t.throws(() => auditDrain('engine', 100, span), AuditFailure)
  }
  prepareDrain(100)
  for (let i = 0; i < 100; i++) tally.add(1)
  t.equal(auditDrain('engine', 100, span).whole, 50)
  t.equal(tally.invocationCount, 100)
  t.end()
})

t.test('the marks of a drain are noted when the count passes them, also within a batch', (t) => {
  const tally = Tally.shared()
  tally.reset({ first: 20, second: 85 })
  tally.add(19)
  t.equal(tally.moments().first.atNs, 0)
  tally.add(30)
  const { first, second } = tally.moments()
  t.ok(first.atNs > 0)
  t.equal(second.atNs, 0)
  tally.add(51)
  t.strictSame(tally.moments().first, first)
  t.ok(tally.moments().second.atNs >= first.atNs)
  t.end()
})

t.test('the ledger must have polled and delivered exactly what was there', (t) => {
  t.doesNotThrow(() => auditLedger('engine', 100, ledgerOf({ ...NO_COUNTS, delivered: 100 }, 0)))
  const wrong = [
    ledgerOf({ ...NO_COUNTS, delivered: 99 }, 1),
    ledgerOf({ ...NO_COUNTS, delivered: 99, dropped: 1 }, 0),
    ledgerOf({ ...NO_COUNTS, delivered: 101 }, 0),
    { ...ledgerOf({ ...NO_COUNTS, delivered: 100 }, 0), filtered: 1 },
  ]
  for (const ledger of wrong) t.throws(() => auditLedger('engine', 100, ledger), AuditFailure)
  const filtered = ledgerOf({ ...NO_COUNTS, delivered: 10, filtered: 90 }, 0)
  t.doesNotThrow(() => auditLedger('engine', 100, filtered, 10))
  t.throws(() => auditLedger('engine', 100, filtered, 11), AuditFailure)
  t.end()
})

t.test('the witness knows what was lost, doubled or out of order within its key', (t) => {
  const told = (sightings: readonly (readonly [key: number, index: number])[]) => {
    const witness = Witness.create(3)
    for (const [key, index] of sightings) witness.see(key, index)
    return () => witness.testify('engine')
  }
  t.doesNotThrow(
    told([
      [1, 2],
      [0, 0],
      [0, 1],
    ]),
  )
  t.throws(
    told([
      [0, 0],
      [0, 1],
    ]),
    { message: 'engine: 1 records lost, 0 delivered twice, 0 out of order' },
  )
  t.throws(
    told([
      [0, 0],
      [0, 1],
      [1, 2],
      [1, 2],
    ]),
    { message: /1 delivered twice/ },
  )
  t.throws(
    told([
      [0, 1],
      [0, 0],
      [1, 2],
    ]),
    { message: /1 out of order/ },
  )
  t.end()
})

t.test(
  'latency counts from the call and from the schedule; a record that never came is a failure',
  (t) => {
    const stamps = Stamps.create(3)
    stamps.due.set([1e6, 2e6, 3e6])
    stamps.called.set([1e6, 2e6, 5e6])
    stamps.handled.set([2e6, 4e6])
    t.throws(() => stamps.audit('latency'), AuditFailure)
    stamps.handled.set([2e6, 4e6, 9e6])
    stamps.audit('latency')
    const near = (actual: number, expected: number) =>
      t.ok(Math.abs(actual - expected) < expected / 500)
    near(stamps.latency('called', 0).max, 4)
    near(stamps.latency('due', 0).max, 6)
    near(stamps.latency('called', 0).p50, 2)
    t.equal(stamps.latency('called', 1).count, 2)
    t.end()
  },
)

t.test('a record is the same each time, and tells its number and its key', (t) => {
  const record = createRecord(1234)
  t.strictSame(record, createRecord(1234))
  t.equal(recordNumberOf(record), 1234)
  t.equal(record.dynamodb.Keys.pk.S, `cust-${keyNumberOf(record)}`)
  t.notSame(createRecord(1235).dynamodb.Keys, record.dynamodb.Keys)
  t.end()
})
