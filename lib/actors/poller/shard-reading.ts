import type { EpochMs } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import { failureDelayMs, idleDelayMs } from '../../core/shard/pacing.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Random } from '../../ports/random.ts'
import type {
  Page,
  ReadResult,
  ShardReader,
  SourceFailure,
  StreamSource,
} from '../../ports/stream-source.ts'

/** Longest run of pages without a turn of the event loop. @unit ms */
const TURN_MS = 2

/** What becomes of what is read. */
export interface PageTaker {
  /** False while there is no room: `resume()` follows when there is. */
  wantsPage(): boolean
  takePage(page: Page): void
  /** No further page follows at once. */
  paused(): void
  /** The reader is at the tip. @param askedAt when it asked. @unit epoch ms */
  cameToTip(askedAt: number): void
  shardClosed(): void
  trimmed(): void
  readFailed(failure: SourceFailure): void
}

export type ReadingParts = {
  readonly reader: ShardReader
  readonly pace: StreamSource['pace']
  readonly clock: Clock
  readonly random: Random
  readonly taker: PageTaker
}

type State =
  | { readonly state: 'ready' }
  | { readonly state: 'reading' }
  /** At the tip, or after a failure: until records arrive or the time is up. */
  | { readonly state: 'waiting'; readonly takeBack: () => void }
  | { readonly state: 'over' }

/** Reads one shard page by page, as long as the taker has room: at once, on arrival, or by polling. */
export class ShardReading {
  readonly #parts: ReadingParts
  #state: State = { state: 'ready' }
  #soon = false
  #emptyInARow = 0
  #failuresInARow = 0
  #askedAt = 0

  constructor(parts: ReadingParts) {
    this.#parts = parts
  }

  get isOver(): boolean {
    return this.#state.state === 'over'
  }

  /** There may be room again. */
  resume(): void {
    if (this.#state.state !== 'ready' || this.#soon) return
    this.#run()
  }

  /** Asks again now, though the last answer was empty. */
  pollNow(): void {
    if (this.#state.state !== 'waiting') return
    this.#state.takeBack()
    this.#state = { state: 'ready' }
    this.resume()
  }

  stop(): void {
    if (this.#state.state === 'waiting') this.#state.takeBack()
    if (this.#state.state !== 'over') this.#parts.reader.close()
    this.#state = { state: 'over' }
  }

  #run(): void {
    const { clock, reader, taker } = this.#parts
    const began = clock.now()
    while (this.#state.state === 'ready') {
      if (!taker.wantsPage()) return taker.paused()
      if (clock.now() - began >= TURN_MS) return this.#later()
      this.#state = { state: 'reading' }
      this.#askedAt = clock.now()
      const result = reader.read()
      if (result instanceof Promise) {
        taker.paused()
        // The reader answers failures as results; a rejection is a bug and ends in the process's handler.
        void result.then((late) => {
          if (this.#state.state !== 'reading') return
          this.#take(late)
          this.#run()
        })
        return
      }
      this.#take(result)
    }
  }

  #later(): void {
    this.#soon = true
    this.#parts.clock.soon(() => {
      this.#soon = false
      if (this.#state.state === 'ready') this.#run()
    })
  }

  #take(result: ReadResult): void {
    const { taker } = this.#parts
    this.#state = { state: 'ready' }
    switch (result.type) {
      case 'page':
        this.#emptyInARow = 0
        this.#failuresInARow = 0
        return taker.takePage(result.page)
      case 'empty':
        this.#failuresInARow = 0
        this.#emptyInARow++
        this.#awaitRecords()
        taker.paused()
        return taker.cameToTip(this.#askedAt)
      case 'closed':
        this.stop()
        taker.paused()
        return taker.shardClosed()
      case 'trimmed':
        return taker.trimmed()
      case 'failed':
        this.#failuresInARow++
        this.#wait(failureDelayMs(this.#failuresInARow, this.#parts.random.fraction()))
        taker.paused()
        return taker.readFailed(result.failure)
      default:
        return unreachable(result)
    }
  }

  #awaitRecords(): void {
    const { reader, pace } = this.#parts
    if (pace !== 'notified' || !reader.onArrival) {
      return this.#wait(idleDelayMs(pace === 'notified' ? 'loopback' : pace, this.#emptyInARow))
    }
    this.#state = { state: 'waiting', takeBack: reader.onArrival(() => this.#arrived()) }
  }

  #wait(delayMs: number): void {
    const { clock } = this.#parts
    const due = (clock.now() + delayMs) as EpochMs
    this.#state = { state: 'waiting', takeBack: clock.at(due, () => this.#arrived()) }
  }

  #arrived(): void {
    if (this.#state.state !== 'waiting') return
    this.#state = { state: 'ready' }
    this.resume()
  }
}
