import { type LaneFrontier, lowWaterMark } from '../../core/checkpoint/low-water-mark.ts'
import {
  type LaneGeneration,
  type ShardWindows,
  type StackEntry,
  unsettledStack,
} from '../../core/checkpoint/shard-state.ts'
import type { SequenceNumber } from '../../core/ids.ts'
import { type LaneRules, recordsAhead } from '../../core/lane/lane-rules.ts'
import type { LedgerCounts } from '../../core/ledger/ledger.ts'
import { addWork, NO_WORK, type WorkCounts } from '../../core/ledger/work-counts.ts'
import type { Page } from '../../ports/stream-source.ts'
import {
  BlockWord,
  FLIGHT_RUNNING,
  LANE_IDLE,
  LANE_QUEUED,
  LaneBlock,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import { CHUNK_BYTES, type Slab, type SlabBorrower } from '../lane-memory/slab.ts'
import { WindowMemory } from '../lane-memory/window-memory.ts'
import { LaneFeed } from './lane-feed.ts'

/** Read-ahead (D6). @unit bytes */
export type ReadAhead = { readonly lane: number; readonly shard: number; readonly process: number }

/** A full lane that has not moved for this long no longer holds up the others (D6). @unit ms */
const STUCK_MS = 200

export type LanesParts = {
  readonly factor: number
  readonly rules: LaneRules
  readonly slab: Slab
  readonly readAhead: ReadAhead
  readonly start: LaneFrontier
  readonly positions: readonly (SequenceNumber | null)[]
  readonly stacks: Readonly<Record<number, readonly StackEntry[]>>
  /** Of the first lane. */
  readonly windows: ShardWindows | undefined
  readonly sequenceOf: ((ordinal: number) => SequenceNumber) | undefined
  /** What this lane lacks has to be read again. */
  readonly fellBehind: (feed: LaneFeed) => void
}

/** All lanes of one shard, as the poller fills them. */
export class ShardLanes implements SlabBorrower {
  readonly block: LaneBlock
  readonly ringSize: number
  readonly feeds: readonly LaneFeed[]
  readonly factor: number
  readonly #parts: LanesParts
  readonly #aheadCount: number

  constructor(parts: LanesParts, now: number) {
    this.#parts = parts
    this.factor = parts.factor
    this.ringSize = 2 ** Math.ceil(Math.log2(parts.readAhead.lane / CHUNK_BYTES + 2))
    this.block = LaneBlock.allocate(parts.factor, this.ringSize)
    this.#aheadCount = recordsAhead(parts.rules)
    const memory = { block: this.block, slab: parts.slab }
    const hasWindows = parts.rules.tumblingWindowMs > 0 || parts.windows?.open !== undefined
    this.feeds = Array.from({ length: parts.factor }, (_, lane) => {
      const windows = hasWindows && lane === 0 ? { windows: WindowMemory.allocate() } : {}
      const feed = new LaneFeed(lane, { ...memory, ...windows }, parts.start, parts.sequenceOf)
      feed.position = parts.positions[lane] ?? null
      feed.stack = parts.stacks[lane] ?? []
      feed.movedAt = now
      return feed
    })
    const [first] = this.feeds
    first!.windows = parts.windows
    first!.publishWindows()
    parts.slab.lendTo(this)
  }

  get laneCount(): number {
    return this.factor
  }

  /** Room for more, with a lane that needs it. @source D6 */
  hasAppetite(now: number): boolean {
    let hungry = false
    let held = 0
    for (const feed of this.feeds) {
      held += feed.heldBytes
      if (feed.feed === 'lagging') continue
      const full = feed.heldBytes >= this.#parts.readAhead.lane
      if (!full && feed.queued < this.#aheadCount) hungry = true
      else if (full && hasMovedLately(feed, now)) return false
    }
    if (!hungry) return false
    const { slab, readAhead } = this.#parts
    if (held >= readAhead.shard) return this.giveBack(now)
    // The rest is for lanes that are read again: they must not starve while the others are fed.
    return slab.freeBytes > readAhead.process / 16 || slab.relieve(now)
  }

  spareBytes(now: number): number {
    return this.#stuckLane(now)?.heldBytes ?? 0
  }

  giveBack(now: number): boolean {
    const feed = this.#stuckLane(now)
    if (!feed) return false
    const hasFreed = feed.truncate()
    if (feed.feed === 'lagging') this.#parts.fellBehind(feed)
    return hasFreed
  }

  /** The lane that holds most of those that do not move and hold more than they need, or more than their share. */
  #stuckLane(now: number): LaneFeed | undefined {
    const shareBytes = this.#parts.slab.fairShareBytes
    let fullest: LaneFeed | undefined
    for (const feed of this.feeds) {
      const { heldBytes } = feed
      if (hasMovedLately(feed, now) || heldBytes <= CHUNK_BYTES || !feed.hasSpare) continue
      const isGreedy = feed.queued >= this.#aheadCount || heldBytes > shareBytes
      if (isGreedy && heldBytes > (fullest?.heldBytes ?? 0)) fullest = feed
    }
    return fullest
  }

  /** The lane of a record. */
  feedOf(page: Page, index: number): LaneFeed {
    return this.feeds[page.orderHashes[index]! % this.factor]!
  }

  /** Puts a record into its lane; a lane without room falls behind. @param before where the reading stood. */
  feed(page: Page, index: number, ordinal: number, before: LaneFrontier): void {
    const feed = this.feedOf(page, index)
    if (feed.feed === 'lagging' || feed.append(page, index, ordinal, before)) return
    feed.fallBehind(before)
    this.#parts.fellBehind(feed)
  }

  /** Whether a lane that is read again should be given more now. */
  isHungry(feed: LaneFeed): boolean {
    return feed.queued < this.#aheadCount && feed.heldBytes < this.#parts.slab.fairShareBytes
  }

  /** Publishes what was fed. */
  publish(): void {
    for (const feed of this.feeds) feed.publish()
  }

  setMoreComing(more: boolean): void {
    Atomics.store(this.block.words, BlockWord.moreComing, more ? 1 : 0)
  }

  setLeaving(): void {
    Atomics.store(this.block.words, BlockWord.leaving, 1)
  }

  /** Lagging lanes that have room again. */
  hungryLaggards(): readonly LaneFeed[] {
    return this.feeds.filter((feed) => feed.feed === 'lagging' && this.isHungry(feed))
  }

  get isDrained(): boolean {
    return this.feeds.every((feed) => feed.isDrained)
  }

  mark(read: LaneFrontier): LaneFrontier {
    return lowWaterMark(this.feeds.map((feed) => feed.frontier(read)))
  }

  generation(): LaneGeneration {
    return { factor: this.factor, positions: this.feeds.map((feed) => feed.position) }
  }

  /** Batches in hand by lane, without those that settled since. */
  stacks(): Readonly<Record<number, readonly StackEntry[]>> {
    const stacks: Record<number, readonly StackEntry[]> = {}
    for (const feed of this.feeds) {
      const stack = unsettledStack(feed.stack, feed.position)
      if (stack.length > 0) stacks[feed.lane] = stack
    }
    return stacks
  }

  /** No host has a lane, and none will take one. */
  allLeft(): boolean {
    return this.feeds.every(({ lane }) => {
      this.block.swap(lane, LaneWord.owner, LANE_QUEUED, LANE_IDLE)
      return this.block.load(lane, LaneWord.owner) === LANE_IDLE
    })
  }

  /** What was settled since the lanes were made. `sent` and `dropped` are the poller's to count. */
  counts(base: LedgerCounts): LedgerCounts {
    let { delivered, filtered, retries, splits, invocations } = base
    for (const { progress } of this.feeds) {
      delivered += progress.delivered
      filtered += progress.filtered
      retries += progress.retries
      splits += progress.splits
      invocations += progress.invocations
    }
    const { sent, dropped } = base
    return { delivered, filtered, sent, dropped, retries, splits, invocations }
  }

  /** What invocations came to since the lanes were made. */
  work(): WorkCounts {
    let work = NO_WORK
    for (const { lane, progress } of this.feeds) {
      const { invoked, failed, errors, durationMs } = progress
      const throttles = this.block.load(lane, LaneWord.throttles) >>> 0
      work = addWork(work, { invoked, failed, errors, throttles, durationMs })
    }
    return work
  }

  /** Lanes whose function runs now. */
  get runningCount(): number {
    const isRunning = ({ lane }: LaneFeed) =>
      this.block.load(lane, LaneWord.inFlight) === FLIGHT_RUNNING
    return this.feeds.filter(isRunning).length
  }

  /** Gives all chunks back: the lanes are over. */
  free(): void {
    this.#parts.slab.endLoan(this)
    for (const feed of this.feeds) feed.free()
  }
}

/** A time that lies ahead is one of before the clock was put back: it says nothing, and must not hold up the others. */
function hasMovedLately({ movedAt }: LaneFeed, now: number): boolean {
  return movedAt <= now && now - movedAt < STUCK_MS
}
