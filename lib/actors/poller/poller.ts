import type { LaneFrontier } from '../../core/checkpoint/low-water-mark.ts'
import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import type { EpochMs, SequenceNumber } from '../../core/ids.ts'
import type { LaneRules } from '../../core/lane/lane-rules.ts'
import { type Ledger, type LedgerCounts, ledgerOf } from '../../core/ledger/ledger.ts'
import { isOutdated, NO_WINDOWS } from '../../core/window/tumbling-window.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { Random } from '../../ports/random.ts'
import type { ShardAddress } from '../../ports/state-store.ts'
import type { Page, ReadStart, SourceFailure, StreamSource } from '../../ports/stream-source.ts'
import type { CheckpointWriter } from '../checkpoint-writer.ts'
import type { LaneBlock } from '../lane-memory/lane-block.ts'
import type { Slab } from '../lane-memory/slab.ts'
import type { LanePool } from '../pool/lane-pool.ts'
import type { HostLoss, SaveRequest, ShardListener } from '../pool/open-shards.ts'
import type { StreamFacts } from '../protocol.ts'
import { CatchUp } from './catch-up.ts'
import type { LaneFeed } from './lane-feed.ts'
import { LaneRescue } from './lane-rescue.ts'
import { SettledBefore } from './settled-before.ts'
import { ShardCheckpoint } from './shard-checkpoint.ts'
import { type ReadAhead, ShardLanes } from './shard-lanes.ts'
import { type PageTaker, ShardReading } from './shard-reading.ts'
import { WindowCloser } from './window-closer.ts'

/** How long a reader without room waits before it looks again, if nothing else happens. @unit ms */
const LOOK_AGAIN_MS = 100

/**
 * D15: how long attempts are written ahead after a stop that was not clean. Longer than what can have settled since
 * the last checkpoint takes to settle again, or a record behind it would kill the process once more unwritten. @unit ms
 */
const CAUTION_MS = 1000

/** What a poller tells the mapping actor that started it. */
export interface PollerParent {
  /** The shard is closed and every record of it is settled and durable. */
  shardFinished(poller: PollerActor): void
  /** It cannot go on: restart it from the store. */
  pollerFailed(poller: PollerActor, error: unknown): void
  readFailed(poller: PollerActor, failure: SourceFailure): void
  readSucceeded(poller: PollerActor): void
  invoked(poller: PollerActor, error: FunctionError | undefined): void
  /** Records were gone from the source before they were read (D20). */
  recordsTrimmed(poller: PollerActor): void
  /** Discarded batches are durable now. */
  batchesGivenUp(poller: PollerActor): void
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

type Life =
  | { readonly state: 'running' }
  /** Nothing new begins; `left` is called when no host has a lane any more. */
  | { readonly state: 'leaving'; readonly left: () => void }
  | { readonly state: 'over' }

/** Reads one shard, routes its records to lanes, and makes durable what they settled. */
export class PollerActor implements PageTaker, ShardListener {
  readonly parts: PollerParts
  readonly lanes: ShardLanes
  readonly handle: number
  readonly #reading: ShardReading
  readonly #catchUp: CatchUp
  readonly #rescue: LaneRescue
  readonly #before: SettledBefore
  readonly #checkpoint: ShardCheckpoint
  readonly #windows: WindowCloser
  #life: Life = { state: 'running' }
  #stop: Promise<void> | undefined
  #read: LaneFrontier
  #structureCount = 0
  /** Records read and not settled before, since the start. */
  #routed = 0
  #end: 'open' | 'closed' | 'finished' = 'open'
  #emptyReads = 0
  #takeBackLook: (() => void) | undefined

  constructor(parts: PollerParts) {
    this.parts = parts
    const { state, factor, clock, rules, slab, readAhead, sequenceOf } = parts
    const { mark } = state
    this.#before = new SettledBefore(state, factor)
    this.#read = {
      ordinal: mark && parts.ordinalOf ? parts.ordinalOf(mark) : 0,
      sequenceNumber: mark,
    }
    // D3: batches of another factor dissolve; their records form new ones. So do those of windows of another length.
    const isSameFactor = state.generations[0]?.factor === factor
    const hasOtherWindows = isOutdated(state.windows ?? NO_WINDOWS, rules.tumblingWindowMs)
    const stacks = isSameFactor && !hasOtherWindows ? state.stacks : {}
    const { positions } = this.#before.current
    const lanes = {
      factor,
      rules,
      slab,
      readAhead,
      start: this.#read,
      positions,
      stacks,
      windows: state.windows,
      sequenceOf,
      fellBehind: (feed: LaneFeed) => this.#fellBehind(feed),
    }
    this.lanes = new ShardLanes(lanes, clock.now())
    this.#checkpoint = this.#openCheckpoint()
    const { block, ringSize } = this.lanes
    const { stream, cautious } = parts
    const cautiousUntil = cautious ? clock.now() + CAUTION_MS : 0
    const [{ windowMemory } = {}] = this.lanes.feeds
    const open = {
      memory: block.memory,
      lanes: factor,
      ringSize,
      rules,
      stream,
      cautiousUntil,
      ...(windowMemory ? { windowMemory: windowMemory.memory } : {}),
    }
    this.handle = parts.pool.openShard(open, this)
    this.#rescue = new LaneRescue(this.lanes, parts.pool, this.handle)
    this.#reading = this.#openReading()
    this.#catchUp = this.#openCatchUp()
    this.#windows = this.#watchWindows()
  }

