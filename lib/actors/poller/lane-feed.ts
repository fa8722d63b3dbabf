import type { LaneFrontier } from '../../core/checkpoint/low-water-mark.ts'
import type { ShardWindows, StackEntry } from '../../core/checkpoint/shard-state.ts'
import type { LaneBlockage } from '../../core/explanation/explanation.ts'
import { compareSequenceNumbers, type SequenceNumber } from '../../core/ids.ts'
import type { Page } from '../../ports/stream-source.ts'
import {
  CUT_FREE,
  CUT_TRUNCATING,
  FLIGHT_NONE,
  FlightDouble,
  HANDED_OVER,
  LANE_IDLE,
  type LaneBlock,
  type LaneProgress,
  LaneWord,
  newProgress,
} from '../lane-memory/lane-block.ts'
import { LaneWriter } from '../lane-memory/lane-writer.ts'
import type { Slab } from '../lane-memory/slab.ts'
import type { WindowMemory } from '../lane-memory/window-memory.ts'
import type { AttemptFailure } from '../protocol.ts'
import { SequenceLog } from './sequence-log.ts'

/** @see LaneBlockage; `ordinal` is of the record that it is about, or of the one behind a final call. */
type Blockage = LaneBlockage & { readonly ordinal: number }

/**
 * Where a lane's records come from now: `following` takes them from the poller's own reading, `lagging` was too far
 * behind (D6), and what lies behind its `fedTo` is read again for it when it has room.
 */
export type FeedState = 'following' | 'lagging'

export type LaneMemory = {
  readonly block: LaneBlock
  readonly slab: Slab
  readonly windows?: WindowMemory
}

/** The poller's side of one lane: what it was fed, and how far it has settled. */
export class LaneFeed {
  readonly lane: number
  feed: FeedState = 'following'
  /** As last published, or as saved ahead of that. */
  readonly progress: LaneProgress = newProgress()
  /** Batches in hand, as last saved (D15). */
  stack: readonly StackEntry[] = []
  /** Its tumbling windows, as last saved. */
  windows: ShardWindows | undefined
  readonly windowMemory: WindowMemory | undefined
  /** Until when its owner backs off, as last saved. @unit epoch ms */
  resumeAt = 0
  #blockage: Blockage | undefined
  /** When it last settled, or was empty. @unit epoch ms */
  movedAt = 0
  readonly #block: LaneBlock
  readonly #writer: LaneWriter
  readonly #log: SequenceLog | undefined
  readonly #sequenceOf: ((ordinal: number) => SequenceNumber) | undefined
  /** Settled position in the stream; `null` before the first. */
  position: SequenceNumber | null = null
  /** Everything of this lane up to here is settled. */
  #frontier: LaneFrontier
  readonly #published = newProgress()
  /** Ordinal of the last record that it was fed and that was not taken back. */
  #lastFed = 0

  constructor(
    lane: number,
    memory: LaneMemory,
    start: LaneFrontier,
    sequenceOf: ((ordinal: number) => SequenceNumber) | undefined,
  ) {
    this.lane = lane
    this.#block = memory.block
    this.#writer = new LaneWriter(memory.block, lane, memory.slab)
    this.#frontier = start
    this.#sequenceOf = sequenceOf
    this.#log = sequenceOf ? undefined : new SequenceLog()
    this.windowMemory = memory.windows
    this.progress.settledOrdinal = start.ordinal
    memory.block.publish(lane, this.progress)
  }

  /** Why its first record does not settle, where attempts with it failed; or a final call does not succeed. */
  get blockage(): LaneBlockage | undefined {
    const blockage = this.#blockage
    if (!blockage) return undefined
    const { ordinal, ...facts } = blockage
    const isOver = facts.key
      ? this.progress.settledOrdinal >= ordinal
      : this.windows?.final === undefined
    return isOver ? undefined : facts
  }

  /** @param at when that became known. @unit epoch ms */
  attemptFailed({ error, ordinal, first }: AttemptFailure, at: number): void {
    const before = this.blockage
    const isSame = before !== undefined && before.sequenceNumber === first?.sequenceNumber
    this.#blockage = { since: isSame ? before.since : at, error, ordinal, ...first }
  }

  /** Records that were fed and are not settled. */
  get queued(): number {
    return (this.#writer.tailCount - this.progress.settledCount) >>> 0
  }

  /** Of those, the ones that are in an invocation's hands, or will be in the next one's. */
  get #inHandCount(): number {
    const taken = this.#block.load(this.lane, LaneWord.taken)
    const count = (taken - this.progress.settledCount) >>> 0
    // What a lane had taken before it last settled says nothing.
    return count <= this.queued ? count : 0
  }

  /** Whether {@link truncate} would find anything. */
  get hasSpare(): boolean {
    return this.#block.lastTaken(this.lane) !== HANDED_OVER && this.queued > this.#inHandCount
  }

  /** Batches in hand go to a new owner: their records must be there when it looks for them. */
  handOver(): void {
    this.#block.setFlight(this.lane, FlightDouble.lastTaken, HANDED_OVER)
  }

  get heldBytes(): number {
    return this.#writer.heldBytes
  }

  /** Nothing of what this lane was fed, or still has to be fed, is unsettled. */
  get isDrained(): boolean {
    return this.queued === 0 && this.feed === 'following'
  }

