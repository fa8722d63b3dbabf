import { RESERVED_CONCURRENCY_MAX } from '../../core/limits.ts'

const LIMIT = 0
const SIGNAL = 1
const HOLDERS_AT = 2
const UNLIMITED = -1
const FREE = 0

/** What an invocation runs with, or why it does not: how many may run is bounded, and they do, or it is 0. */
export type Permit =
  | { readonly type: 'granted'; readonly slot: number | undefined }
  | { readonly type: 'full' | 'stopped' }

const UNBOUNDED: Permit = { type: 'granted', slot: undefined }
const FULL: Permit = { type: 'full' }
const STOPPED: Permit = { type: 'stopped' }

/**
 * How many invocations of one function run at the same time, over all its pools and threads: `ReservedConcurrentExecutions`.
 * Each holds a slot that names its holder, so that a thread that dies takes none along. What began while there was no
 * limit is not counted. @source aws-semantics §4.1
 */
export class Permits {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  static allocate(): Permits {
    const permits = new Permits(new SharedArrayBuffer((HOLDERS_AT + RESERVED_CONCURRENCY_MAX) * 4))
    Atomics.store(permits.#words, LIMIT, UNLIMITED)
    return permits
  }

  /** Main thread. What runs goes on; whoever waits looks again. */
  setLimit(limit: number | undefined): void {
    Atomics.store(this.#words, LIMIT, limit ?? UNLIMITED)
    this.#signal()
  }

  get isLimited(): boolean {
    return Atomics.load(this.#words, LIMIT) !== UNLIMITED
  }

  /** All that may run do. Never where none may: who asks then is told so. */
  get isFull(): boolean {
    const limit = Atomics.load(this.#words, LIMIT)
    for (let slot = 0; slot < limit; slot++)
      if (Atomics.load(this.#words, HOLDERS_AT + slot) === FREE) return false
    return limit > 0
  }

  /** @param holder positive, of the one who will {@link give} it back, or for whom {@link giveAll} does. */
  take(holder: number): Permit {
    const limit = Atomics.load(this.#words, LIMIT)
    if (limit === UNLIMITED) return UNBOUNDED
    for (let slot = 0; slot < limit; slot++)
      if (Atomics.compareExchange(this.#words, HOLDERS_AT + slot, FREE, holder) === FREE)
        return { type: 'granted', slot }
    return limit > 0 ? FULL : STOPPED
  }

  give(slot: number): void {
    Atomics.store(this.#words, HOLDERS_AT + slot, FREE)
    this.#signal()
  }

  /** Main thread: the holder is gone. */
  giveAll(holder: number): void {
    for (let slot = 0; slot < RESERVED_CONCURRENCY_MAX; slot++)
      Atomics.compareExchange(this.#words, HOLDERS_AT + slot, holder, FREE)
    this.#signal()
  }

  /** Changes with everything that may let somebody in. */
  get signal(): number {
    return Atomics.load(this.#words, SIGNAL)
  }

  /** Calls once when the signal is no longer `seen`. */
  onSignal(seen: number, changed: () => void): void {
    const wait = Atomics.waitAsync(this.#words, SIGNAL, seen)
    // A promise of its own settles both cases after this turn. It cannot reject.
    void Promise.resolve(wait.value).then(changed)
  }

  #signal(): void {
    Atomics.add(this.#words, SIGNAL, 1)
    Atomics.notify(this.#words, SIGNAL)
  }
}
