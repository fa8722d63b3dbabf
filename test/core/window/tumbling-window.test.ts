import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import {
  intervalOf,
  isOutdated,
  isOversized,
  type LaneWindows,
  NO_WINDOWS,
  withoutOpen,
  withRecords,
  withState,
} from '../../../lib/core/window/tumbling-window.ts'

const at = (time: number) => time as EpochMs
const interval = { start: at(10), end: at(20) }
const OPEN: LaneWindows = {
  open: { ...interval, state: '{"n":1}', lastArrivedAt: 15 },
  closedUntil: 10,
  lateRecords: 2,
}

t.test('aws-semantics §5: borders are multiples of the length since the epoch', (t) => {
  const rows = [
    [0, 10_000, 0],
    [9999, 10_000, 0],
    [10_000, 10_000, 10_000],
    [1_789_651_658_000, 900_000, 1_789_650_900_000],
    [-1, 10_000, -10_000],
    [1234.5, 1000, 1000],
  ] as const
  for (const [stamp, lengthMs, start] of rows)
    t.same(intervalOf(at(stamp), lengthMs), { start, end: start + lengthMs }, `${stamp}`)
  t.end()
})

t.test('D11: the limit is 1,048,576 bytes of UTF-8, that many included', (t) => {
  const rows = [
    ['x'.repeat(1_048_576), false],
    ['x'.repeat(1_048_577), true],
    ['é'.repeat(524_288), false],
    ['é'.repeat(524_289), true],
    ['€'.repeat(349_525), false],
    ['€'.repeat(349_526), true],
  ] as const
  for (const [state, oversized] of rows) t.equal(isOversized(state), oversized, `${state.length}`)
  t.end()
})

t.test('records open a window with {}, or go into the one that is open', (t) => {
  t.same(withRecords(NO_WINDOWS, { interval, lastArrivedAt: 12, lateCount: 0 }), {
    open: { ...interval, state: '{}', lastArrivedAt: 12 },
    closedUntil: 0,
    lateRecords: 0,
  })
  const other = { start: at(20), end: at(30) }
  const more = withRecords(OPEN, { interval: other, lastArrivedAt: 14, lateCount: 3 })
  t.same(more, { ...OPEN, lateRecords: 5 }, 'an arrival never goes back')
  t.equal(withRecords(OPEN, { interval, lastArrivedAt: 16, lateCount: 0 }).open!.lastArrivedAt, 16)
  t.end()
})

t.test('a state goes into the open window; a window that is over is remembered by its end', (t) => {
  t.equal(withState(OPEN, '7').open!.state, '7')
  t.same(withState(NO_WINDOWS, '7'), NO_WINDOWS)
  t.same(withoutOpen(OPEN), { closedUntil: 20, lateRecords: 2 })
  t.same(withoutOpen({ ...OPEN, closedUntil: 50 }), { closedUntil: 50, lateRecords: 2 })
  t.same(withoutOpen(NO_WINDOWS), NO_WINDOWS)
  t.end()
})

t.test('a window of another length than the mapping’s is outdated', (t) => {
  t.notOk(isOutdated(OPEN, 10))
  t.ok(isOutdated(OPEN, 20))
  t.ok(isOutdated(OPEN, 0))
  t.notOk(isOutdated(NO_WINDOWS, 0))
  t.end()
})
