import t from 'tap'
import { HandlerLog } from '../../bench/audit/handler-log.ts'
import { DeliveredRecords } from '../../bench/trial/delivered-records.ts'
import { auditTrial, type TrialFacts } from '../../bench/trial/trial-audit.ts'
import { recordNumberOf } from '../../bench/trial/wrapped-function.ts'
import { ledgerOf, NO_COUNTS } from '../../lib/core/ledger/ledger.ts'
import { sequenceNumberOf } from '../../lib/core/record/embedded-sequence.ts'

type Call = readonly [records: readonly number[], end?: 'fail' | 'never']

function logOf(calls: readonly Call[]): HandlerLog {
  const log = HandlerLog.create(50)
  for (const [records, end] of calls) {
    const entry = log.beginNumbers(records.length, (i) => records[i]!)
    if (end === undefined) log.succeed(entry)
    if (end === 'fail') log.fail(entry)
  }
  return log
}

/** Four records; even ones are of key 0, odd ones of key 1. */
const audit = (calls: readonly Call[], facts: Partial<TrialFacts>) => {
  const log = logOf(calls)
  return auditTrial(() => log.invocations(), {
    name: 'trial',
    recordCount: 4,
    keyNumberOf: (n) => n % 2,
    sequenceNumbersOf: async (records) => records.map((n) => `400${n}`),
    givenUp: new Set(),
    ledger: ledgerOf({ ...NO_COUNTS, delivered: 4 }, 0),
    isFinished: true,
    ...facts,
  })
}
const counts = (some: Partial<typeof NO_COUNTS>, inFlight = 0) =>
  ledgerOf({ ...NO_COUNTS, ...some }, inFlight)

t.test('everything came', async (t) => {
  t.match(await audit([[[0, 1]], [[2, 3]]], {}), { lost: 0, invocations: 2 })
})

t.test('as many as the ledger calls filtered never came: that is the filter', async (t) => {
  const ledger = counts({ delivered: 3, filtered: 1 })
  t.match(await audit([[[0, 1]], [[3]]], { ledger }), { lost: 0 })
  await t.rejects(audit([[[0, 1]]], { ledger }), { message: /2 records lost/ })
})

t.test('given up, after attempts or without one', async (t) => {
  const facts = { ledger: counts({ delivered: 2, dropped: 2 }), givenUp: new Set([0, 3]) }
  t.match(await audit([[[0], 'fail'], [[1]], [[2]]], facts), { lost: 0, reordered: 0 })
})

t.test('unfinished: what is not done may be on its way, but order holds', async (t) => {
  const facts = { isFinished: false, ledger: counts({ delivered: 1 }, 3) }
  t.match(await audit([[[0]], [[1], 'never']], facts), { lost: 0 })
  await t.rejects(audit([[[3]], [[1]]], facts), { message: /record 3 .* before record 1 / })
  const unbalanced = { ...counts({ delivered: 1 }, 3), polled: 9 }
  await t.rejects(audit([[[0]]], { ...facts, ledger: unbalanced }), { message: /does not balance/ })
})

t.test('a ledger that says otherwise', async (t) => {
  const ledger = counts({ delivered: 3, dropped: 1 })
  await t.rejects(audit([[[0, 1]], [[2, 3]]], { ledger }), { name: 'AuditFailure' })
})

t.test('the numbers of a log lead back to the puts, over several shards', (t) => {
  const shards = ['a'.repeat(16), 'b'.repeat(16)]
  const put = new DeliveredRecords(['one', 'two'], { shards })
  const places = [
    ['two', 1],
    ['one', 1],
    ['two', 2],
  ] as const
  for (const [index, [shardId, ordinal]] of places.entries())
    put.note(index, { [shardId]: sequenceNumberOf(ordinal) })
  t.equal(put.count, 3)
  const numbers = [
    recordNumberOf({ shards }, `${shards[1]}01`, sequenceNumberOf(1)),
    recordNumberOf({ shards }, `${shards[0]}77`, sequenceNumberOf(1)),
    recordNumberOf({ shards }, `${shards[1]}02`, sequenceNumberOf(2)),
  ]
  t.equal(new Set(numbers).size, 3)
  t.strictSame(
    numbers.map((number) => put.indexOf(number)),
    [0, 1, 2],
  )
  t.equal(put.indexAt('two', sequenceNumberOf(2)), 2)
  t.equal(put.sequenceNumberOf(2), sequenceNumberOf(2))
  t.ok(put.indexOf(recordNumberOf({ shards }, shards[0]!, sequenceNumberOf(9))) > 3)
  t.end()
})
