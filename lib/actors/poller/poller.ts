import type { LaneFrontier } from '../../core/checkpoint/low-water-mark.ts'
import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import { type Ledger, type LedgerCounts, ledgerOf } from '../../core/ledger/ledger.ts'
import { isOutdated, NO_WINDOWS } from '../../core/window/tumbling-window.ts'
import type { LaneBlock } from '../lane-memory/lane-block.ts'
import type { HostLoss, SaveRequest, ShardListener } from '../pool/open-shards.ts'
import type { AttemptFailure } from '../protocol.ts'
import type { LaneFeed } from './lane-feed.ts'
import { LaneRescue } from './lane-rescue.ts'
import type { Poller, PollerParts } from './poller-parts.ts'
import { SettledBefore } from './settled-before.ts'
import { ShardCheckpoint } from './shard-checkpoint.ts'
import { ShardIntake } from './shard-intake.ts'
import { ShardLanes } from './shard-lanes.ts'
import { WindowCloser } from './window-closer.ts'

/**
 * D15: how long attempts are written ahead after a stop that was not clean. Longer than what can have settled since
 * the last checkpoint takes to settle again, or a record behind it would kill the process once more unwritten. @unit ms
 */
const CAUTION_MS = 1000

type Life =
  | { readonly state: 'running' }
  /** Nothing new begins; `left` is called when no host has a lane any more. */
  | { readonly state: 'leaving'; readonly left: () => void }
  | { readonly state: 'over' }

/** Reads one shard, routes its records to lanes, and makes durable what they settled. */
export class PollerActor implements Poller, ShardListener {
  readonly parts: PollerParts
  readonly lanes: ShardLanes
  readonly handle: number
  readonly intake: ShardIntake
  readonly rescue: LaneRescue
  readonly #before: SettledBefore
  readonly #checkpoint: ShardCheckpoint
  readonly #windows: WindowCloser
  #life: Life = { state: 'running' }
  #stop: Promise<void> | undefined
  #end: 'open' | 'closed' | 'finished' = 'open'

  constructor(parts: PollerParts) {
    this.parts = parts
    const { state, factor, clock, rules, slab, readAhead, sequenceOf } = parts
    const { mark } = state
    this.#before = new SettledBefore(state, factor)
    const start = {
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
      start,
      positions,
      stacks,
      windows: state.windows,
      sequenceOf,
      fellBehind: (feed: LaneFeed) => this.intake.fellBehind(feed),
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
    this.rescue = new LaneRescue(this.lanes, parts.pool, this.handle)
    this.intake = this.#openIntake(start)
    this.#windows = this.#watchWindows()
  }

  get block(): LaneBlock {
    return this.lanes.block
  }

  start(): void {
    this.intake.resume()
    this.#windows.look()
  }

  /** Lets running invocations end, starts nothing new, saves. Resolves when all of that is done. May be called twice. */
  stop(): Promise<void> {
    this.#stop ??= this.#leave()
    return this.#stop
  }

  async #leave(): Promise<void> {
    const { checkpoints, pool, parent } = this.parts
    this.intake.stop()
    this.#windows.stop()
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
    parent.ended(this)
    this.lanes.free()
  }

  // --- reading -------------------------------------------------------------------------------------------------

  #openIntake(start: LaneFrontier): ShardIntake {
    return new ShardIntake({
      poller: this,
      parts: this.parts,
      lanes: this.lanes,
      before: this.#before,
      start,
      holds: (feed) => this.rescue.holds(feed),
      ready: (lane) => this.parts.pool.ready(this.handle, lane),
      cameToTip: (askedAt) => {
        this.#windows.cameToTip(askedAt)
        this.parts.parent.readSucceeded(this)
        this.parts.parent.moved(this)
      },
      cameToEnd: () => {
        this.#end = 'closed'
        this.#windows.look()
        this.#checkFinished()
      },
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
      read: () => this.intake.read,
      isFinished: () => this.#isFinished,
      saved: (discards) => {
        if (discards > 0) parent.batchesGivenUp(this)
        // After a stop its timer would outlive the engine.
        if (this.#life.state === 'running') this.#windows.look()
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
      pollNow: () => this.intake.pollNow(),
      request: () => {
        if (this.#life.state === 'running') pool.ready(this.handle, 0)
      },
    })
  }

  // --- lanes ---------------------------------------------------------------------------------------------------

  laneSettled(lane: number): void {
    const feed = this.lanes.feeds[lane]!
    const { invocations } = feed.progress
    this.rescue.hasBegun(lane)
    feed.settle()
    feed.movedAt = this.parts.clock.now()
    if (feed.progress.invocations > invocations) this.parts.parent.invoked(this, undefined)
    this.#checkpoint.change()
    if (this.#life.state !== 'running') return this.#checkLeft()
    this.parts.checkpoints.touch(this.#checkpoint)
    this.#windows.look()
    this.intake.resumeFor(feed)
    this.#checkFinished()
    this.parts.parent.moved(this)
  }

  saveRequested(lane: number, request: SaveRequest, saved: () => void): void {
    this.rescue.hasBegun(lane)
    this.#checkpoint.take(lane, request, saved)
    this.parts.checkpoints.hurry(this.#checkpoint)
  }

  attemptFailed(lane: number, failure: AttemptFailure): void {
    this.lanes.feeds[lane]!.attemptFailed(failure, this.parts.clock.now())
    this.parts.parent.invoked(this, failure.error)
  }

  hostLost(lanes: readonly number[], loss: HostLoss): void {
    this.rescue.hostLost(lanes, loss, this.#life.state !== 'running')
    if (this.#life.state === 'running') this.#windows.look()
    this.#checkLeft()
  }

  #checkLeft(): void {
    if (this.#life.state === 'leaving' && this.lanes.allLeft()) this.#life.left()
  }

  // --- state ---------------------------------------------------------------------------------------------------

  /** D25: since the mapping was created. */
  ledger(): Ledger {
    return ledgerOf(this.counts(), this.intake.routed - this.#checkpoint.settledCount())
  }

  counts(): LedgerCounts {
    return this.#checkpoint.counts()
  }

  /** Reads since the last record that found none; the shard's end counts without limit. */
  get emptyReads(): number {
    return this.#end === 'open' ? this.intake.emptyReads : Number.POSITIVE_INFINITY
  }

  /** The shard is closed and was read to its end. */
  get isReadToEnd(): boolean {
    return this.#end !== 'open'
  }

  /** Nothing new begins. */
  get isLeft(): boolean {
    return this.#life.state !== 'running'
  }

  /** Every record that was read is settled. */
  get isDrained(): boolean {
    return this.lanes.isDrained
  }

  /** An open window whose time is over waits for its final call. */
  get isWindowDue(): boolean {
    return this.#windows.isDue
  }

  /** What the store holds of the shard. */
  get durable(): ShardState {
    return this.#checkpoint.durable
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
    this.intake.countAgain()
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
