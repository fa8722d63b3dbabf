/**
 * How the main thread and the lane hosts of one pool wake each other: a word for the main thread, and for each host
 * whether it is idle and a word to wait on; and how often any of them was idle. Nothing is sent for a batch that succeeds (design §3).
 */
const MAIN_SIGNAL = 0
const MAIN_ARMED = 1
const IDLE_COUNT = 2
const HOSTS_AT = 4
const IDLE = 0
const SIGNAL = 1
const WORDS_PER_HOST = 2

export class PoolSignals {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  static allocate(hostsMax: number): PoolSignals {
    return new PoolSignals(new SharedArrayBuffer((HOSTS_AT + hostsMax * WORDS_PER_HOST) * 4))
  }

  /** Main thread: be woken by the next settled batch. Calls back at once when one came since. */
  armMain(woken: () => void): void {
    const seen = Atomics.load(this.#words, MAIN_SIGNAL)
    Atomics.store(this.#words, MAIN_ARMED, 1)
    this.#wait(MAIN_SIGNAL, seen, woken)
  }

  /** A host: something was settled. Costs nothing unless the main thread waits for it. */
  tellMain(): void {
    if (Atomics.load(this.#words, MAIN_ARMED) === 0) return
    if (Atomics.exchange(this.#words, MAIN_ARMED, 0) === 1) this.#notify(MAIN_SIGNAL)
  }

  /** Wakes one idle host. @returns false when none is idle. */
  wakeOne(hosts: readonly number[]): boolean {
    for (const host of hosts) {
      const at = HOSTS_AT + host * WORDS_PER_HOST
      if (Atomics.compareExchange(this.#words, at + IDLE, 1, 0) === 1) {
        this.#notify(at + SIGNAL)
        return true
      }
    }
    return false
  }

  /** A host that was woken and has no room: wakes another one that is idle. */
  wakeAny(): void {
    const hosts = (this.#words.length - HOSTS_AT) / WORDS_PER_HOST
    this.wakeOne(Array.from({ length: hosts }, (_, host) => host))
  }

  /** Main thread: wakes this host, idle or not. */
  wake(host: number): void {
    this.#notify(HOSTS_AT + host * WORDS_PER_HOST + SIGNAL)
  }

  isIdle(host: number): boolean {
    return Atomics.load(this.#words, HOSTS_AT + host * WORDS_PER_HOST + IDLE) === 1
  }

  /** How often a host of the pool found nothing to do, modulo 2^32. */
  get idleCount(): number {
    return Atomics.load(this.#words, IDLE_COUNT)
  }

  /** A host: says whether it has nothing to do. */
  setIdle(host: number, idle: boolean): void {
    if (idle) Atomics.add(this.#words, IDLE_COUNT, 1)
    Atomics.store(this.#words, HOSTS_AT + host * WORDS_PER_HOST + IDLE, idle ? 1 : 0)
  }

  signalOf(host: number): number {
    return Atomics.load(this.#words, HOSTS_AT + host * WORDS_PER_HOST + SIGNAL)
  }

  /** A host: be woken once when the signal is no longer `seen`. */
  onWake(host: number, seen: number, woken: () => void): void {
    this.#wait(HOSTS_AT + host * WORDS_PER_HOST + SIGNAL, seen, woken)
  }

  #wait(index: number, seen: number, woken: () => void): void {
    const wait = Atomics.waitAsync(this.#words, index, seen)
    // A promise of its own settles both cases after this turn. It cannot reject.
    void Promise.resolve(wait.value).then(woken)
  }

  #notify(index: number): void {
    Atomics.add(this.#words, index, 1)
    Atomics.notify(this.#words, index)
  }
}
