import type { FailedBatchSummary, FailedBatchTotals } from '../core/destination/failed-batch.ts'
import type { RedriveTask } from '../core/redrive/redrive-task.ts'
import type { DefinitionStore } from './definition-store.ts'
import type { MappingRecord, StateStore, StoredFailedBatch, StoredShard } from './state-store.ts'

/** What left the failed-batch store. */
export type Removed = { readonly count: number; readonly bytes: number }

/** How a redrive ends: in one transaction. */
export type RedriveEnd = {
  /** As it is kept from now on. */
  readonly task: RedriveTask
  /** Batches of it whose records are all settled: they leave the store. The task's others stay in it. */
  readonly settled: ReadonlySet<string>
}

/** Batches that were given up, and what becomes of them. Reads answer from the last commit. */
export interface FailedBatchStore {
  readonly failedTotals: FailedBatchTotals
  /** Oldest first, no payload is read. */
  failedSummaries(): Iterable<FailedBatchSummary>
  /** `undefined` where it was purged, or has left. */
  failedBatch(id: string): StoredFailedBatch | undefined
  /**
   * Removes batches for good. Those that wait for their destination, or that a redrive holds, stay.
   * Resolves when on disk. @returns what was removed.
   */
  removeFailed(ids: readonly string[]): Promise<Removed>
  /** Oldest first. */
  redrives(): readonly RedriveTask[]
  /** Batches that a running redrive holds, oldest first: they are not purged before it ends. */
  redriveBatches(task: string): Iterable<FailedBatchSummary>
  /**
   * Stores the task, and keeps its batches for it. Resolves when on disk.
   * @returns the batches that it holds: those of `ids` that were still there and free.
   */
  beginRedrive(task: RedriveTask, ids: readonly string[]): Promise<readonly string[]>
  /** Batches leave, the others are free again, the task's positions are forgotten. Resolves when on disk. */
  endRedrive(end: RedriveEnd): Promise<void>
}

/** Positions that an operator gives. */
export interface PositionStore {
  /**
   * Replaces states of shards, and stores the records of mappings that are new here, in one transaction. What was in
   * doubt at the start stays in doubt: no mapping ran (D15). Resolves when on disk.
   */
  savePositions(shards: readonly StoredShard[], mappings: readonly MappingRecord[]): Promise<void>
}

/** All that an engine stores. */
export type EngineStore = StateStore & FailedBatchStore & PositionStore & DefinitionStore
