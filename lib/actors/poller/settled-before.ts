import { generationsFor, isSettled } from '../../core/checkpoint/low-water-mark.ts'
import type { LaneGeneration, ShardState } from '../../core/checkpoint/shard-state.ts'
import { compareSequenceNumbers, type SequenceNumber } from '../../core/ids.ts'
import type { Page } from '../../ports/stream-source.ts'

/** What the store says was settled above the mark when a poller began (D4, and D3 for other factors). */
export class SettledBefore {
  /** Of the poller's factor; without positions where the factor is new above the mark. */
  readonly current: LaneGeneration
  readonly older: readonly LaneGeneration[]
  readonly #last: SequenceNumber | null

  constructor(state: ShardState, factor: number) {
    const { current, older } = generationsFor(factor, state.generations)
    this.current = current
    this.older = older
    this.#last = [this.current, ...this.older]
      .flatMap(({ positions }) => positions)
      .reduce(greater, null)
  }

  /** Whether a record behind `read` may have been settled. */
  reachesBeyond(read: SequenceNumber | null): boolean {
    return this.#last !== null && (read === null || compareSequenceNumbers(this.#last, read) > 0)
  }

  /** Whether this record was settled. */
  covers(page: Page, index: number): boolean {
    const sequenceNumber = page.sequenceNumberAt(index)
    return isSettled([this.current, ...this.older], page.orderHashes[index]!, sequenceNumber)
  }
}

function greater(a: SequenceNumber | null, b: SequenceNumber | null): SequenceNumber | null {
  if (a === null || b === null) return a ?? b
  return compareSequenceNumbers(a, b) > 0 ? a : b
}
