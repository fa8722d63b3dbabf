import { compareSequenceNumbers, type SequenceNumber } from '../../core/ids.ts'
import { finalCall, type Work } from '../../core/lane/lane-state.ts'
import type { LaneProgress } from '../lane-memory/lane-block.ts'
import type { ResumedBatch, ResumedWork } from '../protocol.ts'
import type { HostLane } from './host-lane.ts'
import { plain } from './lane-saving.ts'

/** Finds the records of what a lane takes up again, and takes them in hand. */
export function findWorks(
  lane: HostLane,
  progress: LaneProgress,
  resumed: readonly ResumedWork[],
): Work[] {
  const works: Work[] = []
  let skip = 0
  for (const one of resumed) {
    const { attempt, requestId } = one
    if ('final' in one) {
      works.push({ ...finalCall(one.final), attempt, requestId })
      continue
    }
    const work = findBatch(lane, progress, one, skip)
    // Entries that settled before the crash are gone from the lane.
    if (work.batch.arrivals.length > 0) works.push(work)
    skip += work.batch.arrivals.length
  }
  const after = lane.positionAfter(progress, skip)
  lane.take(progress.settledCount + after.entries, after.units, after.ordinal)
  return works
}

function findBatch(
  lane: HostLane,
  progress: LaneProgress,
  { from, until, attempt, requestId }: ResumedBatch,
  skip: number,
): Work {
  let first: SequenceNumber | undefined
  const arrivals = lane.arrivalsWhile(progress, skip, (ordinal, sequenceNumber) => {
    if ('ordinal' in until) return ordinal <= until.ordinal
    const plainNumber = plain(sequenceNumber())
    first ??= plainNumber
    return compareSequenceNumbers(plainNumber, until.sequenceNumber) <= 0
  })
  const isWhole = from === undefined || from === first
  const begun = isWhole ? { attempt, requestId } : { attempt: 0, requestId: '' }
  return { batch: { arrivals }, ...begun, waits: 0 }
}
