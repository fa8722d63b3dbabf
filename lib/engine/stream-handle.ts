import { MillraceError } from '../core/errors.ts'
import type { SequenceNumber, ShardId } from '../core/ids.ts'
import type { EmbeddedStream } from '../sources/embedded/embedded-stream.ts'
import { listShard, type StreamShard } from '../sources/embedded/stream-shard.ts'

export type { StreamShard }

/** An embedded stream as a program writes to it. @source contract §8 */
export type StreamHandle = {
  readonly streamArn: string
  /**
   * Stores records, all or none. Resolves when they are on disk.
   * @param records As of a DynamoDB stream; `dynamodb.Keys` and one image are needed, everything else is filled in.
   * @returns the last sequence number of this put in each shard.
   * @throws MillraceError MILLRACE_RECORD_INVALID, MILLRACE_STREAM_CLOSED, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  put(
    records: readonly unknown[],
  ): Promise<{ readonly sequenceNumbers: Readonly<Record<string, SequenceNumber>> }>
  /** All shards, closed ones included, parents before their children. */
  shards(): readonly StreamShard[]
  /**
   * Closes a shard and opens two children, each with half of its keys. Resolves when that is on disk, all of it or
   * nothing. Mappings read the parent to its end before the children.
   * @returns ids of the children.
   * @throws MillraceError MILLRACE_SHARD_UNKNOWN, MILLRACE_SHARD_REFUSED, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  split(shardId: string): Promise<readonly ShardId[]>
  /**
   * Closes a shard; one child takes over all of its keys, as every four hours on AWS. **Without a shard, closes the
   * stream for good**: it takes no more records, and those that are in it can be read to the end.
   * @returns ids of the children: one, or none where the stream was closed.
   * @throws as {@link StreamHandle.split}
   */
  close(shardId?: string): Promise<readonly ShardId[]>
}

/** What a program may do with an embedded stream. */
export function streamHandle(stream: EmbeddedStream): StreamHandle {
  return {
    streamArn: stream.place.streamArn,
    put: async (records) => stream.put(listed(records)),
    shards: () => stream.shards.map(listShard),
    split: async (shardId) => stream.closeShard(shardId as ShardId, 2),
    close: async (...given) => {
      if (given.length > 0) return stream.closeShard(shardIdIn(given[0]), 1)
      await stream.closeAll()
      return []
    },
  }
}

/** A variable that holds no shard must not close the whole stream. @throws MillraceError MILLRACE_SETTING_INVALID */
function shardIdIn(given: string | undefined): ShardId {
  if (given !== undefined) return given as ShardId
  throw MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting: 'the shard to close',
    expected: 'a shard id; close() without an argument closes the stream',
    actual: 'undefined',
    origin: '',
  })
}

function listed(records: unknown): readonly unknown[] {
  if (Array.isArray(records)) return records
  throw MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting: 'the records of a put',
    expected: 'a list',
    actual: records === null ? 'null' : `a value of type ${typeof records}`,
    origin: '',
  })
}
