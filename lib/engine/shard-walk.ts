import type { MappedStream } from '../actors/mapping/mapping.ts'
import type { EpochMs, ShardId } from '../core/ids.ts'
import { unreachable } from '../core/invariant.ts'
import { failureDelayMs, idleDelayMs } from '../core/shard/pacing.ts'
import type { Clock } from '../ports/clock.ts'
import type { Page, ReadStart, SourceFailure } from '../ports/stream-source.ts'

/** A source that is throttled so often in a row counts as one that does not answer. */
const THROTTLED_MAX = 8

export type ShardWalk = {
  readonly stream: MappedStream
  readonly shardId: ShardId
  readonly start: ReadStart
  readonly clock: Clock
  /** Called at once with each page, which is valid only then. @returns whether to go on. */
  readonly page: (page: Page) => boolean
  /** Records before the next page are gone. */
  readonly trimmed?: () => void
}

/** Reads a shard from a position to its tip, for its headers; nothing is invoked. @returns why it could not be read on. */
export async function walkShard(walk: ShardWalk): Promise<SourceFailure | undefined> {
  const { stream, shardId, start, clock, page, trimmed } = walk
  const { source, emptyReadsAtTip } = stream
  const wait = (ms: number) =>
    new Promise<void>((resolve) => void clock.at((clock.now() + ms) as EpochMs, resolve))
  const reader = source.openReader(shardId, start)
  let empty = 0
  let throttled = 0
  try {
    while (true) {
      const reading = reader.read()
      const result = reading instanceof Promise ? await reading : reading
      switch (result.type) {
        case 'page':
          empty = throttled = 0
          if (!page(result.page)) return undefined
          // A long shard must not hold up what else runs here.
          await new Promise<void>((resolve) => clock.soon(resolve))
          break
        case 'empty':
          if (++empty >= emptyReadsAtTip) return undefined
          await wait(idleDelayMs(source.pace === 'remote' ? 'remote' : 'loopback', empty))
          break
        case 'closed':
          return undefined
        case 'trimmed':
          trimmed?.()
          break
        case 'failed':
          if (result.failure.type !== 'throttled' || ++throttled > THROTTLED_MAX)
            return result.failure
          await wait(failureDelayMs(throttled, 0.5))
          break
        default:
          return unreachable(result)
      }
    }
  } finally {
    reader.close()
  }
}
