import { BASE_STRUCTURES, StructureTable } from '../../codec/segment/structure-table.ts'
import { MillraceError } from '../../core/errors.ts'
import type { ShardId, StreamArn } from '../../core/ids.ts'
import { SHARDS_PER_STREAM_MAX } from '../../core/record/embedded-limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ReadStart } from '../../ports/stream-source.ts'
import { EmbeddedReader } from './embedded-reader.ts'
import { EmbeddedShard, type ShardFacts, ShardRouter } from './embedded-shard.ts'
import { PutQueue, type PutResult } from './put-queue.ts'
import { RecordEncoder } from './record-encoder.ts'
import type { EncodedSegment } from './shard-buffer.ts'
import { childFacts, shardIdOf, tipOf } from './shard-life.ts'
import type { StreamFacts, StreamStore } from './stream-store.ts'
import { trimShard } from './trim.ts'

/** Where an embedded stream says it lives. */
export type StreamPlace = {
  readonly name: string
  readonly streamArn: StreamArn
  readonly region: string
}

/** An open embedded stream: takes records in, and lets them be read once they are on disk. */
export class EmbeddedStream {
  readonly place: StreamPlace
  readonly facts: StreamFacts
  readonly #store: StreamStore
  readonly #clock: Clock
  readonly #structures: StructureTable
  #storedStructures: number
  readonly #shards: EmbeddedShard[]
  #router: ShardRouter
  readonly #puts: PutQueue
  /** The commits that run now: one after another, so ordinals are given in the order of storing. */
  #committing: Promise<void> | undefined
  /** Closing of shards and trimming, one after another. */
  #turn: Promise<void> = Promise.resolve()
  /** Puts wait here while a shard closes: their keys may go to its children. */
  #gate: Promise<void> | undefined
  #isClosed = false

  /** @throws MillraceError where what is stored cannot be read. */
  constructor(place: StreamPlace, facts: StreamFacts, store: StreamStore, clock: Clock) {
    this.place = place
    this.facts = facts
    this.#store = store
    this.#clock = clock
    this.#structures = new StructureTable(store.loadStructures())
    this.#storedStructures = this.#structures.structures.length
    this.#shards = store
      .loadShards()
      .map((shard, index) => new EmbeddedShard(index, shard, tipOf(store, index, shard)))
    this.#router = new ShardRouter(this.#shards)
    const encoder = new RecordEncoder({
      streamArn: place.streamArn,
      region: place.region,
      viewType: facts.settings.streamViewType,
      keyNames: keyNamesOf(facts),
      structures: this.#structures,
    })
    this.#puts = new PutQueue(encoder, (hash) => this.#router.shardFor(hash))
  }

  /** All shards, parents before their children. */
  get shards(): readonly EmbeddedShard[] {
    return this.#shards
  }

  /** Structures that bodies refer to, by id. */
  get structures(): readonly unknown[] {
    return this.#structures.structures
  }

