import type { ShardState } from '../core/checkpoint/shard-state.ts'
import { MillraceError } from '../core/errors.ts'
import type { MappingUuid } from '../core/ids.ts'
import type { MappingRecord, ShardAddress, StoredFailedBatch } from '../ports/state-store.ts'
import { openLmdbStateReader } from '../state/lmdb/lmdb-state-reader.ts'
import type { OwnerView } from '../state/lmdb/ownership.ts'

export type { MappingRecord, OwnerView, ShardAddress, ShardState, StoredFailedBatch }

/** The durable state of a data directory as people look at it, while an engine runs on it or not. Writes nothing. */
export type StateView = {
  mappings(): readonly MappingRecord[]
  /** @throws MillraceError MILLRACE_MAPPING_UNKNOWN */
  mapping(uuid: string): MappingRecord
  /** Shards of a mapping, in the order of their ids. */
  shards(
    mapping: MappingUuid,
  ): readonly { readonly address: ShardAddress; readonly state: ShardState }[]
  /** Oldest first. */
  failedBatches(filter?: { readonly mapping?: MappingUuid }): Iterable<StoredFailedBatch>
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
    failedBatches: (filter) => reader.failedBatches(filter),
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
