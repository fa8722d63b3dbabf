import type { LaneFrontier } from '../../core/checkpoint/low-water-mark.ts'
import type { Page, ReadStart, SourceFailure } from '../../ports/stream-source.ts'
import type { LaneFeed } from './lane-feed.ts'
import type { ShardLanes } from './shard-lanes.ts'
import { type PageTaker, type ReadingParts, ShardReading } from './shard-reading.ts'

export type CatchUpParts = {
  readonly lanes: ShardLanes
  readonly clock: ReadingParts['clock']
  readonly random: ReadingParts['random']
  readonly pace: ReadingParts['pace']
  openReader(start: ReadStart): ReadingParts['reader']
  /** Where to begin for records after this position of a lane. */
  startAfter(position: LaneFrontier): ReadStart
  /** Where the poller's own reading stands. */
  read(): LaneFrontier
  /** The order in which it is read again differs from before: only a restart can tell the records apart. */
  lost(): void
  failed(failure: SourceFailure): void
  isSkipped(page: Page, index: number): boolean
  /** The poller reads no more. */
  isOver(): boolean
  fed(): void
}

/**
 * Reads a shard again for lanes that fell behind (D6): one reader a shard, only while such a lane has room. Each reading
 * begins where the lane that is furthest behind stands, and serves those in front of it as it comes to them.
 */
export class CatchUp implements PageTaker {
  readonly #parts: CatchUpParts
  #reading: ShardReading | undefined
  #ordinal = 0
  /** Lanes that have lacked nothing since this reading began. */
  readonly #served = new Set<LaneFeed>()
  /** Lanes that had no room for the next record: they are asked again when something has moved. */
  readonly #refused = new Set<LaneFeed>()

  constructor(parts: CatchUpParts) {
    this.#parts = parts
  }

  /** A lane may have room again. */
  look(): void {
    this.#refused.clear()
    if (this.#reading) this.#reading.resume()
    else this.#begin()
  }

  stop(): void {
    this.#reading?.stop()
    this.#reading = undefined
    this.#served.clear()
  }

  /** What this lane lacks lies elsewhere now. */
  forget(feed: LaneFeed): void {
    this.#served.delete(feed)
  }

  #begin(): void {
    const hungry = this.#parts.lanes.hungryLaggards().filter((feed) => !this.#refused.has(feed))
    const [first] = hungry
    if (!first) return
    const furthest = hungry.reduce((a, b) => (b.fedOrdinal < a.fedOrdinal ? b : a), first)
    const from = furthest.fedTo
    for (const feed of hungry) this.#served.add(feed)
    this.#ordinal = from.ordinal
    const reader = this.#parts.openReader(this.#parts.startAfter(from))
    const { pace, clock, random } = this.#parts
    this.#reading = new ShardReading({ reader, pace, clock, random, taker: this })
    this.#reading.resume()
  }

  wantsPage(): boolean {
    for (const { fedOrdinal } of this.#served) if (fedOrdinal <= this.#ordinal) return true
    this.#endReading()
    return false
  }

  /** Nothing of what was read is kept. Lanes further on have their turn without all that lies between. */
  #endReading(): void {
    const others = this.#served.size > 0
    this.stop()
    if (others) this.#parts.clock.soon(() => this.#next())
  }

  #next(): void {
    if (!this.#reading && !this.#parts.isOver()) this.#begin()
  }

  takePage(page: Page): void {
    const base = page.firstOrdinal ?? this.#ordinal + 1
    const end = this.#parts.read().ordinal
    for (let i = 0; i < page.count && base + i <= end; i++) this.#feed(page, i, base + i)
    this.#ordinal = Math.min(base + page.count - 1, end)
    for (const feed of this.#served) if (!this.#parts.lanes.isHungry(feed)) this.#leaveOut(feed)
    if (this.#ordinal >= end) this.#caughtUp()
    this.#parts.fed()
  }

  #feed(page: Page, index: number, ordinal: number): void {
    const feed = this.#parts.lanes.feedOf(page, index)
    if (!this.#served.has(feed) || ordinal <= feed.fedOrdinal) return
    if (this.#parts.isSkipped(page, index) || feed.append(page, index, ordinal, undefined)) return
    this.#refused.add(feed)
    this.#served.delete(feed)
  }

  /** It has enough for now; what the poller has read to the end it lacks no more. */
  #leaveOut(feed: LaneFeed): void {
    if (this.#ordinal < this.#parts.read().ordinal) this.#served.delete(feed)
  }

  #caughtUp(): void {
    for (const feed of this.#served) feed.feed = 'following'
    this.stop()
    this.#parts.clock.soon(() => this.#next())
  }

  paused(): void {}

  cameToTip(): void {
    this.#atEnd()
  }

  shardClosed(): void {
    this.#reading = undefined
    this.#atEnd()
  }

  /** The source shows no more than the poller has read: everything was fed. */
  #atEnd(): void {
    if (this.#ordinal >= this.#parts.read().ordinal) this.#caughtUp()
    this.#parts.fed()
  }

  trimmed(): void {
    this.stop()
    this.#parts.lost()
  }

  readFailed(failure: SourceFailure): void {
    this.#parts.failed(failure)
  }
}
