import { describeEnd, type HostEnd } from '../../core/function/host-end.ts'
import type { EpochMs } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import {
  DEFAULT_RESTART_RULES,
  NO_RESTARTS,
  planRestart,
} from '../../core/supervision/restart-intensity.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { HostThread, HostThreads } from '../../ports/host-threads.ts'
import type { PoolMemory } from '../host/lane-host.ts'
import {
  LANE_IDLE,
  LANE_OWNED,
  LANE_QUEUED,
  LANE_SUSPECTED,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import { PoolSignals } from '../lane-memory/pool-signals.ts'
import { SharedQueue } from '../lane-memory/shared-queue.ts'
import type { Slab } from '../lane-memory/slab.ts'
import {
  type FromHost,
  handleOf,
  laneIdOf,
  laneIndexOf,
  type OpenShard,
  type Resumption,
  type ToHost,
} from '../protocol.ts'
import { HostWatch } from './host-watch.ts'
import { countRunning, OpenShards, type ShardListener } from './open-shards.ts'
import { SettledLanes } from './settled-lanes.ts'
import { type HandedLane, Suspects } from './suspects.ts'

/** Lanes of one pool that can be ready at the same time. */
const READY_LANES_MAX = 1 << 17
/** How often threads are counted and watched while lanes have work. @unit ms */
const WATCH_MS = 50
/** Hosts that are told to stop have nothing to do; those that do not end by then are killed. @unit ms */
const STOP_MS = 1000

type Host = {
  readonly id: number
  readonly thread: HostThread<FromHost, ToHost>
  state: 'loading' | 'running'
  /** A bug of ours, or what a handler did to its thread's built-in objects: it cannot go on. */
  broken?: Error
}

export type LanePoolParts = {
  readonly slab: Slab
  readonly threads: HostThreads<PoolMemory, FromHost, ToHost>
  readonly clock: Clock
  /** The function's `Timeout`. */
  readonly timeoutSeconds: number
  /** Processors of the machine. */
  readonly processors: number
  /** A host could not load the function, or broke: nothing of this pool can run. */
  readonly failed: (error: FunctionError | Error) => void
}

/** The lane hosts of one function, as the main thread sees them. */
export class LanePool {
  readonly #parts: LanePoolParts
  readonly #ready: SharedQueue
  readonly #settled: SettledLanes
  readonly #signals: PoolSignals
  readonly #memory: PoolMemory
  readonly #hosts = new Map<number, Host>()
  readonly #shards = new OpenShards()
  readonly #watch = new HostWatch()
  readonly #suspects = new Suspects((suspect) => this.#hand(suspect, this.#anyHost()))
  readonly #loadWaiters: ((error: FunctionError | Error | undefined) => void)[] = []
  #restarts = NO_RESTARTS
  #hasLoaded = false
  #takeBackWatch: (() => void) | undefined
  #stopping = false
  #killed = false

  constructor(parts: LanePoolParts) {
    this.#parts = parts
    const ready = SharedQueue.allocate(READY_LANES_MAX)
    const settled = SharedQueue.allocate(READY_LANES_MAX)
    this.#signals = PoolSignals.allocate(parts.threads.threadsMax)
    this.#memory = { slab: parts.slab.memory, ready, settled, signals: this.#signals.memory }
    this.#ready = new SharedQueue(ready)
    this.#settled = new SettledLanes({
      queue: new SharedQueue(settled),
      signals: this.#signals,
      shards: this.#shards,
      clock: parts.clock,
    })
  }

  openShard(shard: Omit<OpenShard, 'handle'>, listener: ShardListener): number {
    const [handle, messages] = this.#shards.open(shard, listener)
    for (const message of messages) this.#post(message)
    return handle
  }

  /** Before records that need them are published. */
  structuresGrew(streamArn: string, structures: readonly unknown[]): void {
    this.#post(this.#shards.structuresGrew(streamArn, structures))
  }

  leaveShard(handle: number): void {
    const shard = this.#shards.at(handle)
    for (const lane of this.#suspects.drop(handle))
      shard?.listener.block.store(lane, LaneWord.owner, LANE_IDLE)
    this.#post({ type: 'leave-shard', handle })
    this.#arm()
  }

  closeShard(handle: number): void {
    this.#shards.close(handle)
    this.#post({ type: 'close-shard', handle })
  }

  /** The lane has records enough: a host takes it. */
  ready(handle: number, lane: number): void {
    const shard = this.#shards.at(handle)
    if (!shard) return
    const { block } = shard.listener
    if (block.swap(lane, LaneWord.owner, LANE_IDLE, LANE_QUEUED)) {
      this.#ready.push(laneIdOf(handle, lane))
      this.#wakeOne()
    } else if (shard.open.rules.batchingWindowMs > 0) {
      const owner = block.load(lane, LaneWord.owner) - LANE_OWNED
      if (this.#hosts.has(owner)) this.#signals.wake(owner)
    }
  }

  /**
   * Hands a lane with batches in hand to a host. The lane must be idle. Suspects run one after the other, each alone
   * in its thread (D27).
   */
  resume(handle: number, lane: number, resumption: Resumption): void {
    const handed = { handle, lane, resumption }
    if (!resumption.alone) {
      this.#hand(handed, this.#anyHost())
      return
    }
    this.#shards.at(handle)!.listener.block.store(lane, LaneWord.owner, LANE_SUSPECTED)
    this.#suspects.add(handed)
  }

  #hand({ handle, lane, resumption }: HandedLane, { id, thread }: Host): number {
    this.#shards.at(handle)!.listener.block.store(lane, LaneWord.owner, LANE_OWNED + id)
    thread.channel.post({ type: 'resume', laneId: laneIdOf(handle, lane), ...resumption })
    this.#arm()
    return id
  }

  /** Loads the function in a first host. @returns why it cannot be loaded, if so. @source D34 */
  load(): Promise<FunctionError | Error | undefined> {
    if (this.#hasLoaded) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#loadWaiters.push(resolve)
      if (this.#hosts.size === 0) this.#start()
    })
  }

  #loadEnded(error: FunctionError | Error | undefined): void {
    if (error === undefined) this.#hasLoaded = true
    const waiters = this.#loadWaiters.splice(0)
    for (const loaded of waiters) loaded(error)
    if (error !== undefined && waiters.length === 0) this.#parts.failed(error)
  }

  /** Ends all threads, whatever runs in them: no attempt is spent. Only while every lane is being let go. */
  kill(): void {
    this.#killed = true
    for (const host of this.#hosts.values()) host.thread.kill()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#takeBackWatch?.()
    this.#post({ type: 'stop' })
    const ended = Promise.all([...this.#hosts.values()].map(({ thread }) => thread.ended))
    const { clock, threads } = this.#parts
    const due = (clock.now() + STOP_MS) as EpochMs
    let takeBack: (() => void) | undefined
    await Promise.race([ended, new Promise<void>((resolve) => (takeBack = clock.at(due, resolve)))])
    takeBack?.()
    await threads.close()
  }

  get timeoutSeconds(): number {
    return this.#parts.timeoutSeconds
  }

  get hostCount(): number {
    return this.#hosts.size
  }

  #post(message: ToHost): void {
    for (const host of this.#hosts.values()) host.thread.channel.post(message)
  }

  #wakeOne(): void {
    this.#arm()
    if (this.#signals.wakeOne([...this.#hosts.keys()])) return
    if (this.#hosts.size === 0) this.#start()
  }

  #anyHost(): Host {
    if (this.#hosts.size === 0) this.#start()
    const hosts = [...this.#hosts.values()]
    return hosts.find((host) => this.#signals.isIdle(host.id)) ?? hosts[0]!
  }

  #start(): void {
    let id = 0
    while (this.#hosts.has(id)) id++
    this.#signals.setIdle(id, false)
    const thread = this.#parts.threads.start(id, this.#memory)
    const host: Host = { id, thread, state: 'loading' }
    this.#hosts.set(id, host)
    thread.channel.receive((message) => this.#receive(host, message))
    for (const message of this.#shards.introductions()) thread.channel.post(message)
    // Owned by the pool: it never rejects.
    void thread.ended.then((end) => this.#hostEnded(host, end))
    this.#arm()
  }

  #receive(host: Host, message: FromHost): void {
    switch (message.type) {
      case 'loaded':
        if (message.error) {
          host.thread.kill()
          return this.#loadEnded(message.error)
        }
        host.state = 'running'
        this.#loadEnded(undefined)
        return
      case 'save': {
        const { laneId } = message
        const shard = this.#shards.at(handleOf(laneId))
        shard?.listener.saveRequested(laneIndexOf(laneId), message, () =>
          host.thread.channel.post({ type: 'saved', laneId }),
        )
        return
      }
      case 'attempt-failed':
        this.#shards
          .at(handleOf(message.laneId))
          ?.listener.attemptFailed(laneIndexOf(message.laneId), message.error)
        return
      case 'alone-ended':
        return this.#suspects.turnEnded()
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
        return unreachable(message)
    }
  }

  #hostEnded(host: Host, end: HostEnd): void {
    host.thread.channel.drain()
    this.#hosts.delete(host.id)
    this.#signals.setIdle(host.id, false)
    if (this.#stopping) return
    if (end.type === 'finished') return
    this.collect()
    const lost = this.#shards.lanesOwnedBy(LANE_OWNED + host.id)
    // With one invocation the thread died of that; with several each of them is a suspect only (D27).
    const running = countRunning(lost)
    const isProof = running === 1 && !host.broken
    for (const { listener, lanes } of lost) listener.hostLost(lanes, { end, isProof })
    this.#suspects.hostGone(host.id)
    if (this.#killed) return
    this.#queueAgain()
    this.#replace(host, end, running)
  }

  /**
   * The dead host may have taken a lane from the queue without making it its own, or have been woken for one. A lane
   * that stands in the queue twice is taken once.
   */
  #queueAgain(): void {
    for (const { handle, lanes } of this.#shards.lanesOwnedBy(LANE_QUEUED))
      for (const lane of lanes) this.#ready.push(laneIdOf(handle, lane))
    if (!this.#ready.isEmpty()) this.#signals.wakeOne([...this.#hosts.keys()])
  }

  /** Another host for one that is gone, if there is work; not at once, and not for ever, if it died of nothing. */
  #replace(host: Host, end: HostEnd, running: number): void {
    const { clock } = this.#parts
    const startAgain = () => {
      const hasWork = !this.#ready.isEmpty() || this.#shards.size > 0
      if (!this.#stopping && hasWork && this.#hosts.size === 0) this.#start()
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

  /** Waits for settled lanes and watches the threads while there is work. */
  #arm(): void {
    if (!this.#stopping) this.#settled.listen()
    this.#takeBackWatch ??= this.#parts.clock.at(
      (this.#parts.clock.now() + WATCH_MS) as EpochMs,
      () => this.#look(),
    )
  }

  /** Takes over what the hosts have settled up to now. */
  collect(): void {
    this.#settled.collect()
  }

  #look(): void {
    this.#takeBackWatch = undefined
    if (this.#stopping) return
    this.collect()
    const { busy, hosts } = this.#watch.blockedHosts(this.#shards, this.#parts.clock.now())
    for (const id of hosts) this.#hosts.get(id)?.thread.kill()
    this.#grow()
    if (busy || !this.#ready.isEmpty()) this.#arm()
  }

  #grow(): void {
    const { threads, processors } = this.#parts
    const more = this.#watch.moreHosts({
      hosts: this.#hosts.size,
      hostsMax: threads.threadsMax,
      processors,
      used: threads.cpuUse(),
      waiting: this.#ready.size,
      isAnyFree: [...this.#hosts.values()].some(
        ({ id, state }) => state === 'loading' || this.#signals.isIdle(id),
      ),
      idleCount: this.#signals.idleCount,
    })
    for (let i = 0; i < more; i++) this.#start()
  }
}
