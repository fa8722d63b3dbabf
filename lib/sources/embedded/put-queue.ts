import { MillraceError } from '../../core/errors.ts'
import type { EpochMs, SequenceNumber, ShardId } from '../../core/ids.ts'
import { sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import type { Clock } from '../../ports/clock.ts'
import { RecordProblem } from './attribute-walk.ts'
import { BufferPool } from './buffer-pool.ts'
import type { EmbeddedShard } from './embedded-shard.ts'
import type { RecordEncoder } from './record-encoder.ts'
import type { BufferMark, EncodedSegment, ShardBuffer } from './shard-buffer.ts'
import { StagedRecords } from './staged-records.ts'

/** What a put answers once its records are on disk: the last sequence number by shard. */
export type PutResult = { readonly sequenceNumbers: Readonly<Record<ShardId, SequenceNumber>> }

/** A put that waits for its commit: which shards it wrote to, and how many records waited there after it. */
type WaitingPut = {
  readonly counts: ReadonlyMap<EmbeddedShard, number>
  readonly resolve: (result: PutResult) => void
  readonly reject: (error: unknown) => void
}

/** Puts that share a commit. */
export type PutGroup = {
  /** Shards with records, and the ordinal before the first of them. */
  readonly shards: ReadonlyMap<EmbeddedShard, number>
  /** The commit is on disk. */
  resolve(): void
  reject(error: unknown): void
}

/**
 * Puts that wait for the next commit. Their records are encoded at once into the buffers of their shards, behind one
 * another, and get their ordinals when the group is taken: so a commit that fails leaves no gap.
 */
export class PutQueue {
  readonly #encoder: RecordEncoder
  readonly #shardFor: (hash: number) => EmbeddedShard
  readonly #buffers = new BufferPool()
  #waiting: WaitingPut[] = []

  constructor(encoder: RecordEncoder, shardFor: (hash: number) => EmbeddedShard) {
    this.#encoder = encoder
    this.#shardFor = shardFor
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /**
   * Takes in the records of one put: all of them or none.
   * @returns a promise of the answer, settled by the group that it goes with.
   * @throws MillraceError MILLRACE_RECORD_INVALID
   */
  add(records: readonly unknown[] | StagedRecords, now: EpochMs): Promise<PutResult> {
    const marks = new Map<EmbeddedShard, BufferMark>()
    const bufferFor = (hash: number) => {
      const shard = this.#shardFor(hash)
      shard.buffer ??= this.#buffers.take()
      if (!marks.has(shard)) marks.set(shard, shard.buffer.mark())
      return shard.buffer
    }
    if (records instanceof StagedRecords) records.copyTo(bufferFor, now)
    else {
      try {
        this.#encode(records, now, bufferFor)
      } catch (error) {
        for (const [shard, mark] of marks) shard.buffer!.rollback(mark)
        throw error
      }
    }
    const counts = new Map([...marks.keys()].map((shard) => [shard, shard.buffer!.count]))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ counts, resolve, reject })
    })
  }

  /** Room for the records of a put that is not complete yet. */
  stage(clock: Clock): StagedRecords {
    return new StagedRecords(this.#encoder, clock)
  }

  /** What waits for a shard of the group that was just taken, cut into segments. */
  takeSegments(
    shard: EmbeddedShard,
    firstOrdinal: number,
    structureCount: number,
  ): readonly EncodedSegment[] {
    const buffer = shard.buffer!
    const segments = buffer.takeSegments(firstOrdinal, structureCount)
    shard.buffer = undefined
    this.#buffers.giveBack(buffer)
    return segments
  }

  #encode(
    records: readonly unknown[],
    now: EpochMs,
    bufferFor: (hash: number) => ShardBuffer,
  ): void {
    let number = 0
    try {
      for (const record of records) {
        number++
        this.#encoder.encode(record, now, bufferFor)
      }
    } catch (error) {
      if (!(error instanceof RecordProblem)) throw error
      throw MillraceError.of('MILLRACE_RECORD_INVALID', { number, reason: error.message }, error)
    }
  }

  /** All puts that wait now, as one group; their records are to be taken before any other put is added. */
  take(): PutGroup {
    const puts = this.#waiting
    this.#waiting = []
    const shards = new Map<EmbeddedShard, number>()
    for (const put of puts) {
      for (const shard of put.counts.keys()) shards.set(shard, shard.lastOrdinal)
    }
    return {
      shards,
      resolve() {
        for (const { counts, resolve } of puts) resolve(resultOf(counts, shards))
      },
      reject(error) {
        for (const { reject } of puts) reject(error)
      },
    }
  }
}

function resultOf(
  counts: ReadonlyMap<EmbeddedShard, number>,
  before: ReadonlyMap<EmbeddedShard, number>,
): PutResult {
  const sequenceNumbers: Record<ShardId, SequenceNumber> = {}
  for (const [shard, count] of counts) {
    sequenceNumbers[shard.facts.shardId] = sequenceNumberOf(before.get(shard)! + count)
  }
  return { sequenceNumbers }
}
