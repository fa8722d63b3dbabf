import type { SequenceNumber } from '../core/ids.ts'
import type { EngineConfiguration } from '../core/mapping/settings.ts'
import { openEmbeddedStreams } from '../sources/embedded/open-embedded-streams.ts'
import { openLmdbStateStore } from '../state/lmdb/lmdb-state-store.ts'
import { createSystemClock } from './system-clock.ts'

/** Writes to one embedded stream of a data directory without an engine on it. */
export type StreamWriter = {
  readonly streamArn: string
  /**
   * Stores records, all or none. Resolves when they are on disk.
   * @throws MillraceError MILLRACE_RECORD_INVALID, MILLRACE_DATA_UNWRITABLE
   */
  put(
    records: readonly unknown[],
  ): Promise<{ readonly sequenceNumbers: Readonly<Record<string, SequenceNumber>> }>
  close(): Promise<void>
}

/**
 * Opens the stream, and creates it where the configuration declares it. The data directory belongs to this process
 * until `close`: an engine that runs on it refuses (D41).
 *
 * @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STREAM_CONFLICT, MILLRACE_DATA_IN_USE, ...
 */
export async function openStreamWriter(
  configuration: EngineConfiguration,
  name: string,
): Promise<StreamWriter> {
  const { dataDirectory: directory, region, account, engine } = configuration
  const failedBatchBytesMax = engine.failedBatchStoreMaximumBytes
  // What the state holds is not touched: to open it is to own the directory.
  const store = await openLmdbStateStore({ directory, failedBatchBytesMax })
  try {
    const clock = createSystemClock(true)
    const streams = await openEmbeddedStreams({ directory, clock, region, account })
    const close = async () => {
      await streams.close()
      await store.close()
    }
    try {
      const declared = configuration.streams.get(name)
      const stream = declared ? await streams.ensure(name, declared) : streams.stream(name)
      const { streamArn } = stream.place
      return { streamArn, put: (records) => stream.put(records), close }
    } catch (error) {
      await streams.close()
      throw error
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
