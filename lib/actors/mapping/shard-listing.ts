import { MillraceError } from '../../core/errors.ts'
import type { EpochMs, ShardId } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import { stepChildSearch } from '../../core/shard/child-search.ts'
import type { ListedShard } from '../../core/shard/lineage.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type { SourceFailure, StreamDescription, StreamSource } from '../../ports/stream-source.ts'

/** How often the shards are listed anew, when none ended meanwhile. @unit ms */
const LIST_MS = 10_000
/** The same after a failed listing. @unit ms */
const LIST_AGAIN_MS = 1000
/**
 * Shards whose children are looked for at the same time; where more of them end, one listing serves all. AWS takes ten
 * calls a second. @source aws-semantics §6.3
 */
const SEARCHES_MAX = 5

export type ShardListingParts = {
  readonly source: StreamSource
  /** As it was when the stream was opened. */
  readonly description: StreamDescription
  readonly clock: Clock
  readonly random: Random
  /** Answered by {@link ShardListing.taken}. */
  readonly listed: (description: StreamDescription) => void
  readonly failed: (failure: SourceFailure) => void
}

/** Asks a source for the shards of its stream: all of them when told to, and now and then; children of ended ones. */
export class ShardListing {
  readonly #parts: ShardListingParts
  #known: StreamDescription
  #state: 'idle' | 'listing' | 'listing-again' | 'stopped' = 'idle'
  #failure: SourceFailure | undefined
  /** Ended shards whose children are looked for. */
  #searches = 0
  /** Descriptions that were told and not taken yet. */
  #untaken = 0
  #takeBackListing: (() => void) | undefined
  readonly #takeBackSearches = new Map<ShardId, () => void>()

  constructor(parts: ShardListingParts) {
    this.#parts = parts
    this.#known = parts.description
  }

  /** The source may show more than was taken: nobody can say that all is caught up (D23). */
  get isOld(): boolean {
    const isWaiting = this.#state !== 'idle' || this.#searches > 0 || this.#untaken > 0
    return isWaiting || this.#failure !== undefined
  }

  /** Why the shards could not be listed; undefined once they were. */
  get failure(): SourceFailure | undefined {
    return this.#failure
  }

  /** Lists all shards; an answer to a call that is on its way already does not count. */
  now(): void {
    if (this.#state === 'stopped') return
    this.#takeBackListing?.()
    this.#takeBackListing = undefined
    if (this.#state !== 'idle') {
      this.#state = 'listing-again'
      return
    }
    this.#state = 'listing'
    this.#parts.source.describe().then(
      (description) => this.#ended(() => this.#tell(description)),
      (error: unknown) => this.#ended(() => this.#fail(error)),
    )
  }

  /** Lists all shards in a while, unless that comes anyway. */
  later(): void {
    this.#later(LIST_MS)
  }

  /** A shard was read to its end: its children are looked for until they show up, unless many ended together. */
  shardEnded(shardId: ShardId): void {
    const { source } = this.#parts
    if (!source.findChildren || this.#searches >= SEARCHES_MAX) return this.now()
    this.#searches++
    this.#search(shardId, 1)
  }

  /** Of shards that had ended before the engine was stopped: a search may have been cut short by that. */
  goOn(ended: Iterable<ShardId>): void {
    const { shards, status } = this.#known
    if (!this.#parts.source.findChildren || status === 'DISABLED') return
    const childless = new Set(shards.map(({ shardId }) => shardId))
    for (const { parentShardId } of shards) if (parentShardId) childless.delete(parentShardId)
    for (const shardId of ended) if (childless.has(shardId)) this.shardEnded(shardId)
  }

  /** What was listed last was made use of. */
  taken(): void {
    this.#untaken--
    this.later()
  }

  stop(): void {
    this.#state = 'stopped'
    this.#takeBackListing?.()
    for (const takeBack of this.#takeBackSearches.values()) takeBack()
  }

  #ended(take: () => void): void {
    if (this.#state === 'stopped') return
    const isWanted = this.#state === 'listing-again'
    this.#state = 'idle'
    this.#failure = undefined
    take()
    if (isWanted) this.now()
  }

  #tell(description: StreamDescription): void {
    this.#known = description
    this.#untaken++
    this.#parts.listed(description)
  }

  #fail(error: unknown): void {
    this.#failure = failureOf(error)
    this.#parts.failed(this.#failure)
    this.#later(LIST_AGAIN_MS)
  }

  #later(delayMs: number): void {
    if (this.#state !== 'idle' || this.#takeBackListing) return
    const { clock } = this.#parts
    this.#takeBackListing = clock.at((clock.now() + delayMs) as EpochMs, () => this.now())
  }

  #search(shardId: ShardId, tries: number): void {
    this.#takeBackSearches.delete(shardId)
    const { source, clock, random } = this.#parts
    // It answers failures as results; a rejection is a bug and ends in the process's handler.
    void source.findChildren!(shardId).then((answer) => {
      if (this.#state === 'stopped') return
      const step = stepChildSearch(answer, tries, random.fraction())
      switch (step.type) {
        case 'ask-again': {
          const due = (clock.now() + step.delayMs) as EpochMs
          const takeBack = clock.at(due, () => this.#search(shardId, tries + 1))
          this.#takeBackSearches.set(shardId, takeBack)
          return
        }
        case 'found':
          this.#searches--
          return this.#tell(withShards(this.#known, step.children))
        case 'list-all':
          this.#searches--
          return this.now()
        default:
          return unreachable(step)
      }
    })
  }
}

function failureOf(error: unknown): SourceFailure {
  const isRefused = error instanceof MillraceError && error.code === 'MILLRACE_SOURCE_REFUSED'
  const reason = error instanceof Error ? error.message : String(error)
  return { type: isRefused ? 'refused' : 'unreachable', reason }
}

/** The description with shards that it did not list yet. */
function withShards(
  description: StreamDescription,
  found: readonly ListedShard[],
): StreamDescription {
  const known = new Set(description.shards.map(({ shardId }) => shardId))
  const added = found.filter(({ shardId }) => !known.has(shardId))
  return added.length === 0
    ? description
    : { ...description, shards: [...description.shards, ...added] }
}
