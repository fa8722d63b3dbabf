import { BASE_STRUCTURES, StructureTable } from '../../codec/segment/structure-table.ts'
import { MillraceError } from '../../core/errors.ts'
import type { ShardId } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ReadStart } from '../../ports/stream-source.ts'
import { CommitPace } from './commit-pace.ts'
import { EmbeddedReader } from './embedded-reader.ts'
import { EmbeddedShard, type ShardFacts, ShardRouter } from './embedded-shard.ts'
import { PutQueue, type PutResult } from './put-queue.ts'
import { RecordEncoder } from './record-encoder.ts'
import type { EncodedSegment } from './shard-buffer.ts'
import { childrenOf, tipOf } from './shard-life.ts'
import type { StagedRecords } from './staged-records.ts'
import type { StreamPlace } from './stream-place.ts'
import { keyNamesOf } from './stream-settings.ts'
import type { StreamFacts, StreamStore } from './stream-store.ts'
import { trimShard } from './trim.ts'
import { UnsureClosings } from './unsure-closings.ts'

/** An open embedded stream: takes records in, and lets them be read once they are on disk. */
export class EmbeddedStream {
  readonly place: StreamPlace
  readonly facts: StreamFacts
  readonly #store: StreamStore
  readonly #clock: Clock
  readonly #structures: StructureTable
  #storedStructures: number
  readonly #shards: EmbeddedShard[] = []
  readonly #shardsById = new Map<ShardId, EmbeddedShard>()
  #router: ShardRouter
  readonly #puts: PutQueue
  readonly #pace: CommitPace
  /** The commits that run now: one after another, so ordinals are given in the order of storing. */
  #committing: Promise<void> | undefined
  /** Closings and trimming, one after another. */
  #turn: Promise<void> = Promise.resolve()
  /** Puts that wait, in their order, while shards close: their keys may go to children. */
  #held: (() => void)[] | undefined
  readonly #unsure = new UnsureClosings()
  #isClosed = false

