import type { MappedStream } from '../../actors/mapping/mapping.ts'
import { lastSettled, wasSettled } from '../../core/checkpoint/settled.ts'
import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import type { FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import { compileFilter, type Filter } from '../../core/filter/filter.ts'
import {
  compareSequenceNumbers,
  type MappingUuid,
  type SequenceNumber,
  type ShardId,
} from '../../core/ids.ts'
import { canonicalOrderKey, type KeyAttribute } from '../../core/lane/order-key.ts'
import type { Freshness } from '../../core/redrive/redrive-selection.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'
import type { RecordDecoder } from '../../ports/record-decoder.ts'
import type { Page, StreamDescription } from '../../ports/stream-source.ts'
import { createDecoders } from '../record-decoders.ts'
import { walkShard } from '../shard-walk.ts'
import { FailedRecords } from './failed-records.ts'
import { planWatches, type ShardWatches, type Watch, type WatchedBatch } from './newer-records.ts'

/** One stream as the check reads it. */
export type CheckedStream = {
  readonly stream: MappedStream
  readonly description: StreamDescription
}

export type StalenessParts = CheckedStream & {
  readonly mapping: MappingUuid
  /** Patterns of the mapping: what they keep back was not delivered. */
  readonly filterPatterns: readonly string[]
  readonly store: EngineStore
  readonly clock: Clock
}

/** Decides for batches of one stream whether a newer record of one of their keys was delivered since. */
export class StalenessCheck {
  readonly #parts: StalenessParts
  readonly #found = new Map<string, Freshness>()
  readonly #states: ReadonlyMap<ShardId, ShardState>
  readonly #failed: FailedRecords
  readonly #filter: Filter | undefined
  readonly #decoderOf = createDecoders()

  constructor(parts: StalenessParts) {
    this.#parts = parts
    const { mapping, store, description, filterPatterns } = parts
    const { streamArn, label } = description
    const ours = [...store.loadShards(mapping).values()].filter(
      ({ address }) => address.streamArn === streamArn && address.label === label,
    )
    this.#states = new Map(ours.map(({ address, state }) => [address.shardId, state]))
    this.#failed = new FailedRecords(store, mapping, streamArn)
    const compiled = compileFilter(filterPatterns)
    this.#filter = compiled.type === 'compiled' ? compiled.filter : undefined
  }

  /** By id of the batch. Batches without records are not judged. */
  async judge(summaries: readonly FailedBatchSummary[]): Promise<ReadonlyMap<string, Freshness>> {
    const { description, store } = this.#parts
    const listed = new Set(description.shards.map(({ shardId }) => shardId))
    const batches: WatchedBatch[] = []
    for (const summary of summaries) {
      const payload = store.failedBatch(summary.id)?.failed.payload
      if (!listed.has(summary.facts.shardId)) {
        const reason = `the source no longer lists its shard ${summary.facts.shardId}`
        this.#found.set(summary.id, { type: 'unknown', reason })
      } else if (payload !== undefined) batches.push({ summary, payload })
    }
    const { shards, partitionKeyName } = description
    for (const watched of planWatches(batches, shards, partitionKeyName)) {
      await this.#look(watched)
    }
    for (const { id } of summaries) if (!this.#found.has(id)) this.#found.set(id, { type: 'fresh' })
    return this.#found
  }

  async #look(watched: ShardWatches): Promise<void> {
    const { stream, clock } = this.#parts
    const state = this.#states.get(watched.shardId)
    const last = state && lastSettled(state)
    // Nothing of it was settled, or nothing behind the batches.
    if (!state || !last || (watched.after && compareSequenceNumbers(last, watched.after) <= 0))
      return
    const { shardId, after } = watched
    const decoder = this.#decoder(shardId)
    let isTrimmed = false
    const failure = await walkShard({
      stream,
      shardId,
      start: after === null ? { type: 'trim-horizon' } : { type: 'after', sequenceNumber: after },
      clock,
      trimmed: () => {
        isTrimmed = true
      },
      page: (page) => {
        if (isTrimmed) this.#lost(watched, page.sequenceNumberAt(0))
        isTrimmed = false
        this.#search(page, { watched, state, decoder })
        return compareSequenceNumbers(page.sequenceNumberAt(page.count - 1), last) < 0
      },
    })
    if (isTrimmed) this.#lost(watched, undefined)
    if (failure) this.#mayBeStale(watched, undefined, `${failure.type}: ${failure.reason}`)
  }

  /** Records up to the first one of a page are gone, with all that could be said of batches before them. */
  #lost(watched: ShardWatches, first: SequenceNumber | undefined): void {
    this.#mayBeStale(watched, first, 'the source no longer holds the records behind it')
  }

  #mayBeStale(watched: ShardWatches, before: SequenceNumber | undefined, reason: string): void {
    for (const { id, after } of [...watched.watches.values()].flat()) {
      const isBefore =
        before === undefined || after === null || compareSequenceNumbers(after, before) < 0
      if (isBefore && !this.#found.has(id)) this.#found.set(id, { type: 'unknown', reason })
    }
  }

  #search(
    page: Page,
    shard: {
      readonly watched: ShardWatches
      readonly state: ShardState
      readonly decoder: RecordDecoder
    },
  ): void {
    const { watched, state, decoder } = shard
    this.#learn(page, decoder)
    for (let i = 0; i < page.count; i++) {
      const hash = page.orderHashes[i]!
      const watches = watched.watches.get(hash)
      if (watches === undefined) continue
      const sequenceNumber = page.sequenceNumberAt(i)
      const open = watches.filter((watch) => this.#concerns(watch, sequenceNumber))
      if (open.length === 0 || !wasSettled(state, hash, sequenceNumber)) continue
      if (this.#failed.has(watched.shardId, sequenceNumber)) continue
      const ordinal = (page.firstOrdinal ?? 0) + i
      const record = decoder.decode(page.bytes, page.starts[i]!, page.ends[i]!, ordinal)
      if (this.#filter && !this.#filter.matches(record)) continue
      const key = this.#keyOf(record)
      for (const watch of open) {
        if (watch.key !== key) continue
        const newer = { shardId: watched.shardId, sequenceNumber }
        this.#found.set(watch.id, { type: 'stale', key, newer })
      }
    }
  }

  /** Whether this record is newer than the batch, and says more of it than is known. */
  #concerns({ id, after }: Watch, sequenceNumber: SequenceNumber): boolean {
    if (this.#found.get(id)?.type === 'stale') return false
    return after === null || compareSequenceNumbers(sequenceNumber, after) > 0
  }

  #keyOf(record: unknown): string {
    const { dynamodb } = record as {
      readonly dynamodb: { readonly Keys?: Readonly<Record<string, KeyAttribute>> }
    }
    return canonicalOrderKey(dynamodb.Keys ?? {}, this.#parts.description.partitionKeyName)
  }

  #decoder(shardId: ShardId): RecordDecoder {
    const { stream, description } = this.#parts
    const { streamArn, viewType } = description
    const { format, region } = stream
    return this.#decoderOf({ format, streamArn, region, shardId, viewType })
  }

  #learn(page: Page, decoder: RecordDecoder): void {
    if (page.structureCount > decoder.structureCount)
      decoder.extendStructures(this.#parts.stream.source.structures())
  }
}
