import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import type { SequenceNumber } from '../../core/ids.ts'
import type { LaneRules } from '../../core/lane/lane-rules.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { Random } from '../../ports/random.ts'
import type { ShardAddress } from '../../ports/state-store.ts'
import type { SourceFailure, StreamSource } from '../../ports/stream-source.ts'
import type { CheckpointWriter } from '../checkpoint-writer.ts'
import type { Slab } from '../lane-memory/slab.ts'
import type { LanePool } from '../pool/lane-pool.ts'
import type { StreamFacts } from '../protocol.ts'
import type { ReadAhead, ShardLanes } from './shard-lanes.ts'

/** A poller as the stream actor that started it sees it. */
export interface Poller {
  readonly parts: PollerParts
  readonly lanes: ShardLanes
  /** Nothing that its lanes still do will count. */
  readonly isLost: boolean
  /** What the store holds of the shard. */
  readonly durable: ShardState
  /** Lets running invocations end, starts nothing new, saves. Resolves when all of that is done. May be called twice. */
  stop(): Promise<void>
}

/** What a poller tells the stream actor that started it. */
export interface PollerParent {
  /** The shard is closed and every record of it is settled and durable. */
  shardFinished(poller: Poller): void
  /** It cannot go on: restart it from the store. */
  pollerFailed(poller: Poller, error: unknown): void
  readFailed(poller: Poller, failure: SourceFailure): void
  readSucceeded(poller: Poller): void
  invoked(poller: Poller, error: FunctionError | undefined): void
  /** Records were gone from the source before they were read (D20). */
  recordsTrimmed(poller: Poller): void
  /** Discarded batches are durable now. */
  batchesGivenUp(poller: Poller): void
  /** Something settled, came to the tip or was saved: who waits may look again. */
  moved(poller: Poller): void
  /** Nothing of it runs any more. */
  ended(poller: Poller): void
}

export type PollerParts = {
  readonly address: ShardAddress
  readonly state: ShardState
  readonly source: StreamSource
  readonly stream: StreamFacts
  readonly functionArn: string
  readonly factor: number
  readonly rules: LaneRules
  readonly destination: string | undefined
  readonly pool: LanePool
  readonly slab: Slab
  readonly readAhead: ReadAhead
  readonly checkpoints: CheckpointWriter
  readonly clock: Clock
  readonly random: Random
  readonly parent: PollerParent
  readonly cautious: boolean
  readonly sequenceOf: ((ordinal: number) => SequenceNumber) | undefined
  readonly ordinalOf: ((sequenceNumber: SequenceNumber) => number) | undefined
}
