import { describeEnd, type HostEnd } from '../../core/function/host-end.ts'
import type { EpochMs } from '../../core/ids.ts'
import {
  DEFAULT_RESTART_RULES,
  NO_RESTARTS,
  planRestart,
} from '../../core/supervision/restart-intensity.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { HostThread, HostThreads } from '../../ports/host-threads.ts'
import type { PoolMemory } from '../lane-memory/pool-memory.ts'
import type { PoolSignals } from '../lane-memory/pool-signals.ts'
import type { FromHost, ToHost } from '../protocol.ts'

/** Hosts that are told to stop have nothing to do; those that do not end by then are killed. @unit ms */
const STOP_MS = 1000

/** A lane host, as the main thread sees it. */
export type Host = {
  readonly id: number
  readonly thread: HostThread<FromHost, ToHost>
  state: 'loading' | 'running'
  /** A bug of ours, or what a handler did to its thread's built-in objects: it cannot go on. */
  broken?: Error
}

/** What a host says of its lanes; what it says of itself is heard here. */
export type LaneMessage = Exclude<FromHost, { type: 'loaded' | 'worn-out' | 'broken' }>

export type PoolHostsParts = {
  readonly threads: HostThreads<PoolMemory, FromHost, ToHost>
  readonly memory: PoolMemory
  readonly signals: PoolSignals
  readonly clock: Clock
  /** What a host that begins now must be told. */
  introductions(): Iterable<ToHost>
  received(host: Host, message: LaneMessage): void
  started(): void
  /** A host is gone: its lanes go on elsewhere. @returns how many functions ran in it. */
  lost(host: Host, end: HostEnd): number
  /** Whether a host is needed, when there is none. */
  hasWork(): boolean
  /** The function cannot be loaded, or its hosts die of nothing: nothing of this pool can run. */
  failed(error: FunctionError | Error): void
}

/** The threads of one function: they are started, loaded, replaced when they die, and ended. */
export class PoolHosts {
  readonly #parts: PoolHostsParts
  readonly #hosts = new Map<number, Host>()
  readonly #loadWaiters: ((error: FunctionError | Error | undefined) => void)[] = []
  #restarts = NO_RESTARTS
  #hasLoaded = false
  #life: 'running' | 'killed' | 'stopping' = 'running'

  constructor(parts: PoolHostsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#hosts.size
  }

  get isStopping(): boolean {
    return this.#life === 'stopping'
  }

  get isKilled(): boolean {
    return this.#life === 'killed'
  }

  has(id: number): boolean {
    return this.#hosts.has(id)
  }

  /** One that has nothing to do, or is about to have. */
  get isAnyFree(): boolean {
    return [...this.#hosts.values()].some(
      ({ id, state }) => state === 'loading' || this.#parts.signals.isIdle(id),
    )
  }

