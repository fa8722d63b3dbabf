import type { EpochMs } from '../../lib/core/ids.ts'
import type { Clock } from '../../lib/ports/clock.ts'

type Timer = { time: number; readonly order: number; readonly due: () => void }

/** Turns of the event loop without a call of the clock after which nothing is under way. */
const QUIET_TURNS = 3
/** Turns after which something runs in circles: time has to go on for it to end. */
const TURNS_MAX = 20_000

/**
 * Time under the test's control. It stands still while anything runs and is moved from one due timer to the next.
 *
 * Everything in the engine that wakes up asks the clock first, also what wakes through `Atomics.waitAsync`: so calls
 * of the clock are how {@link settle} sees that something is still under way.
 */
export class VirtualClock implements Clock {
  #time: number
  #order = 0
  #calls = 0
  readonly #timers = new Set<Timer>()

  constructor(time = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#time = time
  }

  now(): EpochMs {
    this.#calls++
    return this.#time as EpochMs
  }

  at(time: EpochMs, due: () => void): () => void {
    this.#calls++
    const timer = { time, order: this.#order++, due }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  soon(due: () => void): void {
    this.#calls++
    setImmediate(() => {
      this.#calls++
      due()
    })
  }

  /** The same time for one run of an engine; after `drop` nothing that the run had asked for is called. */
  scope(): Clock & { drop(): void } {
    let alive = true
    const whileAlive = (due: () => void) => () => {
      if (alive) due()
    }
    return {
      now: () => this.now(),
      at: (time, due) => this.at(time, whileAlive(due)),
      soon: (due) => this.soon(whileAlive(due)),
      drop: () => {
        alive = false
      },
    }
  }

  /** A promise that is fulfilled `ms` from now. */
  after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.at((this.#time + ms) as EpochMs, resolve))
  }

  /** Resolves when nothing more happens without time going on. */
  async settle(): Promise<void> {
    let turns = 0
    for (let quiet = 0; quiet < QUIET_TURNS; turns++) {
      if (turns > TURNS_MAX) throw new Error('something runs in circles')
      const calls = this.#calls
      await new Promise((resolve) => setImmediate(resolve))
      quiet = this.#calls === calls ? quiet + 1 : 0
    }
  }

  /** Lets `ms` pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms
    await this.settle()
    for (let timer = this.#next(); timer && timer.time <= end; timer = this.#next()) {
      await this.#fire(timer)
    }
    this.#time = Math.max(this.#time, end)
    await this.settle()
  }

  /**
   * Goes from timer to timer until `isDone` holds.
   * @throws Error when it does not hold after `msMax`.
   */
  async until(isDone: () => boolean, msMax: number): Promise<void> {
    const end = this.#time + msMax
    await this.settle()
    while (!isDone()) {
      const timer = this.#next()
      if (!timer || timer.time > end) throw new Error(`not done after ${msMax} ms of virtual time`)
      await this.#fire(timer)
    }
  }

  /** Sets the time as a wall clock that is put right does: nobody is called, and what is armed waits as long as before. */
  jump(ms: number): void {
    this.#time += ms
    for (const timer of this.#timers) timer.time += ms
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer)
    this.#time = Math.max(this.#time, timer.time)
    timer.due()
    await this.settle()
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      const earlier =
        !next || timer.time < next.time || (timer.time === next.time && timer.order < next.order)
      if (earlier) next = timer
    }
    return next
  }
}
