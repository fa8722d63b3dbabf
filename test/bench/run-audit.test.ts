import t from 'tap'
import { HandlerLog } from '../../bench/audit/handler-log.ts'
import { AuditFailure, auditLedger, auditLog, timeDrain } from '../../bench/audit/run-audit.ts'
import { ledgerOf, NO_COUNTS } from '../../lib/core/ledger/ledger.ts'

const numbers = (log: HandlerLog, ...records: number[]) =>
  log.beginNumbers(records.length, (i) => records[i]!)

t.test('a run whose handlers saw everything once and in order is sound', async (t) => {
  const log = HandlerLog.create(10)
  log.succeed(numbers(log, 0, 1, 2))
  log.succeed(numbers(log, 3))
  const facts = { name: 'run', recordCount: 4, keyNumberOf: () => 0 }
  t.match(await auditLog(log, facts), { lost: 0, invocations: 2, deliveries: 4, repeated: 0 })
})

t.test('the first violation is named with both sequence numbers', async (t) => {
  const log = HandlerLog.create(10)
  log.succeed(numbers(log, 1))
  log.succeed(numbers(log, 0))
  const facts = {
    name: 'run',
    recordCount: 2,
    keyNumberOf: () => 7,
    sequenceNumbersOf: async (records: readonly number[]) => records.map((n) => `400${n}`),
  }
  await t.rejects(auditLog(log, facts), {
    name: 'AuditFailure',
    message:
      'run: 0 records lost, 0 delivered twice, 1 out of order, 0 that should not have come; the first: ' +
      'record 1 (sequence number 4001) of key number 7 came before record 0 (sequence number 4000) was done',
  })
})

t.test('a log that has no space left is no proof', async (t) => {
  const log = HandlerLog.create(2, 1)
  log.succeed(numbers(log, 0, 1))
  t.equal(numbers(log, 2), -1)
  await t.rejects(
    auditLog(log, { name: 'run', recordCount: 3, keyNumberOf: () => 0 }),
    AuditFailure,
  )
})

t.test(
  'the marks of a drain are noted when the count passes them, also within a batch',
  async (t) => {
    const log = HandlerLog.create(100)
    const drain = await timeDrain(log, 100, async () => {
      numbers(log, ...Array(39).keys())
      t.equal(log.moments().first.atNs, 0)
      numbers(log, ...Array(20).keys())
      t.ok(log.moments().first.atNs > 0)
      t.equal(log.moments().second.atNs, 0)
      numbers(log, ...Array(41).keys())
    })
    t.ok(log.moments().second.atNs >= log.moments().first.atNs)
    t.ok(drain.steady > 0)
    t.ok(drain.whole > 0)
  },
)

t.test('the ledger must have polled and delivered exactly what was there', (t) => {
  const sound = ledgerOf({ ...NO_COUNTS, delivered: 90, filtered: 8, dropped: 2 }, 0)
  t.doesNotThrow(() => auditLedger('run', sound, { delivered: 90, filtered: 8, discarded: 2 }))
  const wrong = [
    ledgerOf({ ...NO_COUNTS, delivered: 99 }, 1),
    ledgerOf({ ...NO_COUNTS, delivered: 99, dropped: 1 }, 0),
    ledgerOf({ ...NO_COUNTS, delivered: 101 }, 0),
    { ...ledgerOf({ ...NO_COUNTS, delivered: 100 }, 0), filtered: 1 },
  ]
  for (const ledger of wrong)
    t.throws(() => auditLedger('run', ledger, { delivered: 100 }), AuditFailure)
  t.end()
})
