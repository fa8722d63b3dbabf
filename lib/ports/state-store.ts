import type { ShardState } from '../core/checkpoint/shard-state.ts'
import type { FailedBatch } from '../core/destination/failed-batch.ts'
import type { MappingUuid, ShardId, StreamArn } from '../core/ids.ts'

/** What a shard's state belongs to. `label` is the stream's creation label: the epoch (design §4). */
export type ShardAddress = {
  readonly mapping: MappingUuid
  readonly streamArn: StreamArn
  readonly label: string
  readonly shardId: ShardId
}

/** The state of a shard, and what it belongs to. */
export type StoredShard = { readonly address: ShardAddress; readonly state: ShardState }

/** A failed batch under the id that commands name it by; ids ascend with time. */
export type StoredFailedBatch = { readonly id: string; readonly failed: FailedBatch }

/** All of one save happens or nothing of it. */
export type StateChange = {
  readonly address: ShardAddress
  readonly state: ShardState
  /** Batches given up by this change: stored with their payload. */
  readonly discards: readonly FailedBatch[]
  /** Destination of the discards: an outbox entry is written for each (D16). */
  readonly destination?: string
  /** Of a redrive: what was in doubt at the start stays so, as its mapping itself may not have run (D15). */
  readonly keepsDoubt?: true
}

export type OutboxEntry = {
  readonly id: string
  readonly destination: string
  readonly failed: FailedBatch
}

/** Facts about a mapping that outlive the process. */
export type MappingRecord = {
  readonly uuid: MappingUuid
  readonly createdAt: number
  /** Streams it has read, oldest first (D31). */
  readonly streams: readonly { readonly streamArn: StreamArn; readonly label: string }[]
}

/** Durable state of the engine. One writer (D41). */
export interface StateStore {
  /** The last run that saved anything of a shard ended without `close` (D15): a run that only looked changes nothing. */
  readonly uncleanStart: boolean
  loadShards(mapping: MappingUuid): ReadonlyMap<string, StoredShard>
  /** Resolves when all changes are on disk, in one transaction. @throws MillraceError MILLRACE_DATA_UNWRITABLE, MILLRACE_DATA_LOST_OWNERSHIP */
  save(changes: readonly StateChange[]): Promise<void>
  loadMapping(mapping: MappingUuid): MappingRecord | undefined
  /** Resolves when on disk. */
  saveMapping(record: MappingRecord): Promise<void>
  /** Oldest first. */
  failedBatches(filter?: { readonly mapping?: MappingUuid }): Iterable<StoredFailedBatch>
  outbox(limit: number): readonly OutboxEntry[]
  /** Removes a delivered entry; resolves when on disk. */
  delivered(id: string): Promise<void>
  close(): Promise<void>
}