  /** A free one, where there is any. */
  any(): Host {
    if (this.#hosts.size === 0) this.start()
    const hosts = [...this.#hosts.values()]
    return hosts.find((host) => this.#parts.signals.isIdle(host.id)) ?? hosts[0]!
  }

  /** One that nothing is in hand of, or a new one. @returns undefined when all are taken. */
  unoccupied(isTaken: (id: number) => boolean): Host | undefined {
    const hosts = [...this.#hosts.values()]
    const free = hosts.find(({ id }) => !isTaken(id))
    if (free) return free
    return hosts.length < this.#parts.threads.threadsMax ? this.start() : undefined
  }

  /** The one with the fewest tasks. */
  least(loads: ReadonlyMap<number, number>): Host {
    const loadOf = ({ id }: Host): number => loads.get(id) ?? 0
    return [...this.#hosts.values()].reduce((a, b) => (loadOf(b) < loadOf(a) ? b : a))
  }

  post(message: ToHost): void {
    for (const host of this.#hosts.values()) host.thread.channel.post(message)
  }

  /** There is work for one of them: wakes one that sleeps, or starts the first. */
  wakeOne(): void {
    if (this.wakeAny()) return
    if (this.#hosts.size === 0) this.start()
  }

  /** @returns false when none sleeps. */
  wakeAny(): boolean {
    return this.#parts.signals.wakeOne([...this.#hosts.keys()])
  }

  start(): Host {
    const { signals, threads, memory, introductions, started } = this.#parts
    let id = 0
    while (this.#hosts.has(id)) id++
    signals.setIdle(id, false)
    const thread = threads.start(id, memory)
    const host: Host = { id, thread, state: 'loading' }
    this.#hosts.set(id, host)
    thread.channel.receive((message) => this.#receive(host, message))
    for (const message of introductions()) thread.channel.post(message)
    // Owned by the pool: it never rejects.
    void thread.ended.then((end) => this.#ended(host, end))
    started()
    return host
  }

  /** Loads the function in a first host. @returns why it cannot be loaded, if so. @source D34 */
  load(): Promise<FunctionError | Error | undefined> {
    if (this.#hasLoaded) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#loadWaiters.push(resolve)
      if (this.#hosts.size === 0) this.start()
    })
  }

  /** Ends one whose handler blocks it. */
  killOne(id: number): void {
    this.#hosts.get(id)?.thread.kill()
  }

  /** Ends all of them, and starts none any more. */
  kill(): void {
    this.#life = 'killed'
    for (const host of this.#hosts.values()) host.thread.kill()
  }

  async stop(): Promise<void> {
    this.#life = 'stopping'
    this.post({ type: 'stop' })
    const ended = Promise.all([...this.#hosts.values()].map(({ thread }) => thread.ended))
    const { clock, threads } = this.#parts
    const due = (clock.now() + STOP_MS) as EpochMs
    let takeBack: (() => void) | undefined
    await Promise.race([ended, new Promise<void>((resolve) => (takeBack = clock.at(due, resolve)))])
    takeBack?.()
    await threads.close()
  }

  #receive(host: Host, message: FromHost): void {
    switch (message.type) {
      case 'loaded':
        if (message.error) {
          host.thread.kill()
          return this.#loadEnded(message.error)
        }
        host.state = 'running'
        return this.#loadEnded(undefined)
      case 'worn-out':
        return host.thread.kill()
      case 'broken': {
        const error = new Error(message.message)
        error.stack = message.stack
        // Its lanes are in a state that nobody knows: they leave with the thread, and go on from what it published.
        host.broken = error
        return host.thread.kill()
      }
      default:
        return this.#parts.received(host, message)
    }
  }

  #loadEnded(error: FunctionError | Error | undefined): void {
    if (error === undefined) this.#hasLoaded = true
    const waiters = this.#loadWaiters.splice(0)
    for (const loaded of waiters) loaded(error)
    if (error !== undefined && waiters.length === 0) this.#parts.failed(error)
  }

  #ended(host: Host, end: HostEnd): void {
    host.thread.channel.drain()
    // A thread that was killed before it took its host never had the other end: that would stay open, and the process alive.
    host.thread.channel.close()
    this.#hosts.delete(host.id)
    this.#parts.signals.setIdle(host.id, false)
    if (this.#life === 'stopping' || end.type === 'finished') return
    const running = this.#parts.lost(host, end)
    if (this.#life === 'running') this.#replace(host, end, running)
  }

  /** Another host for one that is gone, if there is work; not at once, and not for ever, if it died of nothing. */
  #replace(host: Host, end: HostEnd, running: number): void {
    const { clock, hasWork } = this.#parts
    const startAgain = () => {
      const isNeeded = hasWork() || this.#loadWaiters.length > 0
      if (this.#life !== 'stopping' && isNeeded && this.#hosts.size === 0) this.start()
    }
    // A thread that a handler ended, or that we ended, is no failure of ours (D27).
    if (!host.broken && (running > 0 || end.type === 'killed')) return startAgain()
    const failure = { counts: true, now: clock.now(), fraction: 0.5 }
    const plan = planRestart(this.#restarts, failure, DEFAULT_RESTART_RULES)
    if (plan.type === 'give-up' || (host.state === 'loading' && !this.#hasLoaded)) {
      const what = host.state === 'loading' ? 'loaded the function' : 'ran nothing'
      const errorMessage = `the thread ended while it ${what}: ${describeEnd(end)}`
      return this.#loadEnded(host.broken ?? { errorType: 'Runtime.ExitError', errorMessage })
    }
    this.#restarts = plan.history
    clock.at(plan.at, startAgain)
  }
}
