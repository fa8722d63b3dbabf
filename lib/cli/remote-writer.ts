import { setTimeout as wait } from 'node:timers/promises'
import { MillraceError } from '../core/errors.ts'
import type { EmbeddedStreamSettings } from '../core/mapping/settings.ts'
import type { StreamHandle } from '../engine/stream-handle.ts'
import type { DaemonAnswer, RemoteDaemon } from './remote-daemon.ts'

/** Where records are put: a data directory, or a daemon. */
export type PutTarget = {
  readonly stream: Pick<StreamHandle, 'streamArn' | 'put'>
  /** Waits for the put that is under way. */
  close(): Promise<void>
}

type Stored = Awaited<ReturnType<StreamHandle['put']>>

/**
 * Opens a stream of a daemon, and creates it where it is missing.
 * @param settings Those to create it with; absent: it must exist.
 * @throws MillraceError MILLRACE_SOURCE_UNREACHABLE, MILLRACE_SOURCE_REFUSED
 */
export async function openRemoteWriter(
  daemon: RemoteDaemon,
  name: string,
  settings: EmbeddedStreamSettings | undefined,
): Promise<PutTarget> {
  const path = `/millrace/streams/${encodeURIComponent(name)}`
  const answer = settings
    ? await daemon.call('PUT', path, JSON.stringify(settingsOf(settings)))
    : await daemon.call('GET', path)
  if (answer.status >= 300)
    throw daemon.refusal(settings ? 'to create the stream' : 'to find the stream', answer)
  const closing = new AbortController()
  let running: Promise<unknown> = Promise.resolve()
  return {
    stream: {
      streamArn: String(answer.body['StreamArn']),
      put: (records) => {
        const stored = put(daemon, path, { records, signal: closing.signal })
        running = stored.catch(() => undefined)
        return stored
      },
    },
    close: async () => {
      closing.abort()
      await running
    },
  }
}

const settingsOf = ({ shardCount, streamViewType, keySchema }: EmbeddedStreamSettings) => ({
  ShardCount: shardCount,
  StreamViewType: streamViewType,
  ...(keySchema.length === 0
    ? {}
    : {
        KeySchema: keySchema.map(({ attributeName, keyType }) => ({
          AttributeName: attributeName,
          KeyType: keyType,
        })),
      }),
})

/**
 * Puts until the daemon has room for it, or `signal` aborts.
 * @throws MillraceError MILLRACE_RECORD_INVALID, as a put into a data directory does
 */
async function put(
  daemon: RemoteDaemon,
  path: string,
  { records, signal }: { readonly records: readonly unknown[]; readonly signal: AbortSignal },
): Promise<Stored> {
  const lines = records.map((record) => JSON.stringify(record)).join('\n')
  const send = () => daemon.call('POST', `${path}/records`, lines)
  let answer = await send()
  while (answer.status === 429) {
    await wait(answer.retryAfter * 1000, undefined, { signal })
    answer = await send()
  }
  if (answer.status !== 200) throw problemOf(answer) ?? daemon.refusal('put', answer)
  return { sequenceNumbers: answer.body['SequenceNumbers'] as Stored['sequenceNumbers'] }
}

/** Lines and records have the same numbers: one record a line was sent. */
function problemOf({ body }: DaemonAnswer): MillraceError | undefined {
  const [, number, reason] = /^line (\d+): (.*); nothing/s.exec(String(body['message'])) ?? []
  return number === undefined
    ? undefined
    : MillraceError.of('MILLRACE_RECORD_INVALID', { number: Number(number), reason: reason! })
}
