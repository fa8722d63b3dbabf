import { encodeFailedBatch } from '../../codec/failed-batch.ts'
import { seal } from '../../codec/sealed-value.ts'
import { encodeShardState, SHARD_STATE_VERSION } from '../../codec/shard-state.ts'
import type { FailedBatchSummary, FailedBatchTotals } from '../../core/destination/failed-batch.ts'
import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import type { RedriveTask } from '../../core/redrive/redrive-task.ts'
import { unwritable } from '../../lmdb/environment-error.ts'
import type { Definition, DefinitionChange, DefinitionKind } from '../../ports/definition-store.ts'
import type { EngineStore, RedriveEnd, Removed } from '../../ports/failed-batch-store.ts'
import type {
  MappingRecord,
  OutboxEntry,
  StateChange,
  StoredFailedBatch,
  StoredShard,
} from '../../ports/state-store.ts'
import {
  readFailedBatches,
  readFailedSummaries,
  readKeptBatch,
  readOutbox,
  readRedriveBatches,
  readRedrives,
} from './failed-reading.ts'
import { migrate } from './format.ts'
import { type Ownership, takeOwnership } from './ownership.ts'
import type { StateDraft } from './state-draft.ts'
import {
  makeStateDirectory,
  openMeta,
  openTables,
  type StateEnvironment,
} from './state-environment.ts'
import { definitionKey, mappingKey, shardStateKey } from './state-keys.ts'
import { readDefinitions, readMapping, readShards, readTotals } from './state-reading.ts'
import { type Draw, StateWriter } from './state-writer.ts'

export type LmdbStateOptions = {
  /** The data directory; the environment is `state` in it. Made where it is missing. */
  readonly directory: string
  /** @source contract §3 FailedBatchStore.MaximumBytes @unit bytes */
  readonly failedBatchBytesMax: number
}

/**
 * Real paths that this process has open. A fact about the process, hence not in an object: LMDB would share the
 * environment between two stores, and the owner record cannot tell two stores of one process apart.
 */
const openPaths = new Set<string>()

/**
 * Opens the durable state below a data directory, as its only writer.
 * @throws MillraceError MILLRACE_DATA_IN_USE, MILLRACE_DATA_VERSION, MILLRACE_DATA_DAMAGED, MILLRACE_DATA_UNWRITABLE
 */
export async function openLmdbStateStore(options: LmdbStateOptions): Promise<LmdbStateStore> {
  const { directory } = options
  const path = await makeStateDirectory(directory)
  if (openPaths.has(path))
    throw MillraceError.of('MILLRACE_DATA_IN_USE', { directory, pid: process.pid })
  openPaths.add(path)
  let meta: StateEnvironment['meta'] | undefined
  try {
    meta = openMeta(directory, 'write')
    const ownership = claim(meta, directory)
    const state = openTables(directory, meta)
    const writer = new StateWriter(state, ownership, options.failedBatchBytesMax)
    return new LmdbStateStore(state, writer, { path, uncleanStart: ownership.uncleanStart })
  } catch (error) {
    await meta?.close()
    openPaths.delete(path)
    throw error
  }
}

/** One transaction: a process that opens at the same moment sees all of it or nothing. */
function claim(meta: StateEnvironment['meta'], directory: string): Ownership {
  try {
    return meta.transactionSync(() => {
      // The owner first: data in use is told so, whatever its format.
      const ownership = takeOwnership(meta, directory)
      migrate(meta, directory)
      return ownership
    })
  } catch (error) {
    throw error instanceof MillraceError ? error : unwritable(directory, error)
  }
}

/** {@link EngineStore} on LMDB. Reads answer from the last commit. */
export class LmdbStateStore implements EngineStore {
  readonly uncleanStart: boolean
  readonly #state: StateEnvironment
  readonly #writer: StateWriter
  readonly #path: string
  #savedShards = false
  #closed: Promise<void> | undefined

  constructor(
    state: StateEnvironment,
    writer: StateWriter,
    opened: { readonly path: string; readonly uncleanStart: boolean },
  ) {
    this.#state = state
    this.#writer = writer
    this.#path = opened.path
    this.uncleanStart = opened.uncleanStart
  }

  /** What the failed-batch store holds and has purged. */
  get failedTotals(): FailedBatchTotals {
    const { count, bytes, purgedCount } = readTotals(this.#state)
    return { count, bytes, purgedCount }
  }

  loadShards(mapping: MappingUuid): ReadonlyMap<string, StoredShard> {
    return readShards(this.#state, mapping)
  }

  async save(changes: readonly StateChange[]): Promise<void> {
    const draws = changes.map(drawChange)
    if (changes.some(({ keepsDoubt }) => !keepsDoubt)) this.#savedShards = true
    await this.#write('save', (draft) => {
      for (const draw of draws) draw(draft)
    })
  }

