import type { EpochMs } from '../ids.ts'
import { invariant } from '../invariant.ts'

/** Ids that share a millisecond before the next one is borrowed. */
const IDS_PER_MS = 0x1000000
const FAILED_BATCH_ID = /^([0-9a-f]{12})-([0-9a-f]{6})$/

/**
 * The id after `last`: 12 hex digits of the time, a hyphen, 6 hex digits of a running number. Ids ascend as text,
 * also when the clock goes back: then the time of `last` is kept and the number runs on.
 * @throws InvariantError if `last` is no such id.
 */
export function nextFailedBatchId(last: string | undefined, discardedAt: EpochMs): string {
  const time = Math.max(0, Math.floor(discardedAt))
  if (last === undefined) return failedBatchId(time, 0)
  const match = FAILED_BATCH_ID.exec(last)
  invariant(match !== null, `not the id of a failed batch: ${last}`)
  const lastTime = Number.parseInt(match[1]!, 16)
  if (time > lastTime) return failedBatchId(time, 0)
  const number = Number.parseInt(match[2]!, 16) + 1
  return number < IDS_PER_MS ? failedBatchId(lastTime, number) : failedBatchId(lastTime + 1, 0)
}

function failedBatchId(time: number, number: number): string {
  return `${time.toString(16).padStart(12, '0')}-${number.toString(16).padStart(6, '0')}`
}
