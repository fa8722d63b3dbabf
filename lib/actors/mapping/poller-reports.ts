import type { FunctionError } from '../../ports/function-runtime.ts'
import type { SourceFailure } from '../../ports/stream-source.ts'
import type { PollerActor } from '../poller/poller.ts'
import type { Poller, PollerParent } from '../poller/poller-parts.ts'
import type { StreamParts } from './stream-parts.ts'

/** What ends a poller: its supervisor acts on it. */
export type PollerEnds = Pick<PollerParent, 'shardFinished' | 'pollerFailed'>

/** What pollers tell: of their end to their supervisor, all else to the mapping and to people. */
export class PollerReports implements PollerParent {
  readonly #parts: StreamParts
  readonly #ends: PollerEnds
  #isMovedDue = false

  constructor(parts: StreamParts, ends: PollerEnds) {
    this.#parts = parts
    this.#ends = ends
  }

  shardFinished(poller: Poller): void {
    this.#ends.shardFinished(poller)
  }

  pollerFailed(poller: Poller, error: unknown): void {
    this.#ends.pollerFailed(poller, error)
  }

  readFailed({ parts }: PollerActor, failure: SourceFailure): void {
    this.#parts.parent.readFailed(failure)
    const { mapping, shardId } = parts.address
    this.#parts.report({ type: 'source-failed', mapping, shardId, failure })
  }

  readSucceeded(): void {
    this.#parts.parent.readSucceeded()
  }

  invoked({ parts, isLost }: PollerActor, error: FunctionError | undefined): void {
    // What ends after a save failed runs again: it must not hide that problem (D39).
    if (!isLost) this.#parts.parent.invoked(error)
    if (!error) return
    const { mapping, shardId } = parts.address
    this.#parts.report({ type: 'attempt-failed', mapping, shardId, error })
  }

  batchesGivenUp(): void {
    this.#parts.report({ type: 'batches-given-up', mapping: this.#parts.uuid })
  }

  recordsTrimmed({ parts }: PollerActor): void {
    const { mapping, shardId } = parts.address
    this.#parts.report({ type: 'records-trimmed', mapping, shardId })
  }

  ended(poller: Poller): void {
    this.#parts.parent.pollerWorked(poller)
  }

  /** Told once for all that moves in a turn: who hears it looks at all shards. */
  moved(): void {
    if (this.#isMovedDue) return
    this.#isMovedDue = true
    this.#parts.clock.soon(() => {
      this.#isMovedDue = false
      this.#parts.report({ type: 'moved', mapping: this.#parts.uuid })
    })
  }
}
