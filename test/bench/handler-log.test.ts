import t from 'tap'
import { HandlerLog } from '../../bench/audit/handler-log.ts'

const begin = (log: HandlerLog, ...records: number[]) =>
  log.beginNumbers(records.length, (i) => records[i]!)
const taken = (log: HandlerLog) => [...log.take()].map(({ records }) => records)

t.test('a log that rolls uses its space again, whatever has been through it', (t) => {
  // Space for two invocations of eight records.
  const log = HandlerLog.createRolling(5)
  for (let round = 0; round < 100; round++) {
    const records = Array.from({ length: 1 + (round % 8) }, (_, i) => round * 10 + i)
    log.succeed(begin(log, ...records))
    t.strictSame(taken(log), [records])
  }
  t.notOk(log.isOverflowed)
  t.equal(log.deliveries, 12 * 36 + 10)
  t.end()
})

t.test('what still runs, and what began after it, stays', (t) => {
  const log = HandlerLog.createRolling(6)
  log.succeed(begin(log, 1))
  const running = begin(log, 2)
  log.fail(begin(log, 3))
  t.strictSame(taken(log), [[1]])
  t.strictSame(taken(log), [])
  log.failFrom(running, 1)
  t.match(
    [...log.take()],
    [
      { records: [2], outcome: 'partly', failedFrom: 1 },
      { records: [3], outcome: 'failed' },
    ],
  )
  t.end()
})

t.test('what nobody takes fills it: it says so, and writes over nothing', (t) => {
  const log = HandlerLog.createRolling(5)
  for (const record of [1, 2, 3]) log.succeed(begin(log, record))
  t.notOk(log.isOverflowed)
  log.succeed(begin(log, 4))
  t.ok(log.isOverflowed)
  t.strictSame(taken(log), [[1], [2], [3]])
  t.end()
})

t.test('the used share of a log that does not roll', (t) => {
  const log = HandlerLog.create(10, 2)
  t.equal(log.usedShare, 0)
  begin(log, 1, 2, 3, 4, 5)
  t.equal(log.usedShare, 0.5)
  t.end()
})
