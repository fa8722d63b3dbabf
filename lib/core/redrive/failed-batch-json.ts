import type { FailedBatch, FailedBatchSummary } from '../destination/failed-batch.ts'
import type { EpochMs } from '../ids.ts'
import { isoMilliseconds } from '../timestamp.ts'
import type { SkippedBatch } from './redrive-selection.ts'

/** A failed batch without its records, as JSON has it. */
export function summaryOf({ id, facts, state }: FailedBatchSummary) {
  const { discardedAt, ...rest } = facts
  return { id, state, discardedAt: isoMilliseconds(discardedAt), ...rest }
}

/** A failed batch with its event, as JSON has it. @param summary Of the same batch, where it is still listed. */
export function detailsOf(
  { id, failed }: { readonly id: string; readonly failed: FailedBatch },
  summary?: FailedBatchSummary,
) {
  const { payload, ...kept } = failed
  const state = summary?.state ?? 'kept'
  const { firstArrivedAt, lastArrivedAt, ...facts } = summaryOf({ id, facts: kept, state })
  return {
    ...facts,
    firstArrivedAt: isoMilliseconds(firstArrivedAt),
    lastArrivedAt: isoMilliseconds(lastArrivedAt),
    event: JSON.parse(payload) as unknown,
  }
}

type RedriveTimes = {
  readonly createdAt: EpochMs
  readonly endedAt?: EpochMs
  readonly isActive: boolean
}

/** A redrive as JSON has it. */
export function redriveJson<Facts extends RedriveTimes>(redrive: Facts) {
  const { createdAt, endedAt, isActive: _isActive, ...task } = redrive
  return {
    ...task,
    createdAt: isoMilliseconds(createdAt),
    ...(endedAt === undefined ? {} : { endedAt: isoMilliseconds(endedAt) }),
  }
}

/** A batch that is not sent, as JSON has it. */
export function skippedJson({ batch, because, reason }: SkippedBatch) {
  return { id: batch.id, because, reason }
}
