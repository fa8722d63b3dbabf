import { generationsAbove, type LaneFrontier } from '../../core/checkpoint/low-water-mark.ts'
import type { LaneGeneration, ShardState } from '../../core/checkpoint/shard-state.ts'
import type { FailedBatch } from '../../core/destination/failed-batch.ts'
import type { EpochMs, SequenceNumber } from '../../core/ids.ts'
import { addCounts, type LedgerCounts, NO_COUNTS } from '../../core/ledger/ledger.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ShardAddress, StateChange } from '../../ports/state-store.ts'
import type { CheckpointSource } from '../checkpoint-writer.ts'
import type { SaveRequest } from '../pool/open-shards.ts'
import type { DiscardedBatch } from '../protocol.ts'
import type { LaneFeed } from './lane-feed.ts'
import type { ShardLanes } from './shard-lanes.ts'

export type ShardCheckpointParts = {
  readonly address: ShardAddress
  /** What the store held when the poller began. */
  readonly state: ShardState
  /** Generations of other factors that still say what was settled (D3). */
  readonly olderGenerations: readonly LaneGeneration[]
  readonly functionArn: string
  readonly destination: string | undefined
  readonly lanes: ShardLanes
  readonly clock: Clock
  /** The last record that was read. */
  readonly read: () => LaneFrontier
  readonly isFinished: () => boolean
  /** A save is durable, and so many batches that were given up with it. */
  readonly saved: (discardCount: number) => void
  /** A save is not: nothing that follows from it may happen. */
  readonly failed: (error: unknown) => void
}

/** Before all sequence numbers. */
const NO_POSITION = '0' as SequenceNumber

/** What a shard has to make durable: positions, batches in hand, counts, batches that were given up. */
export class ShardCheckpoint implements CheckpointSource {
  readonly #parts: ShardCheckpointParts
  #olderGenerations: readonly LaneGeneration[]
  #discards: FailedBatch[] = []
  /** Hosts that wait: for what has not been given to the store yet, and for what was. */
  #waiting: (() => void)[] = []
  #unanswered: (() => void)[] = []
  /** Records of discarded batches. */
  #givenUp: LedgerCounts = NO_COUNTS
  #state: 'saved' | 'changed' | 'closed' = 'saved'
  #savesRunning = 0
  #durable: ShardState

  constructor(parts: ShardCheckpointParts) {
    this.#parts = parts
    this.#olderGenerations = parts.olderGenerations
    this.#durable = parts.state
  }

  /** What the store holds. */
  get durable(): ShardState {
    return this.#durable
  }

  /** Nothing settled that is not durable. */
  get isSaved(): boolean {
    return this.#state !== 'changed' && this.#savesRunning === 0
  }

  /** Nothing is saved any more, of what settles either. */
  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** Something settled. */
  change(): void {
    if (this.#state === 'saved') this.#state = 'changed'
  }

  /** A lane's batches in hand and discards; `saved` is called when they are durable. */
  take(lane: number, request: SaveRequest, saved: () => void): void {
    // Nothing is saved any more: the host lets the lane go, and it is read again.
    if (this.#state === 'closed') return saved()
    const feed = this.#parts.lanes.feeds[lane]!
    feed.adopt(request.progress)
    feed.stack = request.stack
    feed.resumeAt = request.resumeAt
    if (request.windows) feed.windows = request.windows
    for (const discard of request.discards) this.#giveUp(discard, feed)
    this.#waiting.push(saved)
    this.change()
  }

  /** D25: since the mapping was created. */
  counts(): LedgerCounts {
    return addCounts(this.#parts.lanes.counts(this.#parts.state.counts), this.#givenUp)
  }

  /** Records that settled since the poller began. */
  settledCount(): number {
    const { delivered, filtered } = this.#parts.lanes.counts(NO_COUNTS)
    return delivered + filtered + this.#givenUp.sent + this.#givenUp.dropped
  }

  /** Saves nothing any more. */
  close(): void {
    this.#state = 'closed'
  }

  takeChange(): { readonly change: StateChange; readonly saved: () => void } | undefined {
    if (this.#state !== 'changed') return undefined
    this.#state = 'saved'
    this.#savesRunning++
    const discards = this.#discards
    const replies = this.#waiting
    this.#discards = []
    this.#waiting = []
    this.#unanswered = replies
    const { address, destination } = this.#parts
    const change = {
      address,
      state: this.#shardState(),
      discards,
      ...(destination ? { destination } : {}),
    }
    const saved = () => {
      this.#savesRunning--
      this.#durable = change.state
      this.#unanswered = []
      for (const reply of replies) reply()
      this.#parts.saved(discards.length)
    }
    return { change, saved }
  }

  saveFailed(error: unknown): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#parts.failed(error)
    // What the hosts wait for will never be saved by this poller: they let go, and it is read again.
    for (const reply of [...this.#unanswered, ...this.#waiting]) reply()
  }

  #shardState(): ShardState {
    const { lanes, state, read, isFinished } = this.#parts
    const mark = lanes.mark(read()).sequenceNumber
    const generations = generationsAbove(mark, [lanes.generation(), ...this.#olderGenerations])
    this.#olderGenerations = generations.slice(1)
    const { windows } = lanes.feeds[0]!
    return {
      mark,
      generations,
      stacks: lanes.stacks(),
      counts: this.counts(),
      start: state.start,
      finished: isFinished(),
      ...(windows ? { windows } : {}),
    }
  }

  #giveUp(discard: DiscardedBatch, feed: LaneFeed): void {
    const { address, functionArn, destination, clock } = this.#parts
    const { attempts, firstArrivedAt, lastArrivedAt, sequenceNumbers, ...batch } = discard
    // A final call has no records: it stands where the shard does.
    const position = feed.position ?? this.#parts.state.mark ?? NO_POSITION
    const { first, last } = sequenceNumbers ?? { first: position, last: position }
    this.#discards.push({
      mapping: address.mapping,
      functionArn,
      streamArn: address.streamArn,
      shardId: address.shardId,
      ...batch,
      firstSequenceNumber: first,
      lastSequenceNumber: last,
      approximateInvokeCount: attempts,
      discardedAt: clock.now(),
      firstArrivedAt: firstArrivedAt as EpochMs,
      lastArrivedAt: lastArrivedAt as EpochMs,
    })
    const { recordCount } = discard
    const outcome = destination ? { sent: recordCount } : { dropped: recordCount }
    this.#givenUp = addCounts(this.#givenUp, { ...NO_COUNTS, ...outcome })
  }
}
