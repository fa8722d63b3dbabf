import type { EpochMs } from '../../core/ids.ts'
import { type LaneProgress, newProgress } from '../lane-memory/lane-block.ts'
import type { Cut, HostLane, LanePlace, WindowedEvent } from './host-lane.ts'

/** What an owner has of its lane: how far it has settled, and the batch that it cut behind that. */
export class LaneHold {
  readonly lane: HostLane
  readonly progress: LaneProgress = newProgress()
  /** The batch in hand, from the settled position on, until something of it settled. */
  #cut: Cut | undefined
  /** A handler has had the records of the cut. */
  #isHandedOut = false

  constructor(lane: HostLane) {
    this.lane = lane
  }

  /** Takes the lane over from whoever had it. */
  adopt(): void {
    this.lane.block.progress(this.lane.lane, this.progress)
  }

  /** Records that wait behind the settled position. */
  get waiting(): number {
    return this.lane.waiting(this.progress)
  }

  /** When the first of them was made; undefined where none waits. */
  get firstStamp(): EpochMs | undefined {
    return this.lane.firstStamp(this.progress)
  }

  /** @returns undefined when nothing waits, or nothing of the open window; without records when all is filtered out. */
  cutNext(countMax: number, event: WindowedEvent | undefined): Cut | undefined {
    this.#cut = this.lane.cut(this.progress, countMax, event)
    this.#isHandedOut = false
    return this.#cut
  }

  /** The first `count` records, fresh for a handler. */
  handOut(count: number): Cut {
    const isFresh = this.#cut?.count === count && !this.#isHandedOut
    this.#cut = isFresh ? this.#cut! : this.lane.cutAgain(this.progress, count)
    this.#isHandedOut = true
    return this.#cut
  }

  /** What was cut before lies elsewhere by now. */
  forget(): void {
    this.#cut = undefined
  }

  /** The first `count` records are done with. */
  pass(count: number): void {
    const cut = this.#cut
    const place =
      cut?.count === count
        ? { units: cut.endUnits, ordinal: cut.lastOrdinal, entries: cut.entries }
        : this.lane.positionAfter(this.progress, count)
    this.#cut = undefined
    this.passTo(place, count)
  }

  /** All that was cut was filtered out. */
  passEmpty({ endUnits, lastOrdinal, entries }: Cut): void {
    this.#cut = undefined
    this.passTo({ units: endUnits, ordinal: lastOrdinal, entries }, 0)
  }

  /** @param count how many of the records up to there were not filtered out. */
  passTo({ units, ordinal, entries }: LanePlace, count: number): void {
    const { progress } = this
    progress.settledUnits = units
    progress.settledOrdinal = ordinal
    progress.settledCount = (progress.settledCount + entries) >>> 0
    progress.filtered += entries - count
  }
}
