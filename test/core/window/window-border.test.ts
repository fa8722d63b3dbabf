import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { NO_WINDOWS } from '../../../lib/core/window/tumbling-window.ts'
import { WindowBorder } from '../../../lib/core/window/window-border.ts'

const MINUTE = 60_000

/** What a border says of each stamp. */
function admitted(border: WindowBorder, ...stamps: readonly number[]): readonly boolean[] {
  return stamps.map((stamp) => border.admits(stamp as EpochMs))
}

t.test('§5: the first record opens its window, and a batch ends before the next one', (t) => {
  const border = new WindowBorder(NO_WINDOWS, MINUTE)
  t.equal(border.interval, undefined)
  t.strictSame(admitted(border, 61_000, 119_999, 120_000), [true, true, false])
  t.strictSame(border.interval, { start: 60_000, end: 120_000 })
  t.equal(border.lateCount, 0)
  t.end()
})

t.test(
  'D9: a record of a closed or an earlier window goes into the open one, and is counted',
  (t) => {
    const open = { start: 60_000, end: 120_000, state: '{}', lastArrivedAt: 0 }
    const windows = { ...NO_WINDOWS, open } as unknown as typeof NO_WINDOWS
    const border = new WindowBorder(windows, MINUTE)
    t.strictSame(admitted(border, 59_999, 60_000, 1), [true, true, true])
    t.equal(border.lateCount, 2)
    const after = new WindowBorder({ ...NO_WINDOWS, closedUntil: 120_000 }, MINUTE)
    t.strictSame(admitted(after, 119_000, 61_000, 120_000), [true, true, false])
    t.equal(after.lateCount, 2, 'they open their own window again')
    t.end()
  },
)
