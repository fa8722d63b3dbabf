import type { EmbeddedShard, ShardFacts } from './embedded-shard.ts'
import type { StreamChange } from './stream-store.ts'

/**
 * Closings of shards whose commit failed: it may be on disk all the same, though nobody was told so. What each commit
 * of the stream has to say until one succeeds.
 */
export class UnsureClosings {
  readonly #parents = new Set<EmbeddedShard>()
  readonly #children = new Set<number>()

  add(parents: readonly EmbeddedShard[], children: readonly EmbeddedShard[]): void {
    for (const parent of parents) this.#parents.add(parent)
    for (const { index } of children) this.#children.add(index)
  }

  /** Undoes them, and does what `shards` say. */
  mend(shards?: ReadonlyMap<number, ShardFacts>): Pick<StreamChange, 'shards' | 'forgottenShards'> {
    const facts = new Map<number, ShardFacts>()
    for (const parent of this.#parents) facts.set(parent.index, parent.facts)
    for (const [index, changed] of shards ?? []) facts.set(index, changed)
    return { shards: facts, forgottenShards: [...this.#children] }
  }

  /** A commit with {@link mend} is on disk. */
  clear(): void {
    this.#parents.clear()
    this.#children.clear()
  }
}