  /**
   * Puts records into the stream: all of them or none. Records of one key keep the order of the list and of the calls.
   * Resolves when they are on disk (LMDB `flushed`); only then can they be read (D22).
   * @param records Shape: contract §4.
   * @throws MillraceError MILLRACE_RECORD_INVALID, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  async put(records: readonly unknown[]): Promise<PutResult> {
    while (this.#gate) await this.#gate
    this.#checkOpen('put')
    if (records.length === 0) return { sequenceNumbers: {} }
    const result = this.#puts.add(records, this.#clock.now())
    this.#startCommits()
    return result
  }

  /**
   * Closes a shard; children take over its keys. Resolves when that is on disk.
   * @param childCount 1: one child takes all; 2: each takes half.
   * @returns ids of the children.
   * @throws MillraceError MILLRACE_SHARD_UNKNOWN, MILLRACE_SHARD_REFUSED, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  closeShard(shardId: ShardId, childCount: 1 | 2): Promise<readonly ShardId[]> {
    return this.#inTurn(async () => {
      this.#checkOpen('close a shard')
      let open = (): void => undefined
      this.#gate = new Promise((resolve) => {
        open = resolve
      })
      try {
        while (this.#committing) await this.#committing
        return await this.#commitClosing(this.shard(shardId), childCount)
      } finally {
        this.#gate = undefined
        open()
      }
    })
  }

  /**
   * Removes records that are older than 24 hours (D20).
   * @returns how many.
   * @throws MillraceError MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  trim(): Promise<number> {
    return this.#inTurn(async () => {
      this.#checkOpen('trim')
      let count = 0
      for (const shard of this.#shards) {
        count += await trimShard(this.#store, shard, this.#clock.now())
      }
      return count
    })
  }

  /** @throws MillraceError MILLRACE_SHARD_UNKNOWN */
  openReader(shardId: ShardId, start: ReadStart): EmbeddedReader {
    return new EmbeddedReader(this.#store, this.shard(shardId), start)
  }

  /** @throws MillraceError MILLRACE_SHARD_UNKNOWN */
  shard(shardId: ShardId): EmbeddedShard {
    const shard = this.#shards.find((candidate) => candidate.facts.shardId === shardId)
    if (shard) return shard
    throw MillraceError.of('MILLRACE_SHARD_UNKNOWN', { shard: shardId, stream: this.place.name })
  }

  /** Stores what waits, then closes the environment. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#turn
    while (this.#committing) await this.#committing
    await this.#store.close()
  }

  #startCommits(): void {
    this.#committing ??= this.#commitAll()
  }

  /** Runs what changes the shards' facts, one after another. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  async #commitAll(): Promise<void> {
    // Puts of the same turn share the first commit.
    await Promise.resolve()
    while (!this.#puts.isEmpty) await this.#commitGroup()
    this.#committing = undefined
  }

  async #commitGroup(): Promise<void> {
    const group = this.#puts.take()
    const { structures } = this.#structures
    const known = structures.length
    const segments: { shard: number; segment: EncodedSegment }[] = []
    const tips = new Map<EmbeddedShard, number>()
    for (const [shard, lastOrdinal] of group.shards) {
      const taken = shard.buffer.takeSegments(lastOrdinal + 1, known)
      for (const segment of taken) segments.push({ shard: shard.index, segment })
      const last = taken.at(-1)!
      tips.set(shard, last.firstOrdinal + last.count - 1)
    }
    const from = this.#storedStructures - BASE_STRUCTURES.length
    const added = structures.slice(this.#storedStructures, known)
    try {
      const removed = this.#remainsOf(tips.keys())
      await this.#store.commit({ segments, removed, structures: { from, added } })
    } catch (error) {
      for (const shard of tips.keys()) shard.hasRemains = true
      group.reject(error)
      return
    }
    this.#storedStructures = known
    for (const [shard, tip] of tips) {
      shard.lastOrdinal = tip
      shard.hasRemains = false
    }
    group.resolve()
    for (const shard of tips.keys()) shard.wake()
  }

  /** Segments beyond the tip: a commit that failed after it was visible leaves them. */
  #remainsOf(shards: Iterable<EmbeddedShard>): readonly { shard: number; firstOrdinal: number }[] {
    const remains: { shard: number; firstOrdinal: number }[] = []
    for (const { index, lastOrdinal, hasRemains } of shards) {
      if (!hasRemains) continue
      const found = this.#store.segmentsFrom(index, lastOrdinal + 1, Number.MAX_SAFE_INTEGER)
      for (const firstOrdinal of found) remains.push({ shard: index, firstOrdinal })
    }
    return remains
  }

  async #commitClosing(parent: EmbeddedShard, childCount: 1 | 2): Promise<readonly ShardId[]> {
    const first = this.#shards.length
    const children = childFacts(parent.facts, childCount, (i) =>
      shardIdOf({ stream: this.place.name, createdAt: this.#clock.now(), index: first + i }),
    )
    const reason = parent.facts.isClosed
      ? 'it is closed'
      : first + children.length > SHARDS_PER_STREAM_MAX
        ? 'the stream has too many shards'
        : undefined
    if (reason) {
      const { shardId } = parent.facts
      throw MillraceError.of('MILLRACE_SHARD_REFUSED', {
        stream: this.place.name,
        shard: shardId,
        reason,
      })
    }
    const closed: ShardFacts = { ...parent.facts, isClosed: true }
    const shards = new Map(children.map((child, i) => [first + i, child]))
    await this.#store.commit({ shards: shards.set(parent.index, closed) })
    parent.facts = closed
    children.forEach((child, i) => {
      this.#shards.push(new EmbeddedShard(first + i, child, 0))
    })
    this.#router = new ShardRouter(this.#shards)
    parent.wake()
    return children.map((child) => child.shardId)
  }

  #checkOpen(operation: string): void {
    if (this.#isClosed) {
      throw MillraceError.of('MILLRACE_STATE', {
        operation: `${operation}: the stream ${this.place.name}`,
        state: 'closed',
      })
    }
  }
}

function keyNamesOf(facts: StreamFacts): readonly string[] {
  const { keySchema } = facts.settings
  return ['HASH', 'RANGE'].flatMap((type) =>
    keySchema.filter(({ keyType }) => keyType === type).map(({ attributeName }) => attributeName),
  )
}
