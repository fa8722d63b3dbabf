import type { EpochMs } from '../../core/ids.ts'
import type { LaneRules } from '../../core/lane/lane-rules.ts'
import { isOutdated } from '../../core/window/tumbling-window.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LaneFeed } from './lane-feed.ts'

export type WindowCloserParts = {
  /** The shard's only lane. */
  readonly feed: LaneFeed
  readonly rules: LaneRules
  readonly clock: Clock
  /** The shard is closed: nothing more comes at all. */
  readonly isClosed: () => boolean
  /** Asks the source again; {@link WindowCloser.cameToTip} or records follow. */
  readonly pollNow: () => void
  /** The lane is to make the final call: a host takes it. */
  readonly request: () => void
}

/**
 * Closes the open window of a shard that gives no later record: when the shard has ended, when the clock is past the
 * window's end and its grace and the source, asked after that, had nothing more, or when the mapping has other windows now.
 *
 * @source aws-semantics §5; D8
 */
export class WindowCloser {
  readonly #parts: WindowCloserParts
  #takeBack: (() => void) | undefined
  #armedFor = 0
  /** When the source was last asked and had nothing more. @unit epoch ms */
  #tipAt = 0

  constructor(parts: WindowCloserParts) {
    this.#parts = parts
  }

  /** End of the open window and its grace; undefined where none is open. */
  get due(): EpochMs | undefined {
    const { feed, rules } = this.#parts
    const end = feed.windows?.open?.end
    return end === undefined ? undefined : ((end + rules.tumblingGraceMs) as EpochMs)
  }

  /** A window is open whose time is over. */
  get isDue(): boolean {
    const { due } = this
    return due !== undefined && due <= this.#parts.clock.now()
  }

  /** @param askedAt when the source was asked that had nothing more. */
  cameToTip(askedAt: number): void {
    this.#tipAt = askedAt
    this.look()
  }

  /** Something settled, was saved, or came to its end. */
  look(): void {
    const { feed, clock, rules, isClosed, pollNow, request } = this.#parts
    const { due } = this
    if (due === undefined || !feed.isDrained) return this.stop()
    const isOver = isClosed() || isOutdated(feed.windows!, rules.tumblingWindowMs)
    if (isOver || this.#tipAt >= due) {
      this.stop()
      feed.setWindowOver()
      return request()
    }
    if (due > clock.now()) return this.#arm(due)
    this.stop()
    pollNow()
  }

  stop(): void {
    this.#takeBack?.()
    this.#takeBack = undefined
  }

  #arm(due: EpochMs): void {
    if (this.#takeBack && this.#armedFor === due) return
    this.stop()
    this.#armedFor = due
    this.#takeBack = this.#parts.clock.at(due, () => {
      this.#takeBack = undefined
      this.look()
    })
  }
}
