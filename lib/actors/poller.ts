import {
  generationsAbove,
  isSettled,
  type LaneFrontier,
} from '../core/checkpoint/low-water-mark.ts'
import type { LaneGeneration, ShardState } from '../core/checkpoint/shard-state.ts'
import type { FailedBatch } from '../core/destination/failed-batch.ts'
import type { HostEnd } from '../core/function/host-end.ts'
import { compareSequenceNumbers, type EpochMs, type SequenceNumber } from '../core/ids.ts'
import type { LaneRules } from '../core/lane/lane-rules.ts'
import {
  addCounts,
  type Ledger,
  type LedgerCounts,
  ledgerOf,
  NO_COUNTS,
} from '../core/ledger/ledger.ts'
import type { Clock } from '../ports/clock.ts'
import type { FunctionError } from '../ports/function-runtime.ts'
import type { Random } from '../ports/random.ts'
import type { ShardAddress, StateChange } from '../ports/state-store.ts'
import type { Page, ReadStart, SourceFailure, StreamSource } from '../ports/stream-source.ts'
import { CatchUp } from './catch-up.ts'
import type { CheckpointSource, CheckpointWriter } from './checkpoint-writer.ts'
import type { LaneBlock } from './lane-memory/lane-block.ts'
import type { Slab } from './lane-memory/slab.ts'
import type { LanePool, SaveRequest, ShardListener } from './lane-pool.ts'
import { LaneRescue } from './lane-rescue.ts'
import type { DiscardedBatch, StreamFacts } from './protocol.ts'
import { type ReadAhead, ShardLanes } from './shard-lanes.ts'
import { type PageTaker, ShardReading } from './shard-reading.ts'

/** How long a reader without room waits before it looks again, if nothing else happens. @unit ms */
const LOOK_AGAIN_MS = 100

/** What a poller tells the mapping actor that started it. */
export interface PollerParent {
  /** The shard is closed and every record of it is settled and durable. */
  shardFinished(poller: PollerActor): void
  /** It cannot go on: restart it from the store. */
  pollerFailed(poller: PollerActor, error: unknown): void
  readFailed(poller: PollerActor, failure: SourceFailure): void
  readSucceeded(poller: PollerActor): void
  invoked(poller: PollerActor, error: FunctionError | undefined): void
  /** Something settled, came to the tip or was saved: who waits may look again. */
  moved(poller: PollerActor): void
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

/** Reads one shard, routes its records to lanes, and makes durable what they settled. */
export class PollerActor implements PageTaker, ShardListener, CheckpointSource {
  readonly parts: PollerParts
  readonly lanes: ShardLanes
  readonly handle: number
  readonly #reading: ShardReading
  readonly #catchUp: CatchUp
  readonly #rescue: LaneRescue
  #olderGenerations: readonly LaneGeneration[]
  #read: LaneFrontier
  #structureCount = 0
  /** Records read and not skipped since the start. */
  #routed = 0
  #discards: FailedBatch[] = []
  /** Hosts that wait for what has not been given to the store yet, and for what was. */
  #savedReplies: (() => void)[] = []
  #unanswered: (() => void)[] = []
  #given: LedgerCounts = NO_COUNTS
  #changed = false
  #savesRunning = 0
  #broken = false
  #closed = false
  #finished = false
  #emptyReads = 0
  #trimmed = 0
  #takeBackLook: (() => void) | undefined
  #stopped: (() => void) | undefined
  #over = false

  constructor(parts: PollerParts) {
    this.parts = parts
    const { state, factor, clock } = parts
    const [current, ...older] = state.generations
    const same = current?.factor === factor
    this.#olderGenerations = same || !current ? older : state.generations
    this.#read = {
      ordinal: state.mark && parts.ordinalOf ? parts.ordinalOf(state.mark) : 0,
      sequenceNumber: state.mark,
    }
    const { rules, slab, readAhead, sequenceOf } = parts
    const positions = same ? current.positions : []
    // D3: batches of another factor dissolve; their records form new ones.
    const stacks = same ? state.stacks : {}
    const lanes = {
      factor,
      rules,
      slab,
      readAhead,
      start: this.#read,
      positions,
      stacks,
      sequenceOf,
    }
    this.lanes = new ShardLanes(lanes, clock.now())
    const { stream, cautious } = parts
    const { block, ringSize } = this.lanes
    const open = { memory: block.memory, lanes: factor, ringSize, rules, stream, cautious }
    this.handle = parts.pool.openShard(open, this)
    this.#rescue = new LaneRescue(this.lanes, parts.pool, this.handle)
    this.#reading = this.#openReading()
    this.#catchUp = this.#openCatchUp()
  }