  loadMapping(mapping: MappingUuid): MappingRecord | undefined {
    return readMapping(this.#state, mapping)
  }

  async saveMapping(record: MappingRecord): Promise<void> {
    const kept = structuredClone(record)
    await this.#write('save', (draft) => draft.putRecord('mappings', mappingKey(kept.uuid), kept))
  }

  async savePositions(
    shards: readonly StoredShard[],
    mappings: readonly MappingRecord[],
  ): Promise<void> {
    const draws = shards.map((shard) => drawChange({ ...shard, discards: [] }))
    const records = structuredClone(mappings)
    await this.#write('save', (draft) => {
      for (const record of records) draft.putRecord('mappings', mappingKey(record.uuid), record)
      for (const draw of draws) draw(draft)
    })
  }

  failedBatches(filter?: { readonly mapping?: MappingUuid }): Iterable<StoredFailedBatch> {
    return readFailedBatches(this.#state, filter)
  }

  failedSummaries(): Iterable<FailedBatchSummary> {
    return readFailedSummaries(this.#state)
  }

  failedBatch(id: string): StoredFailedBatch | undefined {
    return readKeptBatch(this.#state, Buffer.from(id, 'latin1'))
  }

  async removeFailed(ids: readonly string[]): Promise<Removed> {
    const removed: number[] = []
    await this.#write('purge', (draft) => {
      for (const id of ids) removed.push(draft.removeFailed(id))
    })
    const there = removed.filter((bytes) => bytes > 0)
    return { count: there.length, bytes: there.reduce((sum, bytes) => sum + bytes, 0) }
  }

  redrives(): readonly RedriveTask[] {
    return readRedrives(this.#state)
  }

  redriveBatches(task: string): Iterable<FailedBatchSummary> {
    return readRedriveBatches(this.#state, task)
  }

  async beginRedrive(task: RedriveTask, ids: readonly string[]): Promise<readonly string[]> {
    let held: readonly string[] = []
    await this.#write('redrive', (draft) => {
      held = ids.filter((id) => draft.claim(id, task.id))
      draft.putRecord('redrives', Buffer.from(task.id), task)
    })
    return held
  }

  async endRedrive({ task, settled }: RedriveEnd): Promise<void> {
    const held = Array.from(readRedriveBatches(this.#state, task.id), ({ id }) => id)
    const shards = task.streams.flatMap(({ uuid }) => [...readShards(this.#state, uuid).values()])
    await this.#write('redrive', (draft) => {
      for (const id of held) draft.endClaim(id, settled.has(id) ? 'settled' : 'released')
      for (const { address } of shards) draft.remove('shards', shardStateKey(address))
      draft.putRecord('redrives', Buffer.from(task.id), task)
    })
  }

  definitions(kind: DefinitionKind): readonly Definition[] {
    return readDefinitions(this.#state, kind)
  }

  async saveDefinitions(changes: readonly DefinitionChange[]): Promise<void> {
    const kept = structuredClone(changes)
    await this.#write('save', (draft) => {
      for (const { kind, id, value } of kept) {
        const key = definitionKey(kind, id)
        if (value === undefined) draft.remove('definitions', key)
        else draft.putRecord('definitions', key, { kind, id, value })
      }
    })
  }

  outbox(limit: number): readonly OutboxEntry[] {
    return readOutbox(this.#state, limit)
  }

  async delivered(id: string): Promise<void> {
    await this.#write('save', (draft) => draft.removeDelivered(id))
  }

  /** Waits for saves under way. Resolves again for a second call. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    try {
      const inDoubt = this.uncleanStart && !this.#savedShards
      await this.#writer.release(inDoubt ? 'in-doubt' : 'clean')
    } finally {
      await this.#state.meta.close()
      openPaths.delete(this.#path)
    }
  }

  #write(operation: string, draw: Draw): Promise<void> {
    if (this.#closed !== undefined)
      throw MillraceError.of('MILLRACE_STATE', { operation, state: 'stopped' })
    return this.#writer.write(draw)
  }
}

/** Makes all bytes of a change now, so that a change that cannot be encoded fails alone. */
function drawChange(change: StateChange): Draw {
  const key = shardStateKey(change.address)
  const value = seal(key, SHARD_STATE_VERSION, encodeShardState(change))
  const destination = change.destination === undefined ? {} : { destination: change.destination }
  const discards = change.discards.map((failed) => ({
    ...encodeFailedBatch(failed),
    ...destination,
    discardedAt: failed.discardedAt,
  }))
  return (draft: StateDraft) => {
    draft.put('shards', key, value)
    for (const discard of discards) draft.addDiscard(discard)
  }
}
