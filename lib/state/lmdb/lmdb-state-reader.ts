import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import type { DefinitionStore } from '../../ports/definition-store.ts'
import type { FailedBatchStore } from '../../ports/failed-batch-store.ts'
import type { MappingRecord, StateStore, StoredFailedBatch } from '../../ports/state-store.ts'
import {
  readFailedBatches,
  readFailedSummaries,
  readKeptBatch,
  readRedriveBatches,
  readRedrives,
} from './failed-reading.ts'
import { verifyFormat } from './format.ts'
import { type OwnerView, viewOwner } from './ownership.ts'
import { hasState, openMeta, openTables, type StateEnvironment } from './state-environment.ts'
import {
  readDefinitions,
  readMapping,
  readMappings,
  readShards,
  readTotals,
} from './state-reading.ts'

/** Looks at the state of a data directory, whether an engine runs on it or not. Writes nothing, owns nothing. */
export type LmdbStateReader = Pick<StateStore, 'loadShards' | 'loadMapping' | 'failedBatches'> &
  Pick<DefinitionStore, 'definitions'> &
  Pick<
    FailedBatchStore,
    'failedSummaries' | 'failedBatch' | 'failedTotals' | 'redrives' | 'redriveBatches'
  > & {
    mappings(): readonly MappingRecord[]
    /** Entries that wait for their destination. */
    readonly outboxCount: number
    readonly owner: OwnerView
    close(): Promise<void>
  }

/**
 * Every call answers from the last commit of that moment.
 * @throws MillraceError MILLRACE_DATA_ABSENT, MILLRACE_DATA_VERSION, MILLRACE_DATA_DAMAGED, MILLRACE_DATA_UNWRITABLE
 */
export async function openLmdbStateReader(directory: string): Promise<LmdbStateReader> {
  if (!hasState(directory)) throw MillraceError.of('MILLRACE_DATA_ABSENT', { directory })
  const meta = openMeta(directory, 'read')
  try {
    verifyFormat(meta, directory)
    return readerOf(openTables(directory, meta))
  } catch (error) {
    await meta.close()
    throw error
  }
}

function readerOf(state: StateEnvironment): LmdbStateReader {
  const latest = (): StateEnvironment => {
    state.meta.resetReadTxn()
    return state
  }
  return {
    mappings: () => [...readMappings(latest())],
    definitions: (kind) => readDefinitions(latest(), kind),
    loadMapping: (mapping: MappingUuid) => readMapping(latest(), mapping),
    loadShards: (mapping: MappingUuid) => readShards(latest(), mapping),
    failedBatches: (filter?: { readonly mapping?: MappingUuid }): Iterable<StoredFailedBatch> =>
      readFailedBatches(latest(), filter),
    failedSummaries: () => readFailedSummaries(latest()),
    failedBatch: (id) => readKeptBatch(latest(), Buffer.from(id, 'latin1')),
    redrives: () => readRedrives(latest()),
    redriveBatches: (task) => readRedriveBatches(latest(), task),
    get failedTotals() {
      const { count, bytes, purgedCount } = readTotals(latest())
      return { count, bytes, purgedCount }
    },
    get owner() {
      return viewOwner(latest().meta, state.directory)
    },
    get outboxCount() {
      return latest().tables.outbox.getCount()
    },
    close: () => state.meta.close(),
  }
}
