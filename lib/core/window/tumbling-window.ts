import type { EpochMs } from '../ids.ts'
import { WINDOW_STATE_BYTES_MAX } from '../limits.ts'
import { utf8Length } from '../utf8.ts'

/** A stretch of record time, aligned to multiples of its length since the epoch: `end` belongs to the next one. */
export type WindowInterval = { readonly start: EpochMs; readonly end: EpochMs }

/** A window with records in it, until its final call succeeded or was given up. */
export type OpenWindow = WindowInterval & {
  /** What the function last returned, as JSON; `{}` before the first time. */
  readonly state: string
  /** Arrival of its last record: the age of the final call counts from here (D28). @unit epoch ms */
  readonly lastArrivedAt: number
}

/** Windows of a lane: one open at a time. @source aws-semantics §5 */
export type LaneWindows = {
  readonly open?: OpenWindow
  /** End of the latest window that was closed; 0 = none was. @unit epoch ms */
  readonly closedUntil: number
  /** Records whose window was closed before they came (D9). */
  readonly lateRecords: number
}

/** None was ever open. */
export const NO_WINDOWS: LaneWindows = { closedUntil: 0, lateRecords: 0 }

/** State of a window that nothing was returned for. @source aws-semantics §5 */
export const EMPTY_STATE = '{}'

/** The window of a record. @param stamp its `ApproximateCreationDateTime` (D19). */
export function intervalOf(stamp: EpochMs, lengthMs: number): WindowInterval {
  const start = Math.floor(stamp / lengthMs) * lengthMs
  return { start: start as EpochMs, end: (start + lengthMs) as EpochMs }
}

/** What is beyond the limit ends its window's state early. @source aws-semantics §5, D11 */
export function isOversized(state: string): boolean {
  // Three bytes at most for each UTF-16 unit: most states are known to fit without being counted.
  if (state.length * 3 <= WINDOW_STATE_BYTES_MAX) return false
  return state.length > WINDOW_STATE_BYTES_MAX || utf8Length(state) > WINDOW_STATE_BYTES_MAX
}

/** The mapping's windows have another length now, or it has none: the open one is closed before anything else. */
export function isOutdated({ open }: LaneWindows, lengthMs: number): boolean {
  return open !== undefined && open.end - open.start !== lengthMs
}

/** The open window with a batch more in it. */
export function withRecords(windows: LaneWindows, batch: WindowBatch): LaneWindows {
  const { interval, lastArrivedAt, lateCount } = batch
  const open = windows.open ?? { ...interval, state: EMPTY_STATE, lastArrivedAt }
  return {
    ...windows,
    open: { ...open, lastArrivedAt: Math.max(open.lastArrivedAt, lastArrivedAt) },
    lateRecords: windows.lateRecords + lateCount,
  }
}

/** What a batch adds to a window. */
export type WindowBatch = {
  readonly interval: WindowInterval
  readonly lastArrivedAt: number
  readonly lateCount: number
}

/** The open window as it goes on from a new state. */
export function withState(windows: LaneWindows, state: string): LaneWindows {
  return windows.open ? { ...windows, open: { ...windows.open, state } } : windows
}

/** The open window is over. */
export function withoutOpen({ open, closedUntil, lateRecords }: LaneWindows): LaneWindows {
  return { closedUntil: Math.max(closedUntil, open?.end ?? 0), lateRecords }
}