  get block(): LaneBlock {
    return this.lanes.block
  }

  start(): void {
    this.#reading.resume()
  }

  /** Lets running invocations end, starts nothing new, saves. Resolves when all of that is done. */
  async stop(): Promise<void> {
    this.#reading.stop()
    this.#catchUp.stop()
    this.#takeBackLook?.()
    this.lanes.setLeaving()
    const left = new Promise<void>((resolve) => {
      this.#stopped = resolve
    })
    this.parts.pool.leaveShard(this.handle)
    this.#checkLeft()
    await left
    if (!this.#over) this.parts.checkpoints.hurry(this)
    await this.parts.checkpoints.flush()
    this.#end()
  }

  // --- reading -------------------------------------------------------------------------------------------------

  wantsPage(): boolean {
    if (this.lanes.hasAppetite(this.parts.clock.now())) return true
    this.#lookAgain()
    return false
  }

  takePage(page: Page): void {
    this.#emptyReads = 0
    this.#learnStructures(page)
    const base = page.firstOrdinal ?? this.#read.ordinal + 1
    const mayBeSettled = this.#hasSettledAbove()
    for (let i = 0; i < page.count; i++) {
      if (mayBeSettled && this.isSkipped(page, i)) continue
      this.lanes.feed(page, i, base + i, this.#read)
      this.#routed++
    }
    this.#read = {
      ordinal: base + page.count - 1,
      sequenceNumber: page.sequenceNumberAt(page.count - 1),
    }
    this.lanes.setMoreComing(true)
    this.#announce()
    this.parts.parent.readSucceeded(this)
  }

  /** D4: settled before the restart. */
  isSkipped(page: Page, index: number): boolean {
    const sequenceNumber = page.sequenceNumberAt(index)
    const generations = [this.#startGeneration(), ...this.#olderGenerations]
    return isSettled(generations, page.orderHashes[index]!, sequenceNumber)
  }

  paused(): void {
    this.lanes.setMoreComing(false)
    this.#announce()
  }

  cameToTip(): void {
    this.#emptyReads++
    this.parts.parent.readSucceeded(this)
    this.parts.parent.moved(this)
  }

  shardClosed(): void {
    this.#closed = true
    this.#checkFinished()
  }

  trimmed(): void {
    this.#trimmed++
    this.#reading.resume()
  }

  readFailed(failure: SourceFailure): void {
    this.parts.parent.readFailed(this, failure)
  }

  #openReading(): ShardReading {
    const { source, address, clock, random } = this.parts
    const reader = source.openReader(address.shardId, this.#startAfter(this.#read))
    return new ShardReading({ reader, pace: source.pace, clock, random, taker: this })
  }

  #openCatchUp(): CatchUp {
    const { source, address, clock, random, parent } = this.parts
    return new CatchUp({
      lanes: this.lanes,
      clock,
      random,
      pace: source.pace,
      openReader: (start) => source.openReader(address.shardId, start),
      startAfter: (position) => this.#startAfter(position),
      read: () => this.#read,
      lost: () =>
        parent.pollerFailed(
          this,
          new Error('the source trimmed records that a lane still had to read'),
        ),
      failed: (failure) => parent.readFailed(this, failure),
      isSkipped: (page, index) => this.#hasSettledAbove() && this.isSkipped(page, index),
      fed: () => this.#announce(),
    })
  }

  #startAfter({ sequenceNumber }: LaneFrontier): ReadStart {
    if (sequenceNumber !== null) return { type: 'after', sequenceNumber }
    const { start } = this.parts.state
    if (start.type === 'stamped-since')
      return { type: 'stamped-since', time: start.time as EpochMs }
    return start
  }

