/** The library's front door. @source contract §8 */
import { Engine } from './engine/engine.ts'
import { fromLibraryOptions, type LibraryOptions } from './settings/library-options.ts'

/**
 * Opens an engine over a data directory. Nothing runs before `start()`. One engine at a time writes to a directory.
 *
 * @returns when the state in the directory is read and checked.
 * @throws MillraceError MILLRACE_SETTING_INVALID, MILLRACE_SETTING_UNKNOWN, MILLRACE_SETTING_REFUSED or
 *   MILLRACE_MAPPING_REFUSED for the options; MILLRACE_DATA_IN_USE, MILLRACE_DATA_VERSION, MILLRACE_DATA_DAMAGED,
 *   MILLRACE_DATA_UNWRITABLE or MILLRACE_STREAM_CONFLICT for the directory.
 */
export function createEngine(options: LibraryOptions): Promise<Engine> {
  return Engine.open(fromLibraryOptions(options))
}

export type { MappingEvent } from './actors/mapping/mapping-parts.ts'
export type { MappingPositions, ShardPosition } from './core/checkpoint/position-file.ts'
export type {
  LaneGeneration,
  OwedFinalCall,
  ShardStart,
  ShardState,
  ShardWindows,
  StackEntry,
} from './core/checkpoint/shard-state.ts'
export type {
  DiscardCondition,
  FailedBatch,
  FailedBatchFacts,
  FailedBatchSummary,
  FailedWindow,
  RedriveOrigin,
  ResponseContext,
} from './core/destination/failed-batch.ts'
export { type ErrorCode, MillraceError } from './core/errors.ts'
export type {
  LaneBlockage,
  LaneCondition,
  LaneExplanation,
  LaneFacts,
  MappingExplanation,
  ShardCondition,
  ShardExplanation,
  ShardFacts,
  TumblingWindowExplanation,
} from './core/explanation/explanation.ts'
export type { FunctionError } from './core/function/function-error.ts'
export type { EpochMs, MappingUuid, SequenceNumber, ShardId, StreamArn } from './core/ids.ts'
export type { KeyAttribute } from './core/lane/order-key.ts'
export type { Ledger, LedgerCounts } from './core/ledger/ledger.ts'
export { ApiError, type ApiException } from './core/mapping/api-error.ts'
export type { AliasDescription, FunctionDescription } from './core/mapping/function-description.ts'
export type { MappingDescription } from './core/mapping/mapping-description.ts'
export type { MappingState } from './core/mapping/mapping-life.ts'
export type {
  BackoffSettings,
  InlineHandler,
  MappingSettings,
  StreamReference,
} from './core/mapping/settings.ts'
export type { Tags } from './core/mapping/tags.ts'
export type { FailedBatchFilter } from './core/redrive/failed-batch-filter.ts'
export type { RedriveSelection, SkippedBatch } from './core/redrive/redrive-selection.ts'
export type { RedriveStream, RedriveTask } from './core/redrive/redrive-task.ts'
export type { LaneWindows, OpenWindow, WindowInterval } from './core/window/tumbling-window.ts'
export type {
  DynamoDBStreamTumblingWindowEvent,
  DynamoDBStreamTumblingWindowResponse,
} from './core/window/tumbling-window-event.ts'
export type { Engine, StopOptions } from './engine/engine.ts'
export type { EngineMappings, MappingFilter } from './engine/engine-mappings.ts'
export type { Explanation, MappingStatus, RedriveShardExplanation } from './engine/engine-status.ts'
export type { FunctionCatalogue, FunctionDetails } from './engine/function-catalogue.ts'
export type { FunctionAliases } from './engine/functions/function-aliases.ts'
export type {
  ConcurrencyDescription,
  FunctionConcurrency,
} from './engine/functions/function-concurrency.ts'
export type { InvocationResult, InvokeRequest } from './engine/functions/function-invocations.ts'
export type { FunctionTags } from './engine/functions/function-tags.ts'
export type { InspectionEvent } from './engine/inspection.ts'
export type { MappingTags } from './engine/mappings/mapping-tags.ts'
export type {
  EngineCheckpoints,
  PositionFile,
  PositionPlan,
  ShardPreview,
} from './engine/positions/engine-checkpoints.ts'
export type {
  EngineFailed,
  Redrive,
  RedriveOptions,
  RedriveStatus,
} from './engine/redrive/engine-failed.ts'
export type { StreamHandle, StreamShard } from './engine/stream-handle.ts'
export type { UnreadyMapping } from './engine/unready-mappings.ts'
export type { Removed } from './ports/failed-batch-store.ts'
export type { StoredFailedBatch } from './ports/state-store.ts'
export type { ShardDescription, SourceFailure } from './ports/stream-source.ts'
export type { FunctionOptions, LibraryOptions } from './settings/library-options.ts'
