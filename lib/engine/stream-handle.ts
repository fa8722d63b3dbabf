import { MillraceError } from '../core/errors.ts'
import type { SequenceNumber } from '../core/ids.ts'
import type { EmbeddedStreams } from '../sources/embedded/open-embedded-streams.ts'

/** An embedded stream as a program writes to it. @source contract §8 */
export type StreamHandle = {
  readonly streamArn: string
  /**
   * Stores records, all or none. Resolves when they are on disk.
   * @param records As of a DynamoDB stream; `dynamodb.Keys` and one image are needed, everything else is filled in.
   * @returns the last sequence number of this put in each shard.
   * @throws MillraceError MILLRACE_RECORD_INVALID, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  put(
    records: readonly unknown[],
  ): Promise<{ readonly sequenceNumbers: Readonly<Record<string, SequenceNumber>> }>
}

/** @throws MillraceError MILLRACE_STREAM_UNKNOWN */
export function streamHandle(streams: EmbeddedStreams, name: string): StreamHandle {
  const stream = streams.stream(name)
  return {
    streamArn: stream.place.streamArn,
    put: async (records) => stream.put(listed(records)),
  }
}

/** A program in JavaScript may give anything. @throws MillraceError MILLRACE_SETTING_INVALID */
function listed(records: unknown): readonly unknown[] {
  if (Array.isArray(records)) return records
  throw MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting: 'the records of a put',
    expected: 'a list',
    actual: records === null ? 'null' : `a value of type ${typeof records}`,
    origin: '',
  })
}
