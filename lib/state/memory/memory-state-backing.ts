import type { FailedBatch } from '../../core/destination/failed-batch.ts'
import type { MappingUuid } from '../../core/ids.ts'
import type { RedriveTask } from '../../core/redrive/redrive-task.ts'
import type { Definition } from '../../ports/definition-store.ts'
import type { MappingRecord, StoredShard } from '../../ports/state-store.ts'

/** What outlives a memory store: hand it to the next one to play a restart. */
export type MemoryStateBacking = {
  readonly shards: Map<string, StoredShard>
  readonly mappings: Map<MappingUuid, MappingRecord>
  readonly failed: Map<string, FailedBatch>
  /** Destination by id of the failed batch. */
  readonly outbox: Map<string, string>
  readonly redrives: Map<string, RedriveTask>
  readonly definitions: Map<string, Definition>
  /** By id of the failed batch. `settled`: redriven, and only the outbox still needs it. */
  readonly claims: Map<string, { readonly task: string; readonly settled?: true }>
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
    redrives: new Map(),
    definitions: new Map(),
    claims: new Map(),
    purgedCount: 0,
    lastId: undefined,
    owner: undefined,
  }
}