  #learnStructures(page: Page): void {
    if (page.structureCount <= this.#structureCount) return
    const { pool, source, address } = this.parts
    const structures = source.structures()
    this.#structureCount = structures.length
    pool.structuresGrew(address.streamArn, structures)
  }

  #startGeneration(): LaneGeneration {
    const { state, factor } = this.parts
    const [current] = state.generations
    return current?.factor === factor ? current : { factor, positions: [] }
  }

  /** Whether records above the start were settled before it. */
  #hasSettledAbove(): boolean {
    const read = this.#read.sequenceNumber
    const generations = [this.#startGeneration(), ...this.#olderGenerations]
    return generationsAbove(read, generations).some(({ positions }) =>
      positions.some(
        (position) =>
          position !== null && (read === null || compareSequenceNumbers(position, read) > 0),
      ),
    )
  }

  /** Publishes what was fed; lanes with enough go to the hosts. */
  #announce(): void {
    this.lanes.publish()
    const { batchSize } = this.parts.rules
    const more = this.lanes.block.isMoreComing()
    for (const feed of this.lanes.feeds) {
      const { queued } = feed
      if (queued === 0 || this.#rescue.holds(feed)) continue
      if (!more || queued >= batchSize) this.parts.pool.ready(this.handle, feed.lane)
    }
  }

  #lookAgain(): void {
    if (this.#takeBackLook || this.#over) return
    const due = (this.parts.clock.now() + LOOK_AGAIN_MS) as EpochMs
    this.#takeBackLook = this.parts.clock.at(due, () => {
      this.#takeBackLook = undefined
      this.#reading.resume()
      this.#catchUp.look()
    })
  }

  // --- lanes ---------------------------------------------------------------------------------------------------

  laneSettled(lane: number): void {
    const feed = this.lanes.feeds[lane]!
    const before = feed.progress.invocations
    feed.settle()
    feed.movedAt = this.parts.clock.now()
    if (feed.progress.invocations > before) this.parts.parent.invoked(this, undefined)
    this.#changed = true
    if (this.#stopped) return this.#checkLeft()
    this.parts.checkpoints.touch(this)
    this.#reading.resume()
    if (feed.feed.state === 'lagging') this.#catchUp.look()
    this.#checkFinished()
    this.parts.parent.moved(this)
  }

  saveRequested(lane: number, request: SaveRequest, saved: () => void): void {
    const feed = this.lanes.feeds[lane]!
    feed.adopt(request.progress)
    feed.stack = request.stack
    feed.resumeAt = request.resumeAt
    for (const discard of request.discards) this.#takeDiscard(discard)
    this.#savedReplies.push(saved)
    this.#changed = true
    this.parts.checkpoints.hurry(this)
  }

  attemptFailed(lane: number, error: FunctionError): void {
    this.lanes.feeds[lane]!.lastError = error
    this.parts.parent.invoked(this, error)
  }

  hostLost(lanes: readonly number[], end: HostEnd): void {
    this.#rescue.hostLost(lanes, end, this.#stopped !== undefined)
    if (this.#stopped) this.#checkLeft()
  }

  #takeDiscard(discard: DiscardedBatch): void {
    const { address, functionArn, destination, clock } = this.parts
    const { condition, requestId, attempts, response, lastError, recordCount, payload } = discard
    this.#discards.push({
      mapping: address.mapping,
      functionArn,
      streamArn: address.streamArn,
      shardId: address.shardId,
      condition,
      requestId,
      approximateInvokeCount: attempts,
      ...(response ? { response } : {}),
      discardedAt: clock.now(),
      firstSequenceNumber: discard.firstSequenceNumber,
      lastSequenceNumber: discard.lastSequenceNumber,
      firstArrivedAt: discard.firstArrivedAt as EpochMs,
      lastArrivedAt: discard.lastArrivedAt as EpochMs,
      recordCount,
      payload,
      ...(lastError ? { lastError } : {}),
    })
    const outcome = destination ? { sent: recordCount } : { dropped: recordCount }
    this.#given = addCounts(this.#given, { ...NO_COUNTS, ...outcome })
  }

  #checkLeft(): void {
    if (!this.lanes.allLeft()) return
    this.#stopped?.()
  }

  // --- state ---------------------------------------------------------------------------------------------------

  /** D25: since the mapping was created. */
  ledger(): Ledger {
    const counts = this.#counts()
    return ledgerOf(counts, this.#routed - this.#settledHere())
  }

  counts(): LedgerCounts {
    return this.#counts()
  }

  /** Reads since the last record that found none; the shard's end counts without limit. */
  get emptyReads(): number {
    return this.#closed ? Number.POSITIVE_INFINITY : this.#emptyReads
  }

  /** Times that records were gone from the source before they were read (D20). */
  get trimmedCount(): number {
    return this.#trimmed
  }

  get isDrained(): boolean {
    return this.lanes.isDrained
  }

  /** Nothing settled that is not durable. */
  get isSaved(): boolean {
    return !this.#changed && this.#savesRunning === 0
  }

  /** Asks the source again, for {@link emptyReads}. */
  pollNow(): void {
    this.#emptyReads = 0
    this.#reading.pollNow()
  }

  #counts(): LedgerCounts {
    return addCounts(this.lanes.counts(this.parts.state.counts), this.#given)
  }

  #settledHere(): number {
    let settled = 0
    for (const { progress } of this.lanes.feeds) settled += progress.delivered + progress.filtered
    return settled + this.#given.sent + this.#given.dropped
  }

  takeChange(): { readonly change: StateChange; readonly saved: () => void } | undefined {
    if (this.#over || this.#broken || !this.#changed) return undefined
    this.#changed = false
    this.#savesRunning++
    const discards = this.#discards
    const replies = this.#savedReplies
    this.#unanswered = replies
    this.#discards = []
    this.#savedReplies = []
    const { address, destination } = this.parts
    const change = {
      address,
      state: this.#state(),
      discards,
      ...(destination ? { destination } : {}),
    }
    const saved = () => {
      this.#savesRunning--
      this.#unanswered = []
      for (const reply of replies) reply()
      this.#checkFinished()
      this.parts.parent.moved(this)
    }
    return { change, saved }
  }

  saveFailed(error: unknown): void {
    if (this.#over || this.#broken) return
    // What the hosts wait for will never be saved by this poller: they let go, and it is read again.
    this.#broken = true
    this.lanes.setLeaving()
    this.parts.pool.leaveShard(this.handle)
    for (const reply of [...this.#unanswered, ...this.#savedReplies]) reply()
    this.parts.parent.pollerFailed(this, error)
  }

  #state(): ShardState {
    const mark = this.lanes.mark(this.#read).sequenceNumber
    const generations = generationsAbove(mark, [this.lanes.generation(), ...this.#olderGenerations])
    this.#olderGenerations = generations.slice(1)
    return {
      mark,
      generations,
      stacks: this.lanes.stacks(),
      counts: this.#counts(),
      start: this.parts.state.start,
      finished: this.#isFinished(),
    }
  }

  #isFinished(): boolean {
    return this.#closed && this.lanes.isDrained
  }

  /** A closed shard ends when all of it is settled, and that is saved. */
  #checkFinished(): void {
    if (!this.#isFinished() || this.#finished || this.#over) return
    this.#finished = true
    this.#changed = true
    this.parts.checkpoints.hurry(this)
    // Owned by the checkpoint writer's flush at stop; a failed save goes to `saveFailed`.
    void this.parts.checkpoints.flush().then(() => {
      if (!this.#over && !this.#changed) this.parts.parent.shardFinished(this)
    })
  }

  /** Lets go of everything at once; what was not saved is read again. */
  #end(): void {
    if (this.#over) return
    this.#over = true
    this.parts.pool.closeShard(this.handle)
    this.lanes.free()
  }
}
