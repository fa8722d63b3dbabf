// hot path: bench/micro/segment
import { MillraceError } from '../../core/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import { RecordProblem } from './attribute-walk.ts'
import type { RecordEncoder } from './record-encoder.ts'
import { ShardBuffer } from './shard-buffer.ts'

/**
 * Records of one put that come one after another: each is checked and encoded when it comes, in memory of their own, so that
 * what they were read from can be let go. They go to their shards all at once, and get their time of arrival then; those that
 * bring no `ApproximateCreationDateTime` are stamped when they come.
 */
export class StagedRecords {
  readonly #encoder: RecordEncoder
  readonly #clock: Clock
  readonly #buffer = new ShardBuffer()

  constructor(encoder: RecordEncoder, clock: Clock) {
    this.#encoder = encoder
    this.#clock = clock
  }

  get length(): number {
    return this.#buffer.count
  }

  /** @throws MillraceError MILLRACE_RECORD_INVALID; those before it stay. */
  add(record: unknown): void {
    const mark = this.#buffer.mark()
    try {
      this.#encoder.encode(record, this.#clock.now(), () => this.#buffer)
    } catch (error) {
      this.#buffer.rollback(mark)
      if (!(error instanceof RecordProblem)) throw error
      const facts = { number: this.length + 1, reason: error.message }
      throw MillraceError.of('MILLRACE_RECORD_INVALID', facts, error)
    }
  }

  /** Copies all of them into the buffers of the shards that take them. */
  copyTo(bufferFor: (hash: number) => ShardBuffer, arrivedAt: number): void {
    const buffer = this.#buffer
    const { count } = buffer
    for (let i = 0; i < count; i++) bufferFor(buffer.orderHashAt(i)).copy(buffer, i, arrivedAt)
  }
}
