import type { EpochMs } from '../../lib/core/ids.ts'
import type { Clock } from '../../lib/ports/clock.ts'

/** A clock that stands still until it is set; `at` is not for it. */
export class SettableClock implements Clock {
  time: number

  constructor(time = Date.UTC(2026, 0, 2, 3, 4, 5, 678)) {
    this.time = time
  }

  now(): EpochMs {
    return this.time as EpochMs
  }

  at(): () => void {
    throw new Error('nothing under test sets a timer')
  }

  soon(due: () => void): void {
    setImmediate(due)
  }
}
