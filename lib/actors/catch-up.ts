import type { LaneFrontier } from '../core/checkpoint/low-water-mark.ts'
import type { Page, ReadStart, SourceFailure } from '../ports/stream-source.ts'
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
  fed(): void
  /** A lane still lags: `look()` again later, whatever happens until then. */
  lookLater(): void
}

/** Reads a shard again for lanes that fell behind (D6): one reader a shard, only while such a lane has room. */
export class CatchUp implements PageTaker {
  readonly #parts: CatchUpParts
  #reading: ShardReading | undefined
  #ordinal = 0

  constructor(parts: CatchUpParts) {
    this.#parts = parts
  }

  /** A lane may have room again. */
  look(): void {
    if (this.#reading) return this.#reading.resume()
    const { lanes } = this.#parts
    lanes.beginCatchUp()
    if (!lanes.hasHungryLaggards) return this.#leaveLaggards()
    const from = lanes.mark(this.#parts.read())
    this.#ordinal = from.ordinal
    const reader = this.#parts.openReader(this.#parts.startAfter(from))
    const { pace, clock, random } = this.#parts
    this.#reading = new ShardReading({ reader, pace, clock, random, taker: this })
    this.#reading.resume()
  }

  stop(): void {
    this.#reading?.stop()
    this.#reading = undefined
  }

  wantsPage(): boolean {
    if (this.#parts.lanes.hasHungryLaggards) return true
    // What comes next is read anew when there is room: nothing of it is kept.
    this.stop()
    this.#leaveLaggards()
    return false
  }

  takePage(page: Page): void {
    const { lanes } = this.#parts
    const base = page.firstOrdinal ?? this.#ordinal + 1
    const end = this.#parts.read().ordinal
    for (let i = 0; i < page.count && base + i <= end; i++) {
      if (!this.#parts.isSkipped(page, i)) lanes.feedAgain(page, i, base + i)
    }
    this.#ordinal = base + page.count - 1
    this.#endWhereTheOtherReads()
    this.#parts.fed()
  }

  #endWhereTheOtherReads(): void {
    if (this.#ordinal < this.#parts.read().ordinal) return
    this.stop()
    if (this.#parts.lanes.endCatchUp()) this.#parts.lookLater()
  }

  #leaveLaggards(): void {
    if (this.#parts.lanes.hasLaggards) this.#parts.lookLater()
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
    this.#endWhereTheOtherReads()
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
