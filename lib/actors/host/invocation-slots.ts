import type { Permits } from '../lane-memory/permits.ts'

/** Begins an invocation; told `false`, it must not run now, and is over at once. */
type Begin = (mayRun: boolean) => void

type Waiting = { readonly id: number; readonly begin: Begin; readonly needsPermit: boolean }

export type SlotsParts = {
  /** 0 when the environment cannot be used. */
  readonly runningMax: () => number
  /** A suspect had its turn. */
  readonly aloneEnded: (laneId: number) => void
  /** Of the function, over all its threads. */
  readonly permits: Permits
  /** Who this environment is among the holders of permits. */
  readonly holder: number
}

/**
 * Which invocations run in an execution environment: as many as it and the function's limit allow, those of lanes in hand
 * before new lanes, and a suspect alone (D27).
 */
export class InvocationSlots {
  readonly #parts: SlotsParts
  /** Invocations in hand that wait for room: retries, halves of a split, and what came from outside of lanes. */
  #waiting: Waiting[] = []
  readonly #suspects: { readonly laneId: number; readonly begin: () => void }[] = []
  /** Slots of permits that are held here, by invocation. */
  readonly #held = new Map<number, number>()
  #running = 0
  #alone: number | undefined

  constructor(parts: SlotsParts) {
    this.#parts = parts
  }

  get running(): number {
    return this.#running
  }

  /** There is room for a lane that is not in hand yet. */
  get hasRoom(): boolean {
    return (
      this.#running < this.#parts.runningMax() &&
      this.#alone === undefined &&
      this.#suspects.length === 0 &&
      !this.#parts.permits.isFull
    )
  }

  /** Begins now or when there is room. {@link ended} follows each. */
  whenRoom(laneId: number, begin: Begin): void {
    this.#admitOrWait({ id: laneId, begin, needsPermit: true })
  }

  /** The same for an invocation whose permit somebody else holds. @param id negative, so that it is no lane's. */
  whenRoomPermitted(id: number, begin: () => void): void {
    this.#admitOrWait({ id, begin, needsPermit: false })
  }

  /** An invocation ended. */
  ended(id: number): void {
    this.#running--
    const slot = this.#held.get(id)
    if (slot !== undefined) {
      this.#held.delete(id)
      this.#parts.permits.give(slot)
    }
    if (this.#alone === id) this.endAlone(id)
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
    this.#parts.aloneEnded(laneId)
    this.admit()
  }

  /** Begins what waits and has room now. */
  admit(): void {
    for (let waiting = this.#nextWaiting(); waiting; waiting = this.#nextWaiting())
      this.#admitOrWait(waiting)
    this.#beginAlone()
  }

  /** What waits for a permit need not wait any longer: it is not going to run here. */
  refuse(isOver: (laneId: number) => boolean): void {
    if (!this.#parts.permits.isLimited) return
    const isRefused = ({ id, needsPermit }: Waiting) => needsPermit && isOver(id)
    const refused = this.#waiting.filter(isRefused)
    this.#waiting = this.#waiting.filter((waiting) => !isRefused(waiting))
    for (const { begin } of refused) {
      this.#running++
      begin(false)
    }
  }

  #admitOrWait(waiting: Waiting): void {
    const { id, begin, needsPermit } = waiting
    if (!this.#hasRoomFor(id) || !this.#beginPermitted(id, begin, needsPermit))
      this.#waiting.push(waiting)
  }

  /** @returns false where it has to wait for a permit. */
  #beginPermitted(id: number, begin: Begin, needsPermit: boolean): boolean {
    const { permits, holder } = this.#parts
    const permit = needsPermit ? permits.take(holder) : undefined
    if (permit?.type === 'full') return false
    if (permit?.type === 'granted' && permit.slot !== undefined) this.#held.set(id, permit.slot)
    this.#running++
    begin(permit?.type !== 'stopped')
    return true
  }

  #nextWaiting(): Waiting | undefined {
    const at = this.#waiting.findIndex(
      ({ id, needsPermit }) => this.#hasRoomFor(id) && !(needsPermit && this.#parts.permits.isFull),
    )
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  #hasRoomFor(id: number): boolean {
    if (this.#running >= this.#parts.runningMax()) return false
    return this.#alone === undefined ? this.#suspects.length === 0 : this.#alone === id
  }

  #beginAlone(): void {
    if (this.#running > 0 || this.#alone !== undefined || this.#parts.runningMax() === 0) return
    const suspect = this.#suspects.shift()
    if (!suspect) return
    this.#alone = suspect.laneId
    suspect.begin()
  }
}
