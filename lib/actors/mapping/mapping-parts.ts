import type { MappingUuid, SequenceNumber, ShardId } from '../../core/ids.ts'
import type { BackoffSettings, MappingSettings } from '../../core/mapping/settings.ts'
import type { ChildFailure } from '../../core/supervision/decider.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { Random } from '../../ports/random.ts'
import type { StateStore } from '../../ports/state-store.ts'
import type { SourceFailure, StreamSource } from '../../ports/stream-source.ts'
import type { CheckpointWriter } from '../checkpoint-writer.ts'
import type { Slab } from '../lane-memory/slab.ts'
import type { ReadAhead } from '../poller/shard-lanes.ts'
import type { LanePool } from '../pool/lane-pool.ts'

/** A stream that a mapping reads, and what reading it takes. */
export type MappedStream = {
  readonly source: StreamSource
  readonly format: 'segment' | 'dynamodb-json'
  readonly region: string
  /** Where ordinals are the source's own. */
  readonly sequenceOf?: (ordinal: number) => SequenceNumber
  readonly ordinalOf?: (sequenceNumber: SequenceNumber) => number
  /** Empty answers in a row that mean the tip (D23). */
  readonly emptyReadsAtTip: number
  /** LATEST, where the source can tell it at once (D21); `null` = the shard is empty. */
  latest?(shardId: ShardId): SequenceNumber | null
}

export type MappingParts = {
  readonly uuid: MappingUuid
  readonly settings: MappingSettings
  readonly stream: MappedStream
  /** Streams that the table had before, oldest first: what was being read of them comes first (D31). */
  readonly olderStreams?: readonly MappedStream[]
  readonly pool: LanePool
  readonly slab: Slab
  readonly store: StateStore
  readonly checkpoints: CheckpointWriter
  readonly readAhead: ReadAhead
  readonly backoff: BackoffSettings
  /** D8. */
  readonly tumblingGraceMs: number
  readonly functionArn: string
  readonly clock: Clock
  readonly random: Random
  /** Something that people should hear of. */
  readonly report: (event: MappingEvent) => void
  /** It can do no more: the others go on. */
  readonly escalate: (failure: ChildFailure) => void
}

/** What an update can change. */
export type MappingTerms = Pick<MappingParts, 'settings' | 'pool' | 'functionArn'>

/** What a mapping tells of itself. Discriminated by `type`. */
export type MappingEvent =
  | {
      readonly type: 'attempt-failed'
      readonly mapping: MappingUuid
      readonly shardId: ShardId
      readonly error: FunctionError
    }
  | {
      readonly type: 'source-failed'
      readonly mapping: MappingUuid
      readonly shardId: ShardId
      readonly failure: SourceFailure
    }
  | {
      readonly type: 'poller-failed'
      readonly mapping: MappingUuid
      readonly shardId: ShardId
      readonly reason: string
    }
  | {
      readonly type: 'shard-opened' | 'shard-finished'
      readonly mapping: MappingUuid
      readonly shardId: ShardId
    }
  /** The oldest unread records were gone from the source (D20). */
  | {
      readonly type: 'records-trimmed'
      readonly mapping: MappingUuid
      readonly shardId: ShardId
    }
  /** What ran under its old settings has ended and is saved; the new ones hold from here on (D7). */
  | { readonly type: 'mapping-changed'; readonly mapping: MappingUuid }
  /** Discarded batches are durable now. */
  | { readonly type: 'batches-given-up'; readonly mapping: MappingUuid }
  /** Something settled or was read. For the engine alone: there are too many of them. */
  | { readonly type: 'moved'; readonly mapping: MappingUuid }
