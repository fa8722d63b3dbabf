/** The library's front door. @source contract §8 */
import { Engine } from './engine/engine.ts'
import { fromLibraryOptions, type LibraryOptions } from './settings/library-options.ts'

/**
 * Opens an engine over a data directory. Nothing runs before `start()`.
 *
 * @throws MillraceError for settings that are refused, and for a data directory that cannot be used.
 */
export function createEngine(options: LibraryOptions): Promise<Engine> {
  return Engine.open(fromLibraryOptions(options))
}

export type { FailedBatch, FailedBatchSummary } from './core/destination/failed-batch.ts'
export { MillraceError } from './core/errors.ts'
export type { Ledger } from './core/ledger/ledger.ts'
export { ApiError } from './core/mapping/api-error.ts'
export type { FunctionDescription } from './core/mapping/function-description.ts'
export type { MappingDescription } from './core/mapping/mapping-description.ts'
export type { FailedBatchFilter } from './core/redrive/failed-batch-filter.ts'
export type { Engine } from './engine/engine.ts'
export type { Explanation, MappingLaneReport, MappingStatus } from './engine/engine-status.ts'
export type { InspectionEvent } from './engine/inspection.ts'
export type {
  PositionFile,
  PositionPlan,
  ShardPreview,
} from './engine/positions/engine-checkpoints.ts'
export type {
  Redrive,
  RedriveOptions,
  RedriveSelection,
  RedriveStatus,
} from './engine/redrive/engine-failed.ts'
export type { StreamHandle, StreamShard } from './engine/stream-handle.ts'
export type { LibraryOptions } from './settings/library-options.ts'
