import { shardKey } from '../../core/checkpoint/shard-key.ts'
import type {
  FailedBatch,
  FailedBatchSummary,
  FailedBatchTotals,
} from '../../core/destination/failed-batch.ts'
import { nextFailedBatchId } from '../../core/destination/failed-batch-id.ts'
import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import type { RedriveTask } from '../../core/redrive/redrive-task.ts'
import type { Definition, DefinitionChange, DefinitionKind } from '../../ports/definition-store.ts'
import type { EngineStore, RedriveEnd, Removed } from '../../ports/failed-batch-store.ts'
import type {
  MappingRecord,
  OutboxEntry,
  StateChange,
  StateStore,
  StoredFailedBatch,
  StoredShard,
} from '../../ports/state-store.ts'

import { createMemoryStateBacking, type MemoryStateBacking } from './memory-state-backing.ts'

const DIRECTORY = '(memory)'

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
 * The reference {@link EngineStore}. A second store on the same backing takes over, as after a crash: the first one
 * can write no more (I11).
 */
export function createMemoryStateStore(options: MemoryStateOptions = {}): MemoryStateStore {
  return new MemoryStateStore(options)
}

export class MemoryStateStore implements EngineStore {
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
    if (changes.some(({ keepsDoubt }) => !keepsDoubt)) this.#savedShards = true
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
    for (const [id, failed] of this.#kept())
      if (filter?.mapping === undefined || filter.mapping === failed.mapping)
        yield { id, failed: structuredClone(failed) }
  }

  savePositions(shards: readonly StoredShard[], mappings: readonly MappingRecord[]): Promise<void> {
    const copy = structuredClone({ shards, mappings })
    return this.#write(() => {
      for (const record of copy.mappings) this.#backing.mappings.set(record.uuid, record)
      for (const shard of copy.shards) this.#backing.shards.set(shardKey(shard.address), shard)
    })
  }

  *failedSummaries(): Iterable<FailedBatchSummary> {
    const { claims, outbox } = this.#backing
    for (const [id, { payload: _, ...facts }] of this.#kept()) {
      const state = claims.has(id) ? 'redriving' : outbox.has(id) ? 'waiting' : 'kept'
      yield { id, facts: structuredClone(facts), state }
    }
  }

  failedBatch(id: string): StoredFailedBatch | undefined {
    const { claims, failed } = this.#backing
    const batch = failed.get(id)
    if (batch === undefined || claims.get(id)?.settled) return undefined
    return { id, failed: structuredClone(batch) }
  }

  async removeFailed(ids: readonly string[]): Promise<Removed> {
    let count = 0
    let bytes = 0
    await this.#write(() => {
      const { failed, outbox, claims } = this.#backing
      for (const id of ids) {
        const batch = failed.get(id)
        if (batch === undefined || outbox.has(id) || claims.has(id)) continue
        count++
        bytes += bytesOf(batch)
        failed.delete(id)
      }
    })
    return { count, bytes }
  }

  definitions(kind: DefinitionKind): readonly Definition[] {
    const found = [...this.#backing.definitions.values()].filter((one) => one.kind === kind)
    return structuredClone(found.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
  }

  saveDefinitions(changes: readonly DefinitionChange[]): Promise<void> {
    const copy = structuredClone(changes)
    return this.#write(() => {
      const { definitions } = this.#backing
      for (const { kind, id, value } of copy) {
        const key = JSON.stringify([kind, id])
        if (value === undefined) definitions.delete(key)
        else definitions.set(key, { kind, id, value })
      }
    })
  }

  redrives(): readonly RedriveTask[] {
    return structuredClone([...this.#backing.redrives.values()])
  }

  *redriveBatches(task: string): Iterable<FailedBatchSummary> {
    for (const summary of this.failedSummaries())
      if (this.#backing.claims.get(summary.id)?.task === task) yield summary
  }

  async beginRedrive(task: RedriveTask, ids: readonly string[]): Promise<readonly string[]> {
    const copy = structuredClone(task)
    let held: readonly string[] = []
    await this.#write(() => {
      const { failed, claims, redrives } = this.#backing
      held = ids.filter((id) => failed.has(id) && !claims.has(id))
      for (const id of held) claims.set(id, { task: task.id })
      redrives.set(task.id, copy)
    })
    return held
  }

  endRedrive({ task, settled }: RedriveEnd): Promise<void> {
    const copy = structuredClone(task)
    return this.#write(() => {
      const { failed, claims, outbox, redrives, shards } = this.#backing
      for (const [id, claim] of claims) {
        if (claim.task !== task.id || claim.settled) continue
        if (settled.has(id) && outbox.has(id)) claims.set(id, { ...claim, settled: true })
        else claims.delete(id)
        if (settled.has(id) && !outbox.has(id)) failed.delete(id)
      }
      for (const [key, { address }] of shards)
        if (copy.streams.some(({ uuid }) => uuid === address.mapping)) shards.delete(key)
      redrives.set(task.id, copy)
    })
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
    return this.#write(() => {
      const { outbox, claims, failed } = this.#backing
      outbox.delete(id)
      if (!claims.get(id)?.settled) return
      claims.delete(id)
      failed.delete(id)
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#lastWrite
    const inDoubt = this.uncleanStart && !this.#savedShards
    if (this.#backing.owner === this && !inDoubt) this.#backing.owner = undefined
  }

  /** Without what was redriven and only waits for its destination. */
  *#kept(): Iterable<[string, FailedBatch]> {
    const { failed, claims } = this.#backing
    for (const entry of failed) if (!claims.get(entry[0])?.settled) yield entry
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
    const { owner, failed, outbox, claims } = this.#backing
    if (owner !== this)
      throw MillraceError.of('MILLRACE_DATA_LOST_OWNERSHIP', { directory: DIRECTORY })
    const free = (id: string) => failed.has(id) && !outbox.has(id) && !claims.has(id)
    const purgeable = [...failed.keys()].filter(free)
    apply()
    this.#purge(purgeable.filter(free))
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
