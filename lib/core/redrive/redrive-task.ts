import type { EpochMs, MappingUuid, ShardId, StreamArn } from '../ids.ts'
import type { LedgerCounts } from '../ledger/ledger.ts'

/** What belongs to one stream of a redrive; a mapping may have read several (D31). */
export type RedriveStream = {
  readonly streamArn: StreamArn
  /** Under which its positions and its ledger are stored while it runs. */
  readonly uuid: MappingUuid
  /** By which order is kept. Fixed when it begins: positions of lanes mean nothing under another rule (D2, D4). */
  readonly partitionKeyName?: string
  /** By shard: the one whose records come first. */
  readonly parents: Readonly<Record<string, ShardId>>
  /** The source could not say what its keys are: the records of a shard keep their order all together. */
  readonly isOneLane?: true
}

/** Sending failed batches of one mapping again: durable, so that a crash does not end it. @source issue 4, part 5 */
export type RedriveTask = {
  readonly id: string
  readonly mapping: MappingUuid
  /** `running` also while no engine is: the next one goes on. */
  readonly state: 'running' | 'done' | 'cancelled'
  readonly createdAt: EpochMs
  readonly endedAt?: EpochMs
  /** At most so many records a second. */
  readonly recordsPerSecond?: number
  readonly streams: readonly RedriveStream[]
  readonly batchCount: number
  readonly recordCount: number
  /** Its own ledger, apart from the mapping's (D25): of an ended task. */
  readonly counts: LedgerCounts
}
