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
  FLIGHT_RUNNING,
  LANE_IDLE,
  LANE_OWNED,
  LANE_QUEUED,
  LANE_SUSPECTED,
  type LaneBlock,
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

/** Lanes of one pool that can be ready at the same time. */
const READY_LANES_MAX = 1 << 17
/** Least time between two looks at what settled. @unit ms */
const COLLECT_PACE_MS = 1
/** How often threads are counted and watched while lanes have work. @unit ms */
const WATCH_MS = 50
/** Share of the processors above which more threads would only get in each other's way. */
const PROCESSORS_BUSY = 0.8
/** A handler's own timeout comes first; this long after its deadline its thread is taken for blocked. @unit ms */
const BLOCKED_GRACE_MS = 250

/** Hosts that are told to stop have nothing to do; those that do not end by then are killed. @unit ms */
const STOP_MS = 1000

export type SaveRequest = Extract<FromHost, { type: 'save' }>

/** How a host went, and whether that proves anything about the one batch that ran in it (D27). */
export type HostLoss = { readonly end: HostEnd; readonly isProof: boolean }

/** The poller's side of a shard that is open in the pool. */
export interface ShardListener {
  readonly block: LaneBlock
  laneSettled(lane: number): void
  saveRequested(lane: number, request: SaveRequest, saved: () => void): void
  attemptFailed(lane: number, error: FunctionError): void
  /** The host that owned these lanes is gone. */
  hostLost(lanes: readonly number[], loss: HostLoss): void
}

