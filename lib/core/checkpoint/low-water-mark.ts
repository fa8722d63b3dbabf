import { compareSequenceNumbers, type SequenceNumber } from '../ids.ts'
import type { LaneGeneration } from './shard-state.ts'

/** A lane as the mark sees it. */
export type LaneFrontier = {
  /** Ordinal below or at which every record of this lane is settled. */
  readonly ordinal: number
  /** Sequence number of the record with that ordinal; `null` = where reading began. */
  readonly sequenceNumber: SequenceNumber | null
}

/**
 * D4: the frontier that lies furthest back. Every record of the shard at or below it is settled.
 *
 * @param lanes At least one. A lane without unsettled records stands at the last record that was read.
 */
export function lowWaterMark(lanes: readonly LaneFrontier[]): LaneFrontier {
  return lanes.reduce((lowest, lane) => (lane.ordinal < lowest.ordinal ? lane : lowest))
}

/**
 * D3: what a poller of this factor goes on from. A factor that was left and comes back goes on from its own positions,
 * so that each factor stands once, however often it is changed before the mark has passed what they say.
 */
export function generationsFor(
  factor: number,
  generations: readonly LaneGeneration[],
): { readonly current: LaneGeneration; readonly older: readonly LaneGeneration[] } {
  const known = generations.find((generation) => generation.factor === factor)
  return {
    current: known ?? { factor, positions: [] },
    older: generations.filter((generation) => generation !== known),
  }
}

/** Generations that still say something about records above the mark (D3). The first, current one always stays. */
export function generationsAbove(
  mark: SequenceNumber | null,
  generations: readonly LaneGeneration[],
): readonly LaneGeneration[] {
  const saysMore = ({ positions }: LaneGeneration): boolean =>
    positions.some(
      (position) =>
        position !== null && (mark === null || compareSequenceNumbers(position, mark) > 0),
    )
  return generations.filter((generation, index) => index === 0 || saysMore(generation))
}

/** D4: whether a record that is read again was settled before. */
export function isSettled(
  generations: readonly LaneGeneration[],
  hash: number,
  sequenceNumber: SequenceNumber,
): boolean {
  for (const { factor, positions } of generations) {
    const position = positions[hash % factor]
    if (position && compareSequenceNumbers(sequenceNumber, position) <= 0) return true
  }
  return false
}
