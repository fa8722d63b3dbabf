import type { ShardId } from '../../core/ids.ts'
import type { ShardBuffer } from './shard-buffer.ts'

/** What is stored about a shard. */
export type ShardFacts = {
  readonly shardId: ShardId
  readonly parentShardId?: ShardId
  /** Order hashes that the shard takes: `from <= hash < to`. */
  readonly from: number
  readonly to: number
  readonly isClosed: boolean
  /** Ordinals up to here are gone (D20), or were given in the parent. */
  readonly trimmedThrough: number
}

/** One past the greatest order hash. */
export const HASH_LIMIT = 2 ** 32

/** A shard of an open stream: its facts, its tip, and who waits for records. */
export class EmbeddedShard {
  /** Number of the shard in its stream, from 0: what the store knows it by. */
  readonly index: number
  facts: ShardFacts
  /** The last record that is on disk: nothing after it is ever shown (D22). 0 = none. */
  lastOrdinal: number
  /** A commit of this shard failed after it was begun: what it may have left behind goes with the next one. */
  hasRemains = false
  /** Records that wait for the next commit; absent where none has waited since the last one. */
  buffer: ShardBuffer | undefined
  readonly #waiting = new Set<() => void>()

  constructor(index: number, facts: ShardFacts, lastOrdinal: number) {
    this.index = index
    this.facts = facts
    this.lastOrdinal = lastOrdinal
  }

  /** Calls `arrived` once, at the next {@link wake}. @returns takes it back. */
  whenArrived(arrived: () => void): () => void {
    const waiting = (): void => arrived()
    this.#waiting.add(waiting)
    return () => {
      this.#waiting.delete(waiting)
    }
  }

  /** There may be something new to read: records, or the shard's end. */
  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const arrived of waiting) arrived()
  }
}

/** Ranges of `count` shards that share all order hashes evenly. */
export function evenRanges(
  count: number,
): readonly { readonly from: number; readonly to: number }[] {
  const border = (index: number): number => Math.ceil((index * HASH_LIMIT) / count)
  return Array.from({ length: count }, (_, index) => ({
    from: border(index),
    to: border(index + 1),
  }))
}

/**
 * The open shards of a stream, by order hash. The shard goes by the high bits of the hash, the lane by its remainder:
 * so all lanes of a shard get their part.
 */
export class ShardRouter {
  readonly #open: readonly EmbeddedShard[]

  constructor(shards: readonly EmbeddedShard[]) {
    this.#open = shards
      .filter((shard) => !shard.facts.isClosed)
      .sort((a, b) => a.facts.from - b.facts.from)
  }

  /** No shard is open: the stream takes nothing more. */
  get isEmpty(): boolean {
    return this.#open.length === 0
  }

  /** The one open shard that takes this hash. There must be an open one. */
  shardFor(hash: number): EmbeddedShard {
    let low = 0
    let high = this.#open.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (hash < this.#open[middle]!.facts.to) high = middle
      else low = middle + 1
    }
    return this.#open[low]!
  }
}
