import type { Resumption } from '../protocol.ts'

/** A lane with batches in hand, for a host to go on with. */
export type HandedLane = {
  readonly handle: number
  readonly lane: number
  readonly resumption: Resumption
}

/** Lanes whose batch may have ended a thread: one after the other has its turn, alone in a thread. @source D27 */
export class Suspects {
  readonly #begin: (suspect: HandedLane) => number
  #waiting: HandedLane[] = []
  /** Host where one of them has its turn. */
  #aloneOn: number | undefined

  /** @param begin gives a suspect its turn. Answers with the host where it has it. */
  constructor(begin: (suspect: HandedLane) => number) {
    this.#begin = begin
  }

  add(suspect: HandedLane): void {
    this.#waiting.push(suspect)
    this.#next()
  }

  /** Forgets those of a shard. @returns their lanes. */
  drop(handle: number): readonly number[] {
    const dropped = this.#waiting.filter((suspect) => suspect.handle === handle)
    this.#waiting = this.#waiting.filter((suspect) => suspect.handle !== handle)
    return dropped.map(({ lane }) => lane)
  }

  /** The turn is over. */
  turnEnded(): void {
    this.#aloneOn = undefined
    this.#next()
  }

  /** A host is gone, with the turn if it was there. */
  hostGone(host: number): void {
    if (this.#aloneOn === host) this.#aloneOn = undefined
    this.#next()
  }

  #next(): void {
    if (this.#aloneOn !== undefined) return
    const suspect = this.#waiting.shift()
    if (suspect) this.#aloneOn = this.#begin(suspect)
  }
}
