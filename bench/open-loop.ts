import { setTimeout as delay } from 'node:timers/promises'
import { nowNs, type Stamps } from './stamps.ts'

const TICK_MS = 1

/**
 * Calls `put` once for each record of `stamps`, evenly by schedule, whether earlier calls have ended or not. What is
 * due while the program was late is called at once and keeps its scheduled time, so that lateness is seen (no
 * coordinated omission). Resolves when all calls have.
 * @throws what the first call failed with; no more calls are made then.
 */
export async function openLoop(
  stamps: Stamps,
  ratePerSecond: number,
  put: (index: number) => Promise<unknown>,
): Promise<void> {
  const gapNs = 1e9 / ratePerSecond
  const begunNs = nowNs()
  const calls: Promise<unknown>[] = []
  const failures: unknown[] = []
  while (calls.length < stamps.count && failures.length === 0) {
    const now = nowNs()
    for (let i = calls.length; i < stamps.count; i++) {
      const due = begunNs + i * gapNs
      if (due > now) break
      stamps.due[i] = due
      stamps.called[i] = nowNs()
      calls.push(put(i).catch((error: unknown) => failures.push(error)))
    }
    await delay(TICK_MS)
  }
  await Promise.all(calls)
  if (failures.length > 0) throw failures[0]
}
