import { compareSequenceNumbers, type SequenceNumber } from '../ids.ts'
import { isSettled } from './low-water-mark.ts'
import type { ShardState } from './shard-state.ts'

/** The last record of a shard that is settled. */
export function lastSettled({ mark, generations }: ShardState): SequenceNumber | null {
  return generations
    .flatMap(({ positions }) => positions)
    .reduce<SequenceNumber | null>(
      (a, b) => (b !== null && (a === null || compareSequenceNumbers(b, a) > 0) ? b : a),
      mark,
    )
}

/** D4. */
export function wasSettled(
  { mark, generations }: ShardState,
  hash: number,
  sequenceNumber: SequenceNumber,
): boolean {
  const isBelow = mark !== null && compareSequenceNumbers(sequenceNumber, mark) <= 0
  return isBelow || isSettled(generations, hash, sequenceNumber)
}
