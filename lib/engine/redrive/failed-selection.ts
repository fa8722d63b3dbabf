import type { FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import { type Ledger, ledgerOf } from '../../core/ledger/ledger.ts'
import {
  type FailedBatchFilter,
  holdsKey,
  matchesFacts,
} from '../../core/redrive/failed-batch-filter.ts'
import type { RedriveTask } from '../../core/redrive/redrive-task.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'
import { countsOf } from './redrive-progress.ts'

/** A redrive as people see it: its own line of the ledger (D25). */
export type RedriveStatus = Omit<RedriveTask, 'counts' | 'streams'> & {
  readonly ledger: Ledger
  /** This engine works on it now. */
  readonly isActive: boolean
}

/** @param ledger Of one that is active; else the store says. */
export function redriveStatus(
  store: Pick<EngineStore, 'loadShards'>,
  task: RedriveTask,
  ledger?: Ledger,
): RedriveStatus {
  const { counts: _counts, streams: _streams, ...facts } = task
  const isActive = ledger !== undefined
  return { ...facts, ledger: ledger ?? ledgerOf(countsOf(store, task), 0), isActive }
}

/** Batches that match, oldest first. Payloads are read only where a key is asked for. */
export function selectBatches(
  store: Pick<EngineStore, 'failedSummaries' | 'failedBatch'>,
  filter: FailedBatchFilter,
): readonly FailedBatchSummary[] {
  const { key } = filter
  const selected: FailedBatchSummary[] = []
  for (const summary of store.failedSummaries()) {
    if (!matchesFacts(summary, filter)) continue
    const payload = key === undefined ? undefined : store.failedBatch(summary.id)?.failed.payload
    if (key === undefined || (payload !== undefined && holdsKey(payload, key)))
      selected.push(summary)
  }
  return selected
}

/** The mapping of batches; `undefined` of none. @throws MillraceError MILLRACE_REDRIVE_REFUSED of several */
export function mappingOf(batches: readonly FailedBatchSummary[]): MappingUuid | undefined {
  const [first] = batches
  const other = batches.find(({ facts }) => facts.mapping !== first?.facts.mapping)
  if (!first || !other) return first?.facts.mapping
  const { mapping } = first.facts
  const reason = `there are batches of ${other.facts.mapping} among them: redrive one mapping at a time`
  throw MillraceError.of('MILLRACE_REDRIVE_REFUSED', { mapping, reason })
}
