import type { LaneFrontier } from '../core/checkpoint/low-water-mark.ts'
import type { StackEntry } from '../core/checkpoint/shard-state.ts'
import { compareSequenceNumbers, type SequenceNumber } from '../core/ids.ts'
import type { FunctionError } from '../ports/function-runtime.ts'
import type { Page } from '../ports/stream-source.ts'
import {
  CUT_FREE,
  CUT_TRUNCATING,
  FLIGHT_NONE,
  LANE_IDLE,
  type LaneBlock,
  type LaneProgress,
  LaneWord,
  newProgress,
} from './lane-memory/lane-block.ts'
import { LaneWriter } from './lane-memory/lane-writer.ts'
import type { Slab } from './lane-memory/slab.ts'

/** Sequence numbers of a lane's unsettled records, where the source has no rule from ordinals to them. */
class SequenceLog {
  #ordinals: number[] = []
  #sequenceNumbers: SequenceNumber[] = []
  #from = 0

  push(ordinal: number, sequenceNumber: SequenceNumber): void {
    this.#ordinals.push(ordinal)
    this.#sequenceNumbers.push(sequenceNumber)
  }

  /** Forgets everything up to `ordinal`. @returns the last sequence number that was forgotten. */
  passTo(ordinal: number): SequenceNumber | undefined {
    let passed: SequenceNumber | undefined
    while (this.#from < this.#ordinals.length && this.#ordinals[this.#from]! <= ordinal) {
      passed = this.#sequenceNumbers[this.#from++]
    }
    if (this.#from > 1024 && this.#from * 2 > this.#ordinals.length) {
      this.#ordinals = this.#ordinals.slice(this.#from)
      this.#sequenceNumbers = this.#sequenceNumbers.slice(this.#from)
      this.#from = 0
    }
    return passed
  }

  dropAfter(ordinal: number): void {
    while (this.#ordinals.length > this.#from && this.#ordinals.at(-1)! > ordinal) {
      this.#ordinals.pop()
      this.#sequenceNumbers.pop()
    }
  }
}

/** Where a lane's records come from now. */
export type FeedState =
  /** From the poller's own reading. */
  | { readonly state: 'following' }
  /** It was too far behind (D6): everything after `after` is read again for it, when it has room. */
  | {
      readonly state: 'lagging'
      readonly after: number
      /** It lost its place in the reading that is under way: what comes now would leave a gap. */
      readonly isPassed: boolean
    }

/** The poller's side of one lane: what it was fed, and how far it has settled. */
export class LaneFeed {
  readonly lane: number
  feed: FeedState = { state: 'following' }
  /** As last published, or as saved ahead of that. */
  readonly progress: LaneProgress = newProgress()
  /** Batches in hand, as last saved (D15). */
  stack: readonly StackEntry[] = []
  /** Until when its owner backs off, as last saved. @unit epoch ms */
  resumeAt = 0
  /** What the function last failed with, since the lane last was empty. */
  lastError: FunctionError | undefined
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
  #lastAppended = 0
  #lastPage: Page | undefined
  #lastIndex = 0

  constructor(
    lane: number,
    memory: { readonly block: LaneBlock; readonly slab: Slab },
    start: LaneFrontier,
    sequenceOf: ((ordinal: number) => SequenceNumber) | undefined,
  ) {
    this.lane = lane
    this.#block = memory.block
    this.#writer = new LaneWriter(memory.block, lane, memory.slab)
    this.#frontier = start
    this.#sequenceOf = sequenceOf
    this.#log = sequenceOf ? undefined : new SequenceLog()
    this.progress.settledOrdinal = start.ordinal
    memory.block.publish(lane, this.progress)
  }

  /** Records that were fed and are not settled. */
  get queued(): number {
    return (this.#writer.tailCount - this.progress.settledCount) >>> 0
  }

  get heldBytes(): number {
    return this.#writer.heldBytes
  }

  /** Nothing of what this lane was fed, or still has to be fed, is unsettled. */
  get isDrained(): boolean {
    return this.queued === 0 && this.feed.state === 'following'
  }

  /**
   * @param read Where the poller's reading stood before this page.
   * @returns false when there is no room.
   */
  append(page: Page, index: number, ordinal: number, read: LaneFrontier | undefined): boolean {
    const wasEmpty = this.queued === 0
    if (!this.#writer.append(page, index, ordinal)) return false
    if (wasEmpty && read) this.#moveFrontier(frontierBefore(page, index, ordinal, read))
    this.#log?.push(ordinal, page.sequenceNumberAt(index))
    this.#lastAppended = ordinal
    this.#lastPage = page
    this.#lastIndex = index
    return true
  }

  #moveFrontier(frontier: LaneFrontier): void {
    if (frontier.ordinal > this.#frontier.ordinal) this.#frontier = frontier
  }

  /** Whether the lane was fed a record at or behind this one. */
  hasFed(sequenceNumber: SequenceNumber): boolean {
    const last = this.#lastPage?.sequenceNumberAt(this.#lastIndex)
    return last !== undefined && compareSequenceNumbers(last, sequenceNumber) >= 0
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
    if (this.isDrained) this.lastError = undefined
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
      if (block.load(lane, LaneWord.attempt) > 1) progress.retries++
    }
    block.publish(lane, progress)
    this.#writer.release(progress.settledUnits)
    block.store(lane, LaneWord.cut, CUT_FREE)
    block.store(lane, LaneWord.inFlight, FLIGHT_NONE)
    // It may have died between saying that it settled and standing in the queue.
    block.store(lane, LaneWord.reported, 0)
    block.store(lane, LaneWord.owner, LANE_IDLE)
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

  /** Keeps only what is being invoked (D6). @returns false while the owner is reading. */
  truncate(): boolean {
    const { lane } = this
    if (!this.#block.swap(lane, LaneWord.cut, CUT_FREE, CUT_TRUNCATING)) return false
    const taken = this.#block.load(lane, LaneWord.taken) >>> 0
    const units = this.#block.load(lane, LaneWord.takenUnits) >>> 0
    this.settle()
    const settledCount = this.progress.settledCount
    const inHand = (taken - settledCount) >>> 0 <= this.queued ? taken : settledCount
    const inHandUnits = inHand === taken ? units : this.progress.settledUnits
    this.#writer.truncate(inHandUnits, inHand)
    this.#block.store(lane, LaneWord.cut, CUT_FREE)
    const last = this.#lastTaken(inHand === settledCount)
    this.#log?.dropAfter(last)
    this.#lastAppended = last
    this.feed = { state: 'lagging', after: last, isPassed: true }
    return true
  }

  #lastTaken(nothingInHand: boolean): number {
    return nothingInHand ? this.progress.settledOrdinal : this.#block.lastTaken(this.lane)
  }

  /** Gives everything back: no owner is left. */
  free(): void {
    this.#writer.free()
  }

  /**
   * Falls behind at this record without losing what it holds: there is no room for more.
   * @param read Where the poller's reading stood before this page.
   */
  fallBehind(page: Page, index: number, ordinal: number, read: LaneFrontier): void {
    // An empty lane had settled everything up to here: the mark may have gone that far already.
    if (this.isDrained) this.#moveFrontier(frontierBefore(page, index, ordinal, read))
    const after = Math.max(this.#lastAppended, this.progress.settledOrdinal)
    this.feed = { state: 'lagging', after, isPassed: false }
  }
}

function frontierBefore(
  page: Page,
  index: number,
  ordinal: number,
  read: LaneFrontier,
): LaneFrontier {
  if (index === 0) return read
  return { ordinal: ordinal - 1, sequenceNumber: page.sequenceNumberAt(index - 1) }
}
