import t from 'tap'
import type { LoggedInvocation } from '../../bench/audit/handler-log.ts'
import { keepUpOf, type Offer } from '../../bench/timing/keep-up.ts'

const MS = 1e6

/** A put of two records every 10 ms; the first two puts are the warm-up. */
const offer: Offer = {
  puts: 6,
  recordsPerPut: 2,
  firstCountedPut: 2,
  dueNs: (put) => put * 10 * MS,
  calledNs: (put) => (put * 10 + 1) * MS,
}

/** An invocation with each put's records, `lateMs` after it was due. */
const handled = (lateMs: (put: number) => number): readonly LoggedInvocation[] =>
  Array.from({ length: 6 }, (_, put) => {
    const begunNs = (put * 10 + lateMs(put)) * MS
    const records = [2 * put, 2 * put + 1]
    const outcome = 'succeeded'
    return { thread: 1, outcome, failedFrom: 0, begunNs, endedNs: begunNs + MS, records }
  })

t.test('what comes at once is kept up with', (t) => {
  const found = keepUpOf(
    handled(() => 3),
    offer,
  )
  t.match(found, { keptUp: 100, behindAtEnd: 0, drainMs: 0, batch: 2 })
  t.equal(Math.round(found.fromSchedule.max), 3)
  t.equal(Math.round(found.iteratorAge.max), 2)
  t.equal(found.fromSchedule.count, 8, 'records of the warm-up do not count')
  t.equal(found.iteratorAge.count, 4)
  t.end()
})

t.test('who falls further and further behind has not kept up', (t) => {
  const found = keepUpOf(
    handled((put) => put * 10),
    offer,
  )
  t.match(found, { keptUp: 50, behindAtEnd: 6, drainMs: 41 })
  t.equal(Math.round(found.fromSchedule.max), 50)
  t.end()
})

t.test('who is late by the same all the time has kept up, and is behind', (t) => {
  const found = keepUpOf(
    handled(() => 15),
    offer,
  )
  t.match(found, { keptUp: 100, behindAtEnd: 2, drainMs: 6 })
  t.end()
})

t.test('what was left over from the warm-up makes no more than all of it', (t) => {
  const found = keepUpOf(
    handled((put) => (put < 2 ? 25 : 1)),
    offer,
  )
  t.match(found, { keptUp: 100, behindAtEnd: 0 })
  t.end()
})
