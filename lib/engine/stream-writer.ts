import type { EmbeddedStreamSettings, EngineConfiguration } from '../core/mapping/settings.ts'
import { openEmbeddedStreams } from '../sources/embedded/open-embedded-streams.ts'
import { openLmdbStateStore } from '../state/lmdb/lmdb-state-store.ts'
import { type StreamHandle, streamHandle } from './stream-handle.ts'
import { createSystemClock } from './system-clock.ts'

/** Changes one embedded stream of a data directory without an engine on it. */
export type StreamWriter = {
  readonly stream: StreamHandle
  /** The stream was not there before. */
  readonly isNew: boolean
  /** Gives the data directory back. */
  close(): Promise<void>
}

/**
 * Opens the stream, and creates it where it is missing. The data directory belongs to this
 * process until `close`: an engine that runs on it refuses (D41).
 *
 * @param settings Those to create it with; absent: it must exist.
 * @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STREAM_CONFLICT, MILLRACE_DATA_IN_USE, ...
 */
export async function openStreamWriter(
  configuration: EngineConfiguration,
  name: string,
  settings: EmbeddedStreamSettings | undefined,
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
      const isNew = !streams.list().some(({ place }) => place.name === name)
      const stream = settings ? await streams.ensure(name, settings) : streams.stream(name)
      return { stream: streamHandle(stream), isNew, close }
    } catch (error) {
      await streams.close()
      throw error
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
