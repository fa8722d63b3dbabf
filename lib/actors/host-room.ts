type Waiting = { readonly laneId: number; readonly begin: () => void }

/**
 * Who may invoke in one execution environment, and when: so many at a time, or one that has it to itself because it may
 * be what ended the last environment (D27).
 */
export class HostRoom {
  readonly #countMax: number
  readonly #mustBeReplaced: () => boolean
  #running = 0
  /** Invocations of lanes in hand that wait: retries, halves of a split. */
  readonly #waiting: Waiting[] = []
  /** Lanes that will each have the environment to themselves, and how they are taken up. */
  readonly #suspects: Waiting[] = []
  /** The lane that has it now. */
  #alone: number | undefined

  constructor(countMax: number, mustBeReplaced: () => boolean) {
    this.#countMax = countMax
    this.#mustBeReplaced = mustBeReplaced
  }

  get running(): number {
    return this.#running
  }

  /** Another lane may be taken. */
  get isOpen(): boolean {
    return this.#alone === undefined && this.#suspects.length === 0 && this.#hasSeat
  }

  get #hasSeat(): boolean {
    return this.#running < this.#countMax && !this.#mustBeReplaced()
  }

  /** Runs `begin` when there is room for an invocation of this lane. {@link ended} follows it. */
  when(laneId: number, begin: () => void): void {
    if (!this.#admits(laneId)) {
      this.#waiting.push({ laneId, begin })
      return
    }
    this.#running++
    begin()
  }

  /** Runs `begin` when nothing runs here; nothing else will, until the lane's first invocation has ended or it let go. */
  whenAlone(laneId: number, begin: () => void): void {
    this.#suspects.push({ laneId, begin })
    this.next()
  }

  ended(laneId: number): void {
    this.#running--
    this.letGo(laneId)
  }

  /** The lane needs no room any more. */
  letGo(laneId: number): void {
    if (this.#alone === laneId) this.#alone = undefined
  }

  /** Lets in who waits. */
  next(): void {
    for (let waiting = this.#nextWaiting(); waiting; waiting = this.#nextWaiting())
      this.when(waiting.laneId, waiting.begin)
    if (this.#running > 0 || this.#alone !== undefined || this.#mustBeReplaced()) return
    const suspect = this.#suspects.shift()
    if (!suspect) return
    this.#alone = suspect.laneId
    suspect.begin()
  }

  #nextWaiting(): Waiting | undefined {
    const at = this.#waiting.findIndex(({ laneId }) => this.#admits(laneId))
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  #admits(laneId: number): boolean {
    return this.#alone === undefined ? this.isOpen : this.#alone === laneId && this.#hasSeat
  }
}
