import { type LaneFrontier, lowWaterMark } from '../core/checkpoint/low-water-mark.ts'
import {
  type LaneGeneration,
  type StackEntry,
  unsettledStack,
} from '../core/checkpoint/shard-state.ts'
import type { SequenceNumber } from '../core/ids.ts'
import type { LaneRules } from '../core/lane/lane-rules.ts'
import { addCounts, type LedgerCounts } from '../core/ledger/ledger.ts'
import type { Page } from '../ports/stream-source.ts'
import { LaneFeed } from './lane-feed.ts'
import { BlockWord, LANE_IDLE, LANE_QUEUED, LaneBlock, LaneWord } from './lane-memory/lane-block.ts'
import { CHUNK_BYTES, type Slab } from './lane-memory/slab.ts'

/** Read-ahead (D6). @unit bytes */
export type ReadAhead = { readonly lane: number; readonly shard: number; readonly process: number }

/** A lane with fewer records than this many batches wants more. */
const BATCHES_AHEAD = 4
const RECORDS_AHEAD_MIN = 512
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
  readonly sequenceOf: ((ordinal: number) => SequenceNumber) | undefined
}

/** All lanes of one shard, as the poller fills them. */
export class ShardLanes {
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
    this.#aheadCount = Math.max(BATCHES_AHEAD * parts.rules.batchSize, RECORDS_AHEAD_MIN)
    this.feeds = Array.from({ length: parts.factor }, (_, lane) => {
      const feed = new LaneFeed(
        lane,
        { block: this.block, slab: parts.slab },
        parts.start,
        parts.sequenceOf,
      )
      feed.position = parts.positions[lane] ?? null
      feed.stack = parts.stacks[lane] ?? []
      feed.movedAt = now
      return feed
    })
  }

  /** Room for more, with a lane that needs it. @source D6 */
  hasAppetite(now: number): boolean {
    let hungry = false
    let held = 0
    for (const feed of this.feeds) {
      held += feed.heldBytes
      if (feed.feed.state === 'lagging') continue
      const full = feed.heldBytes >= this.#parts.readAhead.lane
      if (!full && feed.queued < this.#aheadCount) hungry = true
      else if (full && now - feed.movedAt < STUCK_MS) return false
    }
    if (!hungry) return false
    return this.#hasMemory(held) || this.#relieve(now)
  }

  #hasMemory(held: number): boolean {
    const { slab, readAhead } = this.#parts
    return held < readAhead.shard && slab.freeBytes > readAhead.process / 16
  }

  /** Takes back what the fullest stuck lane holds. @returns whether that made room. */
  #relieve(now: number): boolean {
    let fullest: LaneFeed | undefined
    for (const feed of this.feeds) {
      const stuck = feed.queued >= this.#aheadCount && now - feed.movedAt >= STUCK_MS
      if (stuck && feed.heldBytes > (fullest?.heldBytes ?? CHUNK_BYTES)) fullest = feed
    }
    return fullest?.truncate() ?? false
  }

  /** Puts a record into its lane; a lane without room falls behind. */
  feed(page: Page, index: number, ordinal: number, read: LaneFrontier): void {
    const feed = this.feeds[page.orderHashes[index]! % this.factor]!
    if (feed.feed.state === 'lagging') return
    if (!feed.append(page, index, ordinal, read)) feed.fallBehind(page, index, ordinal, read)
  }

  /** Puts a record that is read again into its lane, if that one lags; one without room is passed from then on. */
  feedAgain(page: Page, index: number, ordinal: number): void {
    const lane = this.feeds[page.orderHashes[index]! % this.factor]!
    const { feed } = lane
    if (feed.state !== 'lagging' || feed.isPassed || ordinal <= feed.after) return
    const isPassed = !lane.append(page, index, ordinal, undefined)
    lane.feed = { state: 'lagging', after: isPassed ? feed.after : ordinal, isPassed }
  }

  /** A reading for lagging lanes begins: at the front, where each of them can join. */
  beginCatchUp(): void {
    for (const lane of this.feeds)
      if (lane.feed.state === 'lagging') lane.feed = { ...lane.feed, isPassed: false }
  }

  /** Lagging lanes got all that the poller has read, but for those that were passed. @returns whether there are such. */
  endCatchUp(): boolean {
    let isPassed = false
    for (const lane of this.feeds) {
      if (lane.feed.state === 'lagging' && lane.feed.isPassed) isPassed = true
      else lane.feed = { state: 'following' }
    }
    return isPassed
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

  /** Some lagging lane has room and wants more, and its turn in the reading that is under way is not over. */
  get hasHungryLaggards(): boolean {
    const { lane: laneBytesMax } = this.#parts.readAhead
    const held = this.feeds.reduce((sum, { heldBytes }) => sum + heldBytes, 0)
    if (!this.#hasMemory(held)) return false
    return this.feeds.some(
      ({ feed, queued, heldBytes }) =>
        feed.state === 'lagging' &&
        !feed.isPassed &&
        queued < this.#aheadCount &&
        heldBytes < laneBytesMax,
    )
  }

  get hasLaggards(): boolean {
    return this.feeds.some(({ feed }) => feed.state === 'lagging')
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
    let sum = base
    for (const { progress } of this.feeds)
      sum = addCounts(sum, { ...progress, sent: 0, dropped: 0 })
    return sum
  }

  /** Gives all chunks back: the lanes are over. */
  free(): void {
    for (const feed of this.feeds) feed.free()
  }
}
