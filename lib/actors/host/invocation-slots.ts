type Waiting = { readonly laneId: number; readonly begin: () => void }

/**
 * Which invocations run in an execution environment: as many as it allows, those of lanes in hand before new lanes,
 * and a suspect alone (D27).
 */
export class InvocationSlots {
  readonly #runningMax: () => number
  readonly #aloneEnded: (laneId: number) => void
  /** Invocations of lanes in hand that wait for room: retries, halves of a split. */
  readonly #waiting: Waiting[] = []
  readonly #suspects: Waiting[] = []
  #running = 0
  #alone: number | undefined

  /** @param runningMax 0 when the environment cannot be used. @param aloneEnded A suspect had its turn. */
  constructor(runningMax: () => number, aloneEnded: (laneId: number) => void) {
    this.#runningMax = runningMax
    this.#aloneEnded = aloneEnded
  }

  get running(): number {
    return this.#running
  }

  /** There is room for a lane that is not in hand yet. */
  get hasRoom(): boolean {
    return (
      this.#running < this.#runningMax() && this.#alone === undefined && this.#suspects.length === 0
    )
  }

  /** Begins now or when there is room. {@link ended} follows each. */
  whenRoom(laneId: number, begin: () => void): void {
    if (this.#mayBegin(laneId)) {
      this.#running++
      begin()
    } else this.#waiting.push({ laneId, begin })
  }

  /** An invocation ended. */
  ended(laneId: number): void {
    this.#running--
    if (this.#alone === laneId) this.endAlone(laneId)
    else this.admit()
  }

  /** Begins when nothing else runs; until its invocation ended nothing else does. */
  whenAlone(laneId: number, begin: () => void): void {
    this.#suspects.push({ laneId, begin })
    this.#beginAlone()
  }

  /** The lane needs to be alone no longer. */
  endAlone(laneId: number): void {
    if (this.#alone !== laneId) return
    this.#alone = undefined
    this.#aloneEnded(laneId)
    this.admit()
  }

  /** Begins what waits and has room now. */
  admit(): void {
    for (let waiting = this.#nextWaiting(); waiting; waiting = this.#nextWaiting())
      this.whenRoom(waiting.laneId, waiting.begin)
    this.#beginAlone()
  }

  #nextWaiting(): Waiting | undefined {
    const at = this.#waiting.findIndex(({ laneId }) => this.#mayBegin(laneId))
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  #mayBegin(laneId: number): boolean {
    if (this.#running >= this.#runningMax()) return false
    return this.#alone === undefined ? this.#suspects.length === 0 : this.#alone === laneId
  }

  #beginAlone(): void {
    if (this.#running > 0 || this.#alone !== undefined || this.#runningMax() === 0) return
    const suspect = this.#suspects.shift()
    if (!suspect) return
    this.#alone = suspect.laneId
    suspect.begin()
  }
}