  get block(): LaneBlock {
    return this.lanes.block
  }

  start(): void {
    this.#reading.resume()
    this.#windows.look()
  }

  /** Lets running invocations end, starts nothing new, saves. Resolves when all of that is done. May be called twice. */
  stop(): Promise<void> {
    this.#stop ??= this.#leave()
    return this.#stop
  }

  async #leave(): Promise<void> {
    const { checkpoints, pool } = this.parts
    this.#reading.stop()
    this.#catchUp.stop()
    this.#windows.stop()
    this.#takeBackLook?.()
    this.lanes.setLeaving()
    const left = new Promise<void>((resolve) => {
      this.#life = { state: 'leaving', left: resolve }
    })
    pool.leaveShard(this.handle)
    this.#checkLeft()
    await left
    // A lane may be free already, and what it settled last not be known yet.
    pool.collect()
    checkpoints.hurry(this.#checkpoint)
    await checkpoints.flush()
    this.#life = { state: 'over' }
    this.#checkpoint.close()
    pool.closeShard(this.handle)
    this.lanes.free()
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
    const mayBeSettled = this.#before.reachesBeyond(this.#read.sequenceNumber)
    for (let i = 0; i < page.count; i++) {
      if (mayBeSettled && this.#before.covers(page, i)) continue
      this.lanes.feed(page, i, base + i, this.#read)
      this.#routed++
    }
    const last = page.count - 1
    this.#read = { ordinal: base + last, sequenceNumber: page.sequenceNumberAt(last) }
    this.lanes.setMoreComing(true)
    this.#announce()
    this.parts.parent.readSucceeded(this)
  }

  paused(): void {
    this.lanes.setMoreComing(false)
    this.#announce()
  }

  cameToTip(askedAt: number): void {
    this.#emptyReads++
    this.#windows.cameToTip(askedAt)
    this.parts.parent.readSucceeded(this)
    this.parts.parent.moved(this)
  }

  shardClosed(): void {
    this.#end = 'closed'
    this.#windows.look()
    this.#checkFinished()
  }

  trimmed(): void {
    this.parts.parent.recordsTrimmed(this)
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
      isSkipped: (page, index) => this.#before.covers(page, index),
      isOver: () => this.#life.state !== 'running',
      fed: () => this.#announce(),
    })
  }

