import type { EpochMs } from '../../core/ids.ts'
import type { Work } from '../../core/lane/lane-state.ts'
import type { Clock } from '../../ports/clock.ts'
import {
  FLIGHT_BACKING_OFF,
  FLIGHT_ENDED,
  FLIGHT_NONE,
  FLIGHT_RUNNING,
  FlightDouble,
  type LaneBlock,
  LaneWord,
} from '../lane-memory/lane-block.ts'

/** Where an invocation stands in its lane. */
export type FlightPlan = {
  readonly firstOrdinal: number
  /** One less than the first where there are no records. */
  readonly lastOrdinal: number
  readonly deadline: EpochMs
}

/** What a lane says of itself while its owner holds it: for who watches it, and for who takes it over (D27). */
export class LaneFlight {
  readonly #block: LaneBlock
  readonly #lane: number

  constructor(block: LaneBlock, lane: number) {
    this.#block = block
    this.#lane = lane
  }

  /** The function is called now. */
  begin(work: Work, { firstOrdinal, lastOrdinal, deadline }: FlightPlan): void {
    const block = this.#block
    const lane = this.#lane
    block.setFlight(lane, FlightDouble.firstOrdinal, firstOrdinal)
    block.setFlight(lane, FlightDouble.lastOrdinal, lastOrdinal)
    block.setFlight(lane, FlightDouble.deadline, deadline)
    block.store(lane, LaneWord.attempt, work.attempt)
    block.setRequestId(lane, work.requestId)
    block.store(lane, LaneWord.inFlight, FLIGHT_RUNNING)
  }

  /** It answered. @param timeoutMs the function's. @returns how long it took. @unit ms */
  end({ clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number }): number {
    this.#block.store(this.#lane, LaneWord.inFlight, FLIGHT_ENDED)
    // The clock may have been put back.
    return Math.max(0, clock.now() - (this.#block.deadline(this.#lane) - timeoutMs))
  }

  /** It did not begin: as many run as may. */
  throttled(): void {
    const { words } = this.#block
    Atomics.add(words, this.#block.word(this.#lane, LaneWord.throttles), 1)
  }

  /** Nothing runs any more whose end is not known. */
  land(): void {
    this.#block.store(this.#lane, LaneWord.inFlight, FLIGHT_NONE)
  }

  backOff(until: EpochMs): void {
    this.#block.setFlight(this.#lane, FlightDouble.retryAt, until)
    this.#block.store(this.#lane, LaneWord.inFlight, FLIGHT_BACKING_OFF)
  }

  /** Its batch is sent then, full or not. */
  gather(until: EpochMs): void {
    this.#block.setFlight(this.#lane, FlightDouble.gatherUntil, until)
  }

  /** When the batching window ends that began with the last invocation's end; 0 = none did. @unit epoch ms */
  get batchingWindowEnd(): number {
    return this.#block.flight(this.#lane, FlightDouble.windowEnd)
  }

  set batchingWindowEnd(end: number) {
    this.#block.setFlight(this.#lane, FlightDouble.windowEnd, end)
  }
}
