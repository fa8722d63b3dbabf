import type { EpochMs } from '../ids.ts'
import { intervalOf, type LaneWindows, type WindowInterval } from './tumbling-window.ts'

/**
 * Decides record by record what belongs to the window that is open, or to the one that the first record opens: a batch
 * never goes beyond its end. @source aws-semantics §5; D9 for records that come late
 */
export class WindowBorder {
  readonly #lengthMs: number
  readonly #closedUntil: number
  #interval: WindowInterval | undefined
  #lateCount = 0

  constructor({ open, closedUntil }: LaneWindows, lengthMs: number) {
    this.#lengthMs = lengthMs
    this.#closedUntil = closedUntil
    this.#interval = open
  }

  /** The window that takes the records; undefined before the first. */
  get interval(): WindowInterval | undefined {
    return this.#interval
  }

  /** Records so far whose own window was closed, or lies before the open one. */
  get lateCount(): number {
    return this.#lateCount
  }

  /** @returns false for a record of a later window. @param stamp its `ApproximateCreationDateTime` (D19). */
  admits(stamp: EpochMs): boolean {
    if (this.#interval && stamp >= this.#interval.end) return false
    this.#interval ??= intervalOf(stamp, this.#lengthMs)
    if (stamp < this.#interval.start || stamp < this.#closedUntil) this.#lateCount++
    return true
  }
}
