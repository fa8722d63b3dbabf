import type { PositionFile } from '../core/checkpoint/position-file.ts'
import type { ShardState } from '../core/checkpoint/shard-state.ts'
import type { FailedBatchSummary } from '../core/destination/failed-batch.ts'
import { MillraceError } from '../core/errors.ts'
import type { MappingUuid } from '../core/ids.ts'
import type { FailedBatchFilter } from '../core/redrive/failed-batch-filter.ts'
import type { DefinitionStore } from '../ports/definition-store.ts'
import type { MappingRecord, ShardAddress, StoredFailedBatch } from '../ports/state-store.ts'
import { openLmdbStateReader } from '../state/lmdb/lmdb-state-reader.ts'
import type { OwnerView } from '../state/lmdb/ownership.ts'
import { positionsOf } from './positions/engine-checkpoints.ts'
import { type RedriveStatus, redriveStatus, selectBatches } from './redrive/failed-selection.ts'

export type {
  FailedBatchFilter,
  FailedBatchSummary,
  MappingRecord,
  OwnerView,
  PositionFile,
  RedriveStatus,
  ShardAddress,
  ShardState,
  StoredFailedBatch,
}

/** The durable state of a data directory as people look at it, while an engine runs on it or not. Writes nothing. */
export type StateView = Pick<DefinitionStore, 'definitions'> & {
  mappings(): readonly MappingRecord[]
  /** @throws MillraceError MILLRACE_MAPPING_UNKNOWN */
  mapping(uuid: string): MappingRecord
  /** Shards of a mapping, in the order of their ids. */
  shards(
    mapping: MappingUuid,
  ): readonly { readonly address: ShardAddress; readonly state: ShardState }[]
  /** Oldest first, without their records. */
  failed(filter: FailedBatchFilter): readonly FailedBatchSummary[]
  failedBatch(id: string): StoredFailedBatch | undefined
  /** Oldest first. */
  redrives(): readonly RedriveStatus[]
  /** Positions of these mappings, or of all, as a file holds them. */
  positions(mappings?: readonly MappingRecord[]): PositionFile
  /** Failed batches purged because the store was full. */
  readonly purgedCount: number
  /** Reports that wait for their destination. */
  readonly outboxCount: number
  /** The process that runs on the data, if one does. */
  readonly owner: OwnerView
  close(): Promise<void>
}

/**
 * @throws MillraceError MILLRACE_DATA_ABSENT, MILLRACE_DATA_VERSION, MILLRACE_DATA_DAMAGED, MILLRACE_DATA_UNWRITABLE
 */
export async function openStateView(directory: string): Promise<StateView> {
  const reader = await openLmdbStateReader(directory)
  return {
    definitions: (kind) => reader.definitions(kind),
    mappings: () => reader.mappings(),
    mapping(uuid) {
      const mappings = reader.mappings()
      const found = mappings.find((mapping) => mapping.uuid === uuid)
      if (found) return found
      const known = mappings.map((mapping) => mapping.uuid).join(', ') || 'none'
      throw MillraceError.of('MILLRACE_MAPPING_UNKNOWN', { mapping: uuid, known })
    },
    shards: (mapping) =>
      [...reader.loadShards(mapping).values()].sort((a, b) =>
        a.address.shardId < b.address.shardId ? -1 : 1,
      ),
    failed: (filter) => selectBatches(reader, filter),
    failedBatch: (id) => reader.failedBatch(id),
    redrives: () => reader.redrives().map((task) => redriveStatus(reader, task)),
    positions: (mappings = reader.mappings()) => positionsOf(mappings, reader),
    get purgedCount() {
      return reader.failedTotals.purgedCount
    },
    get owner() {
      return reader.owner
    },
    get outboxCount() {
      return reader.outboxCount
    },
    close: () => reader.close(),
  }
}
