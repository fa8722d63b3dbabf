import { compareSequenceNumbers, type SequenceNumber } from '../ids.ts'
import { NO_COUNTS } from '../ledger/ledger.ts'
import { lastSettled, wasSettled } from './settled.ts'
import type { ShardStart, ShardState } from './shard-state.ts'

/**
 * A shard's state when an operator has moved its position: reading begins there, and nothing that was settled above it
 * or begun of it counts any more. The ledger stays as it is: it says what was settled, and that is still true.
 *
 * @source docs/decisions/0010
 */
export function movedTo(state: ShardState | undefined, start: ShardStart): ShardState {
  return {
    mark: start.type === 'after' ? start.sequenceNumber : null,
    generations: [],
    stacks: {},
    counts: state?.counts ?? NO_COUNTS,
    start,
    finished: false,
  }
}

/** What a record is to a change of positions. */
export type RecordFate = 'again' | 'skipped' | 'same'

/**
 * `again`: it was settled, and will be delivered once more. `skipped`: it was not settled, and will never be delivered.
 *
 * @param hash Order hash of the record (D2).
 */
export function fateOf(
  record: { readonly hash: number; readonly sequenceNumber: SequenceNumber },
  from: ShardState | undefined,
  to: ShardState,
): RecordFate {
  const { hash, sequenceNumber } = record
  const isSettled = from !== undefined && wasSettled(from, hash, sequenceNumber)
  const isPassed = wasSettled(to, hash, sequenceNumber)
  if (isSettled === isPassed) return 'same'
  return isSettled ? 'again' : 'skipped'
}

/** Where the records begin and end whose fate a change may touch. */
export function touchedRange(
  from: ShardState | undefined,
  to: ShardState,
): { readonly after: SequenceNumber | null; readonly last: SequenceNumber | null } {
  const before = from === undefined ? null : from.mark
  return {
    after: lower(before, to.mark),
    last: higher(from === undefined ? null : lastSettled(from), lastSettled(to)),
  }
}

function lower(a: SequenceNumber | null, b: SequenceNumber | null): SequenceNumber | null {
  if (a === null || b === null) return null
  return compareSequenceNumbers(a, b) <= 0 ? a : b
}

function higher(a: SequenceNumber | null, b: SequenceNumber | null): SequenceNumber | null {
  if (a === null || b === null) return a ?? b
  return compareSequenceNumbers(a, b) >= 0 ? a : b
}
