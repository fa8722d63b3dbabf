import type { LaneFrontier } from '../../core/checkpoint/low-water-mark.ts'
import type { EpochMs } from '../../core/ids.ts'
import { recordsForBatch } from '../../core/lane/lane-rules.ts'
import type { Page, ReadStart, SourceFailure } from '../../ports/stream-source.ts'
import { CatchUp } from './catch-up.ts'
import type { LaneFeed } from './lane-feed.ts'
import type { Poller, PollerParts } from './poller-parts.ts'
import type { SettledBefore } from './settled-before.ts'
import type { ShardLanes } from './shard-lanes.ts'
import { type PageTaker, ShardReading } from './shard-reading.ts'

/** How long a reader without room waits before it looks again, if nothing else happens. @unit ms */
const LOOK_AGAIN_MS = 100

export type IntakeParts = {
  readonly poller: Poller
  readonly parts: PollerParts
  readonly lanes: ShardLanes
  readonly before: SettledBefore
  /** Where reading begins. */
  readonly start: LaneFrontier
  /** The lane waits for records of batches that it holds: it is not to be handed out. */
  holds(feed: LaneFeed): boolean
  /** A lane has enough: a host may take it. */
  ready(lane: number): void
  /** The source had nothing more when it was asked. @unit epoch ms */
  cameToTip(askedAt: number): void
  /** The shard is closed and was read to its end. */
  cameToEnd(): void
}

/** Reads a shard and routes its records to lanes: for the first time, and again for lanes that fell behind. */
export class ShardIntake implements PageTaker {
  readonly #intake: IntakeParts
  readonly #reading: ShardReading
  readonly #catchUp: CatchUp
  #read: LaneFrontier
  #structureCount = 0
  /** Records read and not settled before, since the start. */
  #routed = 0
  #emptyReads = 0
  #tipSeenAt: number | undefined
  #isFull = false
  #isOver = false
  #takeBackLook: (() => void) | undefined

  constructor(intake: IntakeParts) {
    this.#intake = intake
    this.#read = intake.start
    this.#reading = this.#openReading()
    this.#catchUp = this.#openCatchUp()
  }

  /** The last record that was read. */
  get read(): LaneFrontier {
    return this.#read
  }

  /** Records read and not settled before, since the start. */
  get routed(): number {
    return this.#routed
  }

  /** Reads since the last record that found none. */
  get emptyReads(): number {
    return this.#emptyReads
  }

  /** When the source was last asked and had nothing more. @unit epoch ms */
  get tipSeenAt(): number | undefined {
    return this.#tipSeenAt
  }

  /** Nothing is read now for want of room. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** There may be room again. */
  resume(): void {
    this.#reading.resume()
  }

  /** This lane may have room again. */
  resumeFor({ feed }: LaneFeed): void {
    this.#reading.resume()
    if (feed === 'lagging') this.#catchUp.look()
  }

  /** Asks the source again, though the last answer was empty. */
  pollNow(): void {
    this.#reading.pollNow()
  }

  /** The same, and forgets how often it had none. */
  countAgain(): void {
    this.#emptyReads = 0
    this.#reading.pollNow()
  }

  stop(): void {
    this.#isOver = true
    this.#reading.stop()
    this.#catchUp.stop()
    this.#takeBackLook?.()
  }

  /** What this lane lacks has to be read again. */
  fellBehind(feed: LaneFeed): void {
    this.#catchUp.forget(feed)
    this.#lookAgain()
  }

  // --- PageTaker -----------------------------------------------------------------------------------------------

  wantsPage(): boolean {
    const { lanes, parts } = this.#intake
    this.#isFull = !lanes.hasAppetite(parts.clock.now())
    if (this.#isFull) this.#lookAgain()
    return !this.#isFull
  }

  takePage(page: Page): void {
    const { lanes, before, parts, poller } = this.#intake
    this.#emptyReads = 0
    this.#learnStructures(page)
    const base = page.firstOrdinal ?? this.#read.ordinal + 1
    const mayBeSettled = before.reachesBeyond(this.#read.sequenceNumber)
    for (let i = 0; i < page.count; i++) {
      if (mayBeSettled && before.covers(page, i)) continue
      lanes.feed(page, i, base + i, this.#read)
      this.#routed++
    }
    const last = page.count - 1
    this.#read = { ordinal: base + last, sequenceNumber: page.sequenceNumberAt(last) }
    lanes.setMoreComing(true)
    this.#announce()
    parts.parent.readSucceeded(poller)
  }

  paused(): void {
    this.#intake.lanes.setMoreComing(false)
    this.#announce()
  }

  cameToTip(askedAt: number): void {
    this.#emptyReads++
    this.#tipSeenAt = askedAt
    this.#intake.cameToTip(askedAt)
  }

  shardClosed(): void {
    this.#intake.cameToEnd()
  }

  trimmed(): void {
    const { parts, poller } = this.#intake
    parts.parent.recordsTrimmed(poller)
  }

  readFailed(failure: SourceFailure): void {
    const { parts, poller } = this.#intake
    parts.parent.readFailed(poller, failure)
  }

  #openReading(): ShardReading {
    const { source, address, clock, random } = this.#intake.parts
    const reader = source.openReader(address.shardId, this.#startAfter(this.#read))
    return new ShardReading({ reader, pace: source.pace, clock, random, taker: this })
  }

  #openCatchUp(): CatchUp {
    const { lanes, before, poller, parts } = this.#intake
    const { source, address, clock, random, parent } = parts
    return new CatchUp({
      lanes,
      clock,
      random,
      pace: source.pace,
      openReader: (start) => source.openReader(address.shardId, start),
      startAfter: (position) => this.#startAfter(position),
      read: () => this.#read,
      lost: () => {
        const lost = new Error('the source trimmed records that a lane still had to read')
        parent.pollerFailed(poller, lost)
      },
      failed: (failure) => parent.readFailed(poller, failure),
      isSkipped: (page, index) => before.covers(page, index),
      isOver: () => this.#isOver,
      fed: () => this.#announce(),
    })
  }

  #startAfter({ sequenceNumber }: LaneFrontier): ReadStart {
    if (sequenceNumber !== null) return { type: 'after', sequenceNumber }
    const { start } = this.#intake.parts.state
    return start.type === 'stamped-since'
      ? { type: start.type, time: start.time as EpochMs }
      : start
  }

  #learnStructures(page: Page): void {
    if (page.structureCount <= this.#structureCount) return
    const { pool, source, address } = this.#intake.parts
    const structures = source.structures()
    this.#structureCount = structures.length
    pool.structuresGrew(address.streamArn, structures)
  }

  /** Publishes what was fed; lanes with enough go to the hosts. */
  #announce(): void {
    const { lanes, parts, holds, ready } = this.#intake
    lanes.publish()
    const wanted = recordsForBatch(parts.rules)
    const more = lanes.block.isMoreComing()
    for (const feed of lanes.feeds) {
      const { queued } = feed
      if (holds(feed) || queued === 0) continue
      if (!more || queued >= wanted) ready(feed.lane)
    }
  }

  #lookAgain(): void {
    if (this.#takeBackLook || this.#isOver) return
    const { clock } = this.#intake.parts
    const due = (clock.now() + LOOK_AGAIN_MS) as EpochMs
    this.#takeBackLook = clock.at(due, () => {
      this.#takeBackLook = undefined
      this.#reading.resume()
      this.#catchUp.look()
      // A lane that lags may have nothing in hand whose end would bring us back here.
      if (this.#intake.lanes.hungryLaggards().length > 0) this.#lookAgain()
    })
  }
}
