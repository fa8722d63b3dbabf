import type { SequenceNumber, ShardId } from '../../core/ids.ts'
import { sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import type {
  ReadStart,
  ShardReader,
  StreamDescription,
  StreamSource,
} from '../../ports/stream-source.ts'
import type { EmbeddedReader } from './embedded-reader.ts'
import type { EmbeddedStream } from './embedded-stream.ts'
import { describeShard, streamStatus } from './stream-shard.ts'

/** An embedded stream as the engine reads it. */
export class EmbeddedSource implements StreamSource {
  readonly pace = 'notified'
  readonly #stream: EmbeddedStream
  readonly #readers = new Set<EmbeddedReader>()

  constructor(stream: EmbeddedStream) {
    this.#stream = stream
  }

  async describe(): Promise<StreamDescription> {
    const { facts, place, shards } = this.#stream
    const hash = facts.settings.keySchema.find(({ keyType }) => keyType === 'HASH')
    return {
      streamArn: place.streamArn,
      label: facts.label,
      status: streamStatus(shards),
      viewType: facts.settings.streamViewType,
      ...(hash ? { partitionKeyName: hash.attributeName } : {}),
      shards: shards.map(describeShard),
    }
  }

  /** @throws MillraceError MILLRACE_SHARD_UNKNOWN */
  openReader(shardId: ShardId, start: ReadStart): ShardReader {
    for (const reader of this.#readers) if (reader.isClosed) this.#readers.delete(reader)
    const reader = this.#stream.openReader(shardId, start)
    this.#readers.add(reader)
    return reader
  }

  structures(): readonly unknown[] {
    return this.#stream.structures
  }

  /**
   * Position of `LATEST`: of the last record on disk, or the one before the first. Reading `after` it gives what is
   * put from now on (D21).
   * @throws MillraceError MILLRACE_SHARD_UNKNOWN
   */
  latest(shardId: ShardId): SequenceNumber {
    return sequenceNumberOf(this.#stream.shard(shardId).lastOrdinal)
  }

  /** Closes the readers; the stream itself belongs to whoever opened it. */
  async close(): Promise<void> {
    for (const reader of this.#readers) reader.close()
    this.#readers.clear()
  }
}