  /**
   * @param read Where the poller's reading stood before this page.
   * @returns false when there is no room.
   */
  append(page: Page, index: number, ordinal: number, read: LaneFrontier | undefined): boolean {
    const wasEmpty = this.queued === 0
    if (!this.#writer.append(page, index, ordinal)) return false
    if (wasEmpty && read)
      this.#moveFrontier(index === 0 ? read : frontierAt(page, index - 1, ordinal - 1))
    this.#log?.push(ordinal, page.sequenceNumberAt(index))
    this.#lastFed = ordinal
    return true
  }

  #moveFrontier(frontier: LaneFrontier): void {
    if (frontier.ordinal > this.#frontier.ordinal) this.#frontier = frontier
  }

  /** Up to where this lane was fed: it lacks nothing before. */
  get fedTo(): LaneFrontier {
    const ordinal = this.#lastFed
    if (ordinal <= this.#frontier.ordinal) return this.#frontier
    const sequenceNumber = this.#sequenceOf?.(ordinal) ?? this.#log?.last
    return sequenceNumber === undefined ? this.#frontier : { ordinal, sequenceNumber }
  }

  /** Ordinal of {@link fedTo}. */
  get fedOrdinal(): number {
    return Math.max(this.#lastFed, this.#frontier.ordinal)
  }

  /** Whether the lane was fed a record at or behind this one. */
  hasFed(sequenceNumber: SequenceNumber): boolean {
    const last = this.fedTo.sequenceNumber
    return last !== null && compareSequenceNumbers(last, sequenceNumber) >= 0
  }

  publish(): void {
    this.#writer.publish()
  }

  /** Takes over the progress that the owner published, and frees what it settled. */
  settle(): void {
    const published = this.#block.progress(this.lane, this.#published)
    this.#writer.release(published.settledUnits)
    // A save runs ahead of its publication: what is known already does not go back.
    const { progress } = this
    const older =
      published.settledOrdinal < progress.settledOrdinal ||
      published.invocations < progress.invocations
    if (!older) this.adopt(published)
  }

  /**
   * The lane's owner is dead. What it had saved and not yet published is published in its place, or its records would
   * be handed out once more.
   * @param running its function was called and has not answered: counted here, as it cannot publish that.
   */
  takeOver(running: boolean): void {
    const { lane, progress } = this
    const block = this.#block
    this.settle()
    if (running) {
      progress.invocations++
      progress.errors++
      if (block.load(lane, LaneWord.attempt) > 1) progress.retries++
    }
    block.publish(lane, progress)
    this.publishWindows()
    this.#writer.release(progress.settledUnits)
    block.store(lane, LaneWord.cut, CUT_FREE)
    block.store(lane, LaneWord.inFlight, FLIGHT_NONE)
    // It may have died between saying that it settled and standing in the queue.
    block.store(lane, LaneWord.reported, 0)
    block.store(lane, LaneWord.owner, LANE_IDLE)
  }

  /** Nothing more comes for its open window. */
  setWindowOver(): void {
    this.#block.store(this.lane, LaneWord.windowOver, 1)
  }

  /** Tells its next owner of its windows; only while it has none. */
  publishWindows(): void {
    if (this.windows) this.windowMemory?.write(this.windows)
  }

  /** Takes over progress that is about to be saved; its memory is freed when it is published. */
  adopt(progress: LaneProgress): void {
    Object.assign(this.progress, progress)
    const ordinal = progress.settledOrdinal
    if (ordinal <= this.#frontier.ordinal && this.position !== null) return
    const position =
      this.#sequenceOf && ordinal > 0 ? this.#sequenceOf(ordinal) : this.#log?.passTo(ordinal)
    if (!position) return
    this.position = position
    this.#moveFrontier({ ordinal, sequenceNumber: position })
  }

  /** D4: where the lane stands, given the last record that the poller read. */
  frontier(read: LaneFrontier): LaneFrontier {
    return this.isDrained ? read : this.#frontier
  }

  /**
   * Takes back what is not in an invocation's hands (D6). Records of the lane are read again from {@link fedTo} on.
   * @returns whether that freed memory.
   */
  truncate(): boolean {
    const { lane, heldBytes } = this
    if (!this.#block.swap(lane, LaneWord.cut, CUT_FREE, CUT_TRUNCATING)) return false
    this.settle()
    const { settledCount, settledUnits, settledOrdinal } = this.progress
    const inHand = this.#inHandCount
    const units = inHand > 0 ? this.#block.load(lane, LaneWord.takenUnits) >>> 0 : settledUnits
    this.#writer.truncate(units, settledCount + inHand)
    const last = inHand > 0 ? this.#block.lastTaken(lane) : settledOrdinal
    this.#block.store(lane, LaneWord.cut, CUT_FREE)
    this.#log?.dropAfter(last)
    this.#lastFed = last
    this.feed = 'lagging'
    return this.heldBytes < heldBytes
  }

  /** Gives everything back: no owner is left. */
  free(): void {
    this.#writer.free()
  }

  /** Falls behind without losing what it holds: there is no room for more. @param read where the reading stood before. */
  fallBehind(read: LaneFrontier): void {
    if (this.isDrained) this.#moveFrontier(read)
    this.feed = 'lagging'
  }
}

function frontierAt(page: Page, index: number, ordinal: number): LaneFrontier {
  return { ordinal, sequenceNumber: page.sequenceNumberAt(index) }
}