  /** @throws MillraceError where what is stored cannot be read. */
  constructor(place: StreamPlace, facts: StreamFacts, store: StreamStore, clock: Clock) {
    this.place = place
    this.facts = facts
    this.#store = store
    this.#clock = clock
    this.#pace = new CommitPace(clock)
    this.#structures = new StructureTable(store.loadStructures())
    this.#storedStructures = this.#structures.structures.length
    for (const [index, shard] of store.loadShards().entries())
      this.#addShard(new EmbeddedShard(index, shard, tipOf(store, index, shard)))
    this.#router = new ShardRouter(this.#shards)
    const encoder = new RecordEncoder({
      streamArn: place.streamArn,
      region: place.region,
      viewType: facts.settings.streamViewType,
      keyNames: keyNamesOf(facts.settings),
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
   * @param records Shape: contract §4; or those of {@link stage}.
   * @throws MillraceError MILLRACE_RECORD_INVALID, MILLRACE_STREAM_CLOSED, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  async put(records: readonly unknown[] | StagedRecords): Promise<PutResult> {
    this.#checkOpen('put')
    const held = this.#held
    if (!held) return this.#add(records)
    return new Promise((resolve) => {
      held.push(() => resolve(this.#add(records)))
    })
  }

  /** Begins a put whose records come one after another. @throws MillraceError MILLRACE_STATE */
  stage(): StagedRecords {
    this.#checkOpen('put')
    return this.#puts.stage(this.#clock)
  }

  /**
   * Closes a shard; children take over its keys. Resolves when that is on disk.
   * @param childCount 1: one child takes all; 2: each takes half.
   * @returns ids of the children.
   * @throws MillraceError MILLRACE_SHARD_UNKNOWN, MILLRACE_SHARD_REFUSED, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  closeShard(shardId: ShardId, childCount: 1 | 2): Promise<readonly ShardId[]> {
    return this.#whilePutsWait('close a shard', async () => {
      const parent = this.shard(shardId)
      const facts = { name: this.place.name, shardCount: this.#shards.length }
      const children = childrenOf(parent, childCount, { ...facts, createdAt: this.#clock.now() })
      await this.#commitClosing([parent], children)
      return children.map((child) => child.shardId)
    })
  }

  /**
   * Closes every shard, without children: the stream takes no more records, and can be read to its end. Resolves when
   * that is on disk; at once where it is closed already.
   * @returns the shards that were open.
   * @throws MillraceError MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   * @source aws-semantics §6.3: a disabled stream stays readable, all its shards closed
   */
  closeAll(): Promise<readonly ShardId[]> {
    return this.#whilePutsWait('close the stream', async () => {
      const open = this.#shards.filter(({ facts }) => !facts.isClosed)
      if (open.length > 0) await this.#commitClosing(open, [])
      return open.map(({ facts }) => facts.shardId)
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
      for (const shard of this.#shards)
        count += await trimShard(this.#store, shard, this.#clock.now())
      return count
    })
  }

  /** @throws MillraceError MILLRACE_SHARD_UNKNOWN */
  openReader(shardId: ShardId, start: ReadStart): EmbeddedReader {
    return new EmbeddedReader(this.#store, this.shard(shardId), start)
  }

  /** @throws MillraceError MILLRACE_SHARD_UNKNOWN */
  shard(shardId: ShardId): EmbeddedShard {
    const shard = this.#shardsById.get(shardId)
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

  async #add(records: readonly unknown[] | StagedRecords): Promise<PutResult> {
    if (this.#router.isEmpty)
      throw MillraceError.of('MILLRACE_STREAM_CLOSED', { stream: this.place.name })
    if (records.length === 0) return { sequenceNumbers: {} }
    const result = this.#puts.add(records, this.#clock.now())
    this.#committing ??= this.#commitAll()
    return result
  }

  /** Puts made before are stored when `work` begins; those made meanwhile come after it, in their order. */
  #whilePutsWait<Result>(operation: string, work: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      this.#checkOpen(operation)
      const held: (() => void)[] = []
      this.#held = held
      try {
        while (this.#committing) await this.#committing
        return await work()
      } finally {
        this.#held = undefined
        for (const put of held) put()
      }
    })
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
    await this.#commitGroup()
    while (!this.#puts.isEmpty) {
      await this.#pace.rest()
      await this.#commitGroup()
    }
    this.#committing = undefined
  }

  async #commitGroup(): Promise<void> {
    const group = this.#puts.take()
    const { structures } = this.#structures
    const known = structures.length
    const segments: { shard: number; segment: EncodedSegment }[] = []
    const tips = new Map<EmbeddedShard, number>()
    for (const [shard, lastOrdinal] of group.shards) {
      const taken = this.#puts.takeSegments(shard, lastOrdinal + 1, known)
      for (const segment of taken) segments.push({ shard: shard.index, segment })
      const last = taken.at(-1)!
      tips.set(shard, last.firstOrdinal + last.count - 1)
    }
    const from = this.#storedStructures - BASE_STRUCTURES.length
    const added = structures.slice(this.#storedStructures, known)
    try {
      const removed = this.#remainsOf(tips.keys())
      const mended = this.#unsure.mend()
      await this.#store.commit({ ...mended, segments, removed, structures: { from, added } })
      this.#unsure.clear()
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
    this.#pace.committed(tips.size)
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

  async #commitClosing(
    parents: readonly EmbeddedShard[],
    children: readonly ShardFacts[],
  ): Promise<void> {
    const first = this.#shards.length
    const added = children.map(
      (child, i) => new EmbeddedShard(first + i, child, child.trimmedThrough),
    )
    const shards = new Map(added.map(({ index, facts }) => [index, facts]))
    for (const { index, facts } of parents) shards.set(index, { ...facts, isClosed: true })
    try {
      await this.#store.commit(this.#unsure.mend(shards))
    } catch (error) {
      this.#unsure.add(parents, added)
      throw error
    }
    this.#unsure.clear()
    for (const parent of parents) parent.facts = shards.get(parent.index)!
    for (const child of added) this.#addShard(child)
    this.#router = new ShardRouter(this.#shards)
    for (const parent of parents) parent.wake()
  }

  #addShard(shard: EmbeddedShard): void {
    this.#shards.push(shard)
    this.#shardsById.set(shard.facts.shardId, shard)
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
