import { shardKey } from '../../core/checkpoint/shard-key.ts'
import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import type { FailedBatch, FailedBatchTotals } from '../../core/destination/failed-batch.ts'
import { nextFailedBatchId } from '../../core/destination/failed-batch-id.ts'
import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import type {
  MappingRecord,
  OutboxEntry,
  ShardAddress,
  StateChange,
  StateStore,
  StoredFailedBatch,
} from '../../ports/state-store.ts'

const DIRECTORY = '(memory)'

/** What outlives a memory store: hand it to the next one to play a restart. */
export type MemoryStateBacking = {
  readonly shards: Map<string, { readonly address: ShardAddress; readonly state: ShardState }>
  readonly mappings: Map<MappingUuid, MappingRecord>
  readonly failed: Map<string, FailedBatch>
  /** Destination by id of the failed batch. */
  readonly outbox: Map<string, string>
  purgedCount: number
  lastId: string | undefined
  /** The store that may write; `undefined` after a close. */
  owner: object | undefined
}

export function createMemoryStateBacking(): MemoryStateBacking {
  return {
    shards: new Map(),
    mappings: new Map(),
    failed: new Map(),
    outbox: new Map(),
    purgedCount: 0,
    lastId: undefined,
    owner: undefined,
  }
}

export type MemoryStateOptions = {
  readonly backing?: MemoryStateBacking
  readonly failedBatchBytesMax?: number
  /**
   * Called before each write with its number, from 1: what it throws or rejects with is the write's failure, and
   * nothing is written; a promise that it returns delays the write.
   */
  readonly beforeWrite?: (writeNumber: number) => void | Promise<void>
}

/**
 * The reference {@link StateStore}. A second store on the same backing takes over, as after a crash: the first one
 * can write no more (I11).
 */
export function createMemoryStateStore(options: MemoryStateOptions = {}): MemoryStateStore {
  return new MemoryStateStore(options)
}

export class MemoryStateStore implements StateStore {
  readonly uncleanStart: boolean
  readonly #backing: MemoryStateBacking
  readonly #failedBatchBytesMax: number
  readonly #beforeWrite: NonNullable<MemoryStateOptions['beforeWrite']>
  #writeCount = 0
  #lastWrite: Promise<void> = Promise.resolve()
  #closed = false
  #savedShards = false

  constructor(options: MemoryStateOptions) {
    this.#backing = options.backing ?? createMemoryStateBacking()
    this.#failedBatchBytesMax = options.failedBatchBytesMax ?? Number.POSITIVE_INFINITY
    this.#beforeWrite = options.beforeWrite ?? (() => {})
    this.uncleanStart = this.#backing.owner !== undefined
    this.#backing.owner = this
  }

  get failedTotals(): FailedBatchTotals {
    const { failed, purgedCount } = this.#backing
    let bytes = 0
    for (const batch of failed.values()) bytes += bytesOf(batch)
    return { count: failed.size, bytes, purgedCount }
  }

  loadShards(mapping: MappingUuid): ReturnType<StateStore['loadShards']> {
    const shards = [...this.#backing.shards].filter(
      ([, { address }]) => address.mapping === mapping,
    )
    return structuredClone(new Map(shards))
  }

  save(changes: readonly StateChange[]): Promise<void> {
    const copy = structuredClone(changes)
    if (changes.length > 0) this.#savedShards = true
    return this.#write(() => {
      for (const change of copy) this.#apply(change)
    })
  }

  loadMapping(mapping: MappingUuid): MappingRecord | undefined {
    return structuredClone(this.#backing.mappings.get(mapping))
  }

  saveMapping(record: MappingRecord): Promise<void> {
    const copy = structuredClone(record)
    return this.#write(() => void this.#backing.mappings.set(copy.uuid, copy))
  }

  *failedBatches(filter?: { readonly mapping?: MappingUuid }): Iterable<StoredFailedBatch> {
    for (const [id, failed] of this.#backing.failed)
      if (filter?.mapping === undefined || filter.mapping === failed.mapping)
        yield { id, failed: structuredClone(failed) }
  }

  outbox(limit: number): readonly OutboxEntry[] {
    const entries = [...this.#backing.outbox].slice(0, limit)
    return entries.map(([id, destination]) => ({
      id,
      destination,
      failed: structuredClone(this.#backing.failed.get(id)!),
    }))
  }

  delivered(id: string): Promise<void> {
    return this.#write(() => void this.#backing.outbox.delete(id))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#lastWrite
    const inDoubt = this.uncleanStart && !this.#savedShards
    if (this.#backing.owner === this && !inDoubt) this.#backing.owner = undefined
  }

  /** In order, one after another, as a disk would. */
  #write(apply: () => void): Promise<void> {
    if (this.#closed)
      return Promise.reject(
        MillraceError.of('MILLRACE_STATE', { operation: 'save', state: 'stopped' }),
      )
    const number = ++this.#writeCount
    const written = this.#lastWrite
      .then(() => this.#beforeWrite(number))
      .then(() => this.#commit(apply))
    this.#lastWrite = written.catch(() => {}) // the caller has the failure; the next write goes on
    return written
  }

  #commit(apply: () => void): void {
    const { owner, failed, outbox } = this.#backing
    if (owner !== this)
      throw MillraceError.of('MILLRACE_DATA_LOST_OWNERSHIP', { directory: DIRECTORY })
    const purgeable = [...failed.keys()].filter((id) => !outbox.has(id))
    apply()
    this.#purge(purgeable)
  }

  #apply({ address, state, discards, destination }: StateChange): void {
    const backing = this.#backing
    backing.shards.set(shardKey(address), { address, state })
    for (const batch of discards) {
      const id = nextFailedBatchId(backing.lastId, batch.discardedAt)
      backing.lastId = id
      backing.failed.set(id, batch)
      if (destination !== undefined) backing.outbox.set(id, destination)
    }
  }

  /** Oldest first; never what waits in the outbox, nor what was just added. */
  #purge(purgeable: readonly string[]): void {
    let { bytes } = this.failedTotals
    for (const id of purgeable) {
      if (bytes <= this.#failedBatchBytesMax) return
      bytes -= bytesOf(this.#backing.failed.get(id)!)
      this.#backing.failed.delete(id)
      this.#backing.purgedCount++
    }
  }
}

function bytesOf({ payload, ...facts }: FailedBatch): number {
  return new TextEncoder().encode(payload + JSON.stringify(facts)).length
}