type Handed = { readonly handle: number; readonly lane: number; readonly resumption: Resumption }

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
  readonly #settled: SharedQueue
  readonly #signals: PoolSignals
  readonly #memory: PoolMemory
  readonly #hosts = new Map<number, Host>()
  readonly #shards = new Map<
    number,
    { readonly open: OpenShard; readonly listener: ShardListener }
  >()
  readonly #structures = new Map<string, readonly unknown[]>()
  readonly #late = new Map<number, number>()
  readonly #loadWaiters: ((error: FunctionError | Error | undefined) => void)[] = []
  /** Lanes whose batch may have ended a thread, and the host where one of them has its turn (D27). */
  readonly #suspects: Handed[] = []
  #aloneOn: number | undefined
  #restarts = NO_RESTARTS
  #hasLoaded = false
  /** Hosts' idle count at a look that found lanes waiting and no host free; `undefined` where it found otherwise. */
  #idleCountInNeed: number | undefined
  #nextHandle = 1
  #armed = false
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
    this.#settled = new SharedQueue(settled)
  }

  openShard(shard: Omit<OpenShard, 'handle'>, listener: ShardListener): number {
    const open = { ...shard, handle: this.#nextHandle++ }
    this.#shards.set(open.handle, { open, listener })
    this.#post({ type: 'open-shard', shard: open })
    const structures = this.#structures.get(open.stream.streamArn)
    if (structures) this.#post({ type: 'structures', streamArn: open.stream.streamArn, structures })
    return open.handle
  }

  /** Before records that need them are published. */
  structuresGrew(streamArn: string, structures: readonly unknown[]): void {
    const known = structures.slice()
    this.#structures.set(streamArn, known)
    this.#post({ type: 'structures', streamArn, structures: known })
  }

  leaveShard(handle: number): void {
    for (const suspect of this.#suspects.filter((one) => one.handle === handle)) {
      this.#suspects.splice(this.#suspects.indexOf(suspect), 1)
      this.#shards.get(handle)?.listener.block.store(suspect.lane, LaneWord.owner, LANE_IDLE)
    }
    this.#post({ type: 'leave-shard', handle })
    this.#arm()
  }

  closeShard(handle: number): void {
    this.#shards.delete(handle)
    this.#post({ type: 'close-shard', handle })
  }

  /** The lane has records enough: a host takes it. */
  ready(handle: number, lane: number): void {
    const shard = this.#shards.get(handle)
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
    if (!resumption.alone) return this.#hand(handed, this.#anyHost())
    const block = this.#shards.get(handle)!.listener.block
    block.store(lane, LaneWord.owner, LANE_SUSPECTED)
    this.#suspects.push(handed)
    this.#nextSuspect()
  }

  #hand({ handle, lane, resumption }: Handed, host: Host): void {
    this.#shards.get(handle)!.listener.block.store(lane, LaneWord.owner, LANE_OWNED + host.id)
    const laneId = laneIdOf(handle, lane)
    host.thread.channel.post({ type: 'resume', laneId, ...resumption })
    this.#arm()
  }

  #nextSuspect(): void {
    if (this.#aloneOn !== undefined) return
    const suspect = this.#suspects.shift()
    if (!suspect) return
    const host = this.#anyHost()
    this.#aloneOn = host.id
    this.#hand(suspect, host)
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
    for (const { open } of this.#shards.values())
      thread.channel.post({ type: 'open-shard', shard: open })
    for (const [streamArn, structures] of this.#structures) {
      thread.channel.post({ type: 'structures', streamArn, structures })
    }
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
        const shard = this.#shards.get(handleOf(laneId))
        shard?.listener.saveRequested(laneIndexOf(laneId), message, () =>
          host.thread.channel.post({ type: 'saved', laneId }),
        )
        return
      }
      case 'attempt-failed':
        this.#shards
          .get(handleOf(message.laneId))
          ?.listener.attemptFailed(laneIndexOf(message.laneId), message.error)
        return
      case 'alone-ended':
        this.#aloneOn = undefined
        return this.#nextSuspect()
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
    const lost = this.#lanesOf(host.id)
    // With one invocation the thread died of that; with several each of them is a suspect only (D27).
    const running = lost.reduce(
      (sum, { lanes, listener }) => sum + countRunning(listener.block, lanes),
      0,
    )
    for (const { listener, lanes } of lost)
      listener.hostLost(lanes, { end, isProof: running === 1 && !host.broken })
    if (this.#aloneOn === host.id) this.#aloneOn = undefined
    this.#nextSuspect()
    if (this.#killed) return
    this.#queueAgain()
    this.#replace(host, end, running)
  }

  /**
   * The dead host may have taken a lane from the queue without making it its own, or have been woken for one. A lane
   * that stands in the queue twice is taken once.
   */
  #queueAgain(): void {
    for (const [handle, { listener }] of this.#shards)
      for (const lane of lanesOwned(listener.block, LANE_QUEUED))
        this.#ready.push(laneIdOf(handle, lane))
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

  #lanesOf(
    hostId: number,
  ): { readonly listener: ShardListener; readonly lanes: readonly number[] }[] {
    const lost = []
    for (const { listener } of this.#shards.values()) {
      const lanes = lanesOwned(listener.block, LANE_OWNED + hostId)
      if (lanes.length > 0) lost.push({ listener, lanes })
    }
    return lost
  }

  /** Waits for settled lanes and watches the threads while there is work. */
  #arm(): void {
    if (!this.#armed && !this.#stopping) {
      this.#armed = true
      this.#signals.armMain(() => {
        this.collect()
        // Hosts that settle thousands of batches a second wake the main thread a thousand times at most.
        const due = (this.#parts.clock.now() + COLLECT_PACE_MS) as EpochMs
        this.#parts.clock.at(due, () => {
          this.#armed = false
          if (this.#shards.size > 0) this.#arm()
          // After arming, since what settled before found nobody to wake.
          this.collect()
        })
      })
    }
    this.#takeBackWatch ??= this.#parts.clock.at(
      (this.#parts.clock.now() + WATCH_MS) as EpochMs,
      () => this.#watch(),
    )
  }

  /** Takes over what the hosts have settled up to now. */
  collect(): void {
    for (let laneId = this.#settled.take(); laneId >= 0; laneId = this.#settled.take()) {
      const shard = this.#shards.get(handleOf(laneId))
      if (!shard) continue
      const lane = laneIndexOf(laneId)
      shard.listener.block.store(lane, LaneWord.reported, 0)
      shard.listener.laneSettled(lane)
    }
  }

  #watch(): void {
    this.#takeBackWatch = undefined
    if (this.#stopping) return
    this.collect()
    const busy = this.#watchDeadlines()
    this.#grow()
    if (busy || !this.#ready.isEmpty()) this.#arm()
  }

  /** Ends threads that a handler blocks. @returns true while anything is owned. */
  #watchDeadlines(): boolean {
    const now = this.#parts.clock.now()
    let busy = false
    for (const [handle, { listener }] of this.#shards) {
      const { block } = listener
      for (let lane = 0; lane < block.lanes; lane++) {
        const owner = block.load(lane, LaneWord.owner) - LANE_OWNED
        if (owner < 0) continue
        busy = true
        const laneId = laneIdOf(handle, lane)
        if (!isLate(block, lane, now)) this.#late.delete(laneId)
        else if (this.#late.get(laneId) === block.load(lane, LaneWord.version))
          this.#hosts.get(owner)?.thread.kill()
        else this.#late.set(laneId, block.load(lane, LaneWord.version))
      }
    }
    return busy
  }

  /**
   * More threads, when lanes waited from one look to the next without any host being free meanwhile, and the processors
   * are not all in use: twice as many at most.
   */
  #grow(): void {
    const { threads, processors } = this.#parts
    const used = threads.cpuUse()
    const waiting = this.#ready.size
    const noneFree = [...this.#hosts.values()].every(
      ({ id, state }) => state === 'running' && !this.#signals.isIdle(id),
    )
    const before = this.#idleCountInNeed
    const { idleCount } = this.#signals
    this.#idleCountInNeed = waiting > 0 && noneFree ? idleCount : undefined
    if (this.#idleCountInNeed === undefined || before !== idleCount) return
    const hosts = this.#hosts.size
    if (hosts >= processors && used > processors * PROCESSORS_BUSY) return
    const more = Math.min(waiting, hosts, threads.threadsMax - hosts)
    for (let i = 0; i < more; i++) this.#start()
  }
}

function lanesOwned(block: LaneBlock, owner: number): number[] {
  const lanes: number[] = []
  for (let lane = 0; lane < block.lanes; lane++)
    if (block.load(lane, LaneWord.owner) === owner) lanes.push(lane)
  return lanes
}

function countRunning(block: LaneBlock, lanes: readonly number[]): number {
  return lanes.filter((lane) => block.load(lane, LaneWord.inFlight) === FLIGHT_RUNNING).length
}

function isLate(block: LaneBlock, lane: number, now: number): boolean {
  return (
    block.load(lane, LaneWord.inFlight) === FLIGHT_RUNNING &&
    block.deadline(lane) + BLOCKED_GRACE_MS < now
  )
}
