import { setTimeout as delay } from 'node:timers/promises'
import { nowNs, type Stamps } from './stamps.ts'

const TICK_MS = 1

/**
 * Puts once for each record of `stamps`, evenly by schedule, whether earlier puts have ended or not. What is due while
 * the program was late is put at once and keeps its scheduled time, so that lateness is seen (no coordinated omission).
 * Resolves when all puts have.
 * @param prepare makes what is put; not timed.
 * @throws what the first put failed with; no more are made then.
 */
export async function openLoop<Prepared>(
  stamps: Stamps,
  ratePerSecond: number,
  prepare: (index: number) => Prepared,
  put: (prepared: Prepared, index: number) => Promise<unknown>,
): Promise<void> {
  const gapNs = 1e9 / ratePerSecond
  const begunNs = nowNs()
  const failures: unknown[] = []
  let called = 0
  // Counted, not kept: a hundred thousand promises would be most of what the collector has to look at.
  let ended = 0
  const call = async (prepared: Prepared, index: number): Promise<void> => {
    try {
      await put(prepared, index)
    } catch (error) {
      failures.push(error)
    }
    ended++
  }
  while (failures.length === 0 && ended < stamps.count) {
    const due = Math.min(stamps.count, Math.ceil((nowNs() - begunNs) / gapNs))
    const prepared = Array.from({ length: due - called }, (_, i) => prepare(called + i))
    for (const one of prepared) {
      stamps.due[called] = begunNs + called * gapNs
      stamps.called[called] = nowNs()
      void call(one, called++)
    }
    await delay(TICK_MS)
  }
  while (ended < called) await delay(TICK_MS)
  if (failures.length > 0) throw failures[0]
}
