import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { WINDOW_STATE_BYTES_MAX } from '../../../lib/core/limits.ts'
import {
  intervalOf,
  isOutdated,
  isOversized,
  NO_WINDOWS,
  withoutOpen,
  withRecords,
  withState,
} from '../../../lib/core/window/tumbling-window.ts'

const ms = (time: number) => time as EpochMs
const INTERVAL = { start: ms(60_000), end: ms(120_000) }

t.test(
  'D19: borders are multiples of the length since the epoch; the end is the next one’s',
  (t) => {
    for (const [stamp, start] of [
      [0, 0],
      [59_999, 0],
      [60_000, 60_000],
      [119_999, 60_000],
      [120_000, 120_000],
    ] as const)
      t.strictSame(intervalOf(ms(stamp), 60_000), { start, end: start + 60_000 })
    t.end()
  },
)

t.test('D11: a state of 1 MB fits, a byte more does not; bytes count, not characters', (t) => {
  t.notOk(isOversized('x'.repeat(WINDOW_STATE_BYTES_MAX)))
  t.ok(isOversized('x'.repeat(WINDOW_STATE_BYTES_MAX + 1)))
  t.notOk(isOversized('é'.repeat(WINDOW_STATE_BYTES_MAX / 2)))
  t.ok(isOversized(`${'é'.repeat(WINDOW_STATE_BYTES_MAX / 2)}x`))
  t.notOk(isOversized('€'.repeat(WINDOW_STATE_BYTES_MAX / 3 - 1)))
  t.end()
})

t.test(
  '§5: the first batch opens a window with the empty state; late ones are counted (D9)',
  (t) => {
    const batch = { interval: INTERVAL, lastArrivedAt: 61_000, lateCount: 0 }
    const first = withRecords(NO_WINDOWS, batch)
    t.strictSame(first.open, { ...INTERVAL, state: '{}', lastArrivedAt: 61_000 })
    const more = withRecords(withState(first, '{"n":1}'), {
      ...batch,
      lastArrivedAt: 60_500,
      lateCount: 2,
    })
    t.strictSame(more.open, { ...INTERVAL, state: '{"n":1}', lastArrivedAt: 61_000 })
    t.equal(more.lateRecords, 2)
    t.end()
  },
)

t.test('a window that is over is closed for good', (t) => {
  const open = withRecords(NO_WINDOWS, { interval: INTERVAL, lastArrivedAt: 1, lateCount: 3 })
  t.strictSame(withoutOpen(open), { closedUntil: 120_000, lateRecords: 3 })
  t.strictSame(withoutOpen(NO_WINDOWS), NO_WINDOWS)
  t.equal(withoutOpen({ ...open, closedUntil: 999_000 }).closedUntil, 999_000, 'never back')
  t.equal(withState(NO_WINDOWS, '1'), NO_WINDOWS, 'no state without a window')
  t.end()
})

t.test('a window of another length than the mapping’s is outdated', (t) => {
  const open = withRecords(NO_WINDOWS, { interval: INTERVAL, lastArrivedAt: 1, lateCount: 0 })
  t.notOk(isOutdated(open, 60_000))
  t.ok(isOutdated(open, 30_000))
  t.ok(isOutdated(open, 0))
  t.notOk(isOutdated(NO_WINDOWS, 30_000))
  t.end()
})
