import type { EpochMs } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'

/** Longest delay a timer takes; later times are reached in several steps. @unit ms */
const TIMER_MS_MAX = 2 ** 31 - 1

/**
 * The machine's clock.
 * @param keepsAlive Whether pending timers keep the process (or thread) running.
 */
export function createSystemClock(keepsAlive: boolean): Clock {
  const clock: Clock = {
    now: () => Date.now() as EpochMs,
    at(time, due) {
      let timer: NodeJS.Timeout
      const arm = () => {
        const delayMs = time - Date.now()
        timer = setTimeout(
          delayMs > TIMER_MS_MAX ? arm : due,
          Math.min(Math.max(delayMs, 0), TIMER_MS_MAX),
        )
        if (!keepsAlive) timer.unref()
      }
      arm()
      return () => clearTimeout(timer)
    },
    soon: (due) => void setImmediate(due),
  }
  return clock
}
