import type {
  FailedBatch,
  FailedBatchSummary,
  RedriveOrigin,
} from '../../core/destination/failed-batch.ts'
import { compareSequenceNumbers } from '../../core/ids.ts'
import type { RedriveTask } from '../../core/redrive/redrive-task.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'
import type { StateChange, StateStore } from '../../ports/state-store.ts'
import { sequenceNumbersOf } from './failed-records.ts'

/**
 * The store as the actors of a redrive see it. Their positions and ledger are stored under the task; batches that fail
 * again belong to the mapping, and say where they come from.
 */
export class RedriveStore implements StateStore {
  readonly uncleanStart: boolean
  readonly #store: EngineStore
  readonly #task: RedriveTask
  readonly #batches: readonly FailedBatchSummary[]

  /** @param batches That the task holds. */
  constructor(store: EngineStore, task: RedriveTask, batches: readonly FailedBatchSummary[]) {
    this.#store = store
    this.#task = task
    this.#batches = batches
    this.uncleanStart = store.uncleanStart
  }

  loadShards: StateStore['loadShards'] = (uuid) => this.#store.loadShards(uuid)

  save(changes: readonly StateChange[]): Promise<void> {
    return this.#store.save(
      changes.map((change) => ({
        ...change,
        discards: change.discards.map((failed) => this.#redriven(failed)),
        keepsDoubt: true,
      })),
    )
  }

  /** A task is no mapping: what it reads is in the task itself. */
  loadMapping: StateStore['loadMapping'] = () => undefined

  async saveMapping(): Promise<void> {}

  failedBatches: StateStore['failedBatches'] = (filter) => this.#store.failedBatches(filter)

  outbox: StateStore['outbox'] = (limit) => this.#store.outbox(limit)

  delivered: StateStore['delivered'] = (id) => this.#store.delivered(id)

  /** The engine closes its store itself. */
  async close(): Promise<void> {}

  #redriven(failed: FailedBatch): FailedBatch {
    const origins = this.#originsOf(failed)
    const facts = origins.map(({ facts }) => facts)
    const redrive: RedriveOrigin = {
      task: this.#task.id,
      first: [...new Set(origins.flatMap(({ id, facts }) => facts.redrive?.first ?? [id]))].sort(),
      count: 1 + Math.max(0, ...facts.map(({ redrive }) => redrive?.count ?? 0)),
    }
    const firstArrivedAt = facts.map((fact) => fact.firstArrivedAt).sort((a, b) => a - b)[0]
    const lastArrivedAt = facts.map((fact) => fact.lastArrivedAt).sort((a, b) => b - a)[0]
    return {
      ...failed,
      mapping: this.#task.mapping,
      // The records were given fresh time to be redriven; that they are older is still true.
      firstArrivedAt: firstArrivedAt ?? failed.firstArrivedAt,
      lastArrivedAt: lastArrivedAt ?? failed.lastArrivedAt,
      redrive,
    }
  }

  /** Batches of the task that hold a record of this one. */
  #originsOf(failed: FailedBatch): readonly FailedBatchSummary[] {
    const near = this.#batches.filter(
      ({ facts }) =>
        facts.streamArn === failed.streamArn &&
        facts.shardId === failed.shardId &&
        compareSequenceNumbers(facts.firstSequenceNumber, failed.lastSequenceNumber) <= 0 &&
        compareSequenceNumbers(failed.firstSequenceNumber, facts.lastSequenceNumber) <= 0,
    )
    if (near.length < 2) return near
    // Batches of other lanes lie between its records.
    const numbers = new Set(sequenceNumbersOf(failed.payload))
    return near.filter(({ id }) => {
      const payload = this.#store.failedBatch(id)?.failed.payload
      return payload !== undefined && sequenceNumbersOf(payload).some((one) => numbers.has(one))
    })
  }
}
