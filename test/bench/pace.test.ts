import t from 'tap'
import type { LoggedInvocation } from '../../bench/audit/handler-log.ts'
import { betweenBatchesMs, paceOf } from '../../bench/audit/pace.ts'

const MS = 1e6

const invocation = (begunMs: number, endedMs: number, records: number[]): LoggedInvocation => ({
  thread: 1,
  outcome: 'succeeded',
  failedFrom: 0,
  begunNs: begunMs * MS,
  endedNs: endedMs * MS,
  records,
})

/** Batches of ten records, one behind the other in each lane, a pause of 1 ms between them; lanes work in step. */
const inStep = (lanes: number, batches: number) =>
  Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: lanes }, (_, lane) => {
      const records = Array.from({ length: 10 }, (_, i) => (batch * lanes + lane) * 10 + i)
      return invocation(batch * 10, batch * 10 + 9, records)
    }),
  ).flat()

t.test('lanes that work in step are as many times as fast as one', (t) => {
  const one = paceOf(inStep(1, 20))
  const ten = paceOf(inStep(10, 20))
  t.equal(one.batch, 10)
  t.equal(one.steady, 1000)
  t.equal(Math.round(ten.steady / one.steady), 10)
  t.equal(Math.round(ten.whole / one.whole), 10)
  t.end()
})

t.test('a slow begin and a slow end are in the whole only', (t) => {
  const steady = inStep(1, 20).map((one) => ({ ...one, begunNs: one.begunNs + 100 * MS }))
  const moved = steady.map((one) => ({ ...one, endedNs: one.endedNs + 100 * MS }))
  const late = { ...moved.at(-1)!, endedNs: 1000 * MS }
  const pace = paceOf([invocation(0, 100, [500]), ...moved.slice(0, -1), late])
  t.equal(Math.round(pace.steady), 1000)
  t.equal(pace.whole, 201)
  t.end()
})

t.test('invocations that all began at once have the pace of the whole', (t) => {
  const pace = paceOf([invocation(0, 10, [1, 2]), invocation(0, 10, [3, 4])])
  t.equal(pace.steady, 400)
  t.equal(pace.batch, 2)
  t.end()
})

t.test('the time between batches is told by lane, first and last batches left out', (t) => {
  const laneOf = (record: number) => Math.floor(record / 10) % 2
  const between = betweenBatchesMs(inStep(2, 5), laneOf)!
  t.match(between, { median: 1, mean: 1, p99: 1 })
  t.equal(betweenBatchesMs(inStep(2, 2), laneOf), undefined)
  const mixed = betweenBatchesMs(inStep(2, 5), () => 0)!
  t.ok(mixed.mean < 1, 'two lanes taken for one overlap')
  t.end()
})