  #openCheckpoint(): ShardCheckpoint {
    const { address, state, functionArn, destination, clock, parent } = this.parts
    return new ShardCheckpoint({
      address,
      state,
      olderGenerations: this.#before.older,
      functionArn,
      destination,
      lanes: this.lanes,
      clock,
      read: () => this.#read,
      isFinished: () => this.#isFinished,
      saved: (discards) => {
        if (discards > 0) parent.batchesGivenUp(this)
        this.#windows.look()
        this.#checkFinished()
        parent.moved(this)
      },
      failed: (error) => {
        this.lanes.setLeaving()
        this.parts.pool.leaveShard(this.handle)
        parent.pollerFailed(this, error)
      },
    })
  }

  #watchWindows(): WindowCloser {
    const { clock, rules, pool } = this.parts
    return new WindowCloser({
      feed: this.lanes.feeds[0]!,
      rules,
      clock,
      isClosed: () => this.#end !== 'open',
      pollNow: () => this.#reading.pollNow(),
      request: () => {
        if (this.#life.state === 'running') pool.ready(this.handle, 0)
      },
    })
  }

  #startAfter({ sequenceNumber }: LaneFrontier): ReadStart {
    if (sequenceNumber !== null) return { type: 'after', sequenceNumber }
    const { start } = this.parts.state
    return start.type === 'stamped-since'
      ? { type: start.type, time: start.time as EpochMs }
      : start
  }

  #learnStructures(page: Page): void {
    if (page.structureCount <= this.#structureCount) return
    const { pool, source, address } = this.parts
    const structures = source.structures()
    this.#structureCount = structures.length
    pool.structuresGrew(address.streamArn, structures)
  }

  /** Publishes what was fed; lanes with enough go to the hosts. */
  #announce(): void {
    this.lanes.publish()
    const { batchSize } = this.parts.rules
    const more = this.lanes.block.isMoreComing()
    for (const feed of this.lanes.feeds) {
      const { queued } = feed
      if (this.#rescue.holds(feed) || queued === 0) continue
      if (!more || queued >= batchSize) this.parts.pool.ready(this.handle, feed.lane)
    }
  }

  #fellBehind(feed: LaneFeed): void {
    this.#catchUp.forget(feed)
    this.#lookAgain()
  }

  #lookAgain(): void {
    if (this.#takeBackLook || this.#life.state !== 'running') return
    const due = (this.parts.clock.now() + LOOK_AGAIN_MS) as EpochMs
    this.#takeBackLook = this.parts.clock.at(due, () => {
      this.#takeBackLook = undefined
      this.#reading.resume()
      this.#catchUp.look()
      // A lane that lags may have nothing in hand whose end would bring us back here.
      if (this.lanes.hungryLaggards().length > 0) this.#lookAgain()
    })
  }

  // --- lanes ---------------------------------------------------------------------------------------------------

  laneSettled(lane: number): void {
    const feed = this.lanes.feeds[lane]!
    const { invocations } = feed.progress
    this.#rescue.hasBegun(lane)
    feed.settle()
    feed.movedAt = this.parts.clock.now()
    if (feed.progress.invocations > invocations) this.parts.parent.invoked(this, undefined)
    this.#checkpoint.change()
    if (this.#life.state !== 'running') return this.#checkLeft()
    this.parts.checkpoints.touch(this.#checkpoint)
    this.#windows.look()
    this.#reading.resume()
    if (feed.feed === 'lagging') this.#catchUp.look()
    this.#checkFinished()
    this.parts.parent.moved(this)
  }

  saveRequested(lane: number, request: SaveRequest, saved: () => void): void {
    this.#rescue.hasBegun(lane)
    this.#checkpoint.take(lane, request, saved)
    this.parts.checkpoints.hurry(this.#checkpoint)
  }

  attemptFailed(lane: number, error: FunctionError): void {
    this.lanes.feeds[lane]!.lastError = error
    this.parts.parent.invoked(this, error)
  }

  hostLost(lanes: readonly number[], loss: HostLoss): void {
    this.#rescue.hostLost(lanes, loss, this.#life.state !== 'running')
    if (this.#life.state === 'running') this.#windows.look()
    this.#checkLeft()
  }

  #checkLeft(): void {
    if (this.#life.state === 'leaving' && this.lanes.allLeft()) this.#life.left()
  }

  // --- state ---------------------------------------------------------------------------------------------------

  /** D25: since the mapping was created. */
  ledger(): Ledger {
    return ledgerOf(this.counts(), this.#routed - this.#checkpoint.settledCount())
  }

  counts(): LedgerCounts {
    return this.#checkpoint.counts()
  }

  /** Reads since the last record that found none; the shard's end counts without limit. */
  get emptyReads(): number {
    return this.#end === 'open' ? this.#emptyReads : Number.POSITIVE_INFINITY
  }

  /** Every record that was read is settled. */
  get isDrained(): boolean {
    return this.lanes.isDrained
  }

  /** An open window whose time is over waits for its final call. */
  get isWindowDue(): boolean {
    return this.#windows.isDue
  }

  /** Everything that settled is durable. */
  get isSaved(): boolean {
    return this.#checkpoint.isSaved
  }

  /** Nothing that its lanes still do will count. */
  get isLost(): boolean {
    return this.#checkpoint.isClosed
  }

  /** Asks the source again, for {@link emptyReads}. */
  pollNow(): void {
    this.#emptyReads = 0
    this.#reading.pollNow()
  }

  get #isFinished(): boolean {
    return this.#end !== 'open' && this.lanes.isDrained && this.#windows.due === undefined
  }

  /** A closed shard ends when all of it is settled, and that is saved. */
  #checkFinished(): void {
    if (!this.#isFinished || this.#life.state !== 'running') return
    if (this.#end === 'closed') {
      this.#end = 'finished'
      this.#checkpoint.change()
      this.parts.checkpoints.hurry(this.#checkpoint)
    } else if (this.#checkpoint.isSaved) this.parts.parent.shardFinished(this)
  }
}
