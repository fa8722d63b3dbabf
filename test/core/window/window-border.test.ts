import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import type { LaneWindows } from '../../../lib/core/window/tumbling-window.ts'
import { WindowBorder } from '../../../lib/core/window/window-border.ts'

const NONE: LaneWindows = { closedUntil: 0, lateRecords: 0 }
const OPEN: LaneWindows = {
  open: { start: 10 as EpochMs, end: 20 as EpochMs, state: '{}', lastArrivedAt: 0 },
  closedUntil: 10,
  lateRecords: 0,
}

/** Windows of ten: what is admitted of these stamps, the window, and how many were late. */
function admit(windows: LaneWindows, ...stamps: readonly number[]) {
  const border = new WindowBorder(windows, 10)
  const admitted = stamps.filter((stamp) => border.admits(stamp as EpochMs))
  return { admitted, start: border.interval?.start, late: border.lateCount }
}

t.test(
  'aws-semantics §5: the first record opens its window; the end belongs to the next one',
  (t) => {
    t.same(admit(NONE, 12, 19, 20), { admitted: [12, 19], start: 10, late: 0 })
    t.same(admit(OPEN, 10, 19.999, 20, 30), { admitted: [10, 19.999], start: 10, late: 0 })
    t.same(admit(OPEN), { admitted: [], start: 10, late: 0 })
    t.same(admit(NONE), { admitted: [], start: undefined, late: 0 })
    t.end()
  },
)

t.test(
  'D9: a late record goes into the open window, or opens one of its own interval; both count',
  (t) => {
    t.same(admit(OPEN, 9, 3, 11), { admitted: [9, 3, 11], start: 10, late: 2 })
    t.same(admit({ closedUntil: 20, lateRecords: 0 }, 5, 15), { admitted: [5], start: 0, late: 1 })
    t.same(admit({ closedUntil: 20, lateRecords: 0 }, 25, 15), {
      admitted: [25, 15],
      start: 20,
      late: 1,
    })
    t.end()
  },
)
