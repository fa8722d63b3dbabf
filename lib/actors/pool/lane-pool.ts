import type { HostEnd } from '../../core/function/host-end.ts'
import type { EpochMs } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import {
  LANE_IDLE,
  LANE_OWNED,
  LANE_QUEUED,
  LANE_SUSPECTED,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import { Permits } from '../lane-memory/permits.ts'
import { PoolSignals } from '../lane-memory/pool-signals.ts'
import { SharedQueue } from '../lane-memory/shared-queue.ts'
import {
  handleOf,
  type InvocationTask,
  laneIdOf,
  laneIndexOf,
  type OpenShard,
  type Resumption,
  type TaskEnd,
} from '../protocol.ts'
import { HostWatch } from './host-watch.ts'
import type { LanePoolParts } from './lane-pool-parts.ts'
import { countRunning, OpenShards, type ShardListener } from './open-shards.ts'
import { type Host, type LaneMessage, PoolHosts } from './pool-hosts.ts'
import { PoolTasks } from './pool-tasks.ts'
import { SettledLanes } from './settled-lanes.ts'
import { type HandedLane, Suspects } from './suspects.ts'

/** Lanes of one pool that can be ready at the same time. */
const READY_LANES_MAX = 1 << 17
/** How often threads are counted and watched while lanes have work. @unit ms */
const WATCH_MS = 50
/** Tasks hold their permits here, wherever they run. */
const TASKS_HOLDER = 1
/** First host of a pool that shares its permits with no other. */
export const FIRST_HOLDER = 2

export type { LanePoolParts } from './lane-pool-parts.ts'

/** The lanes that one function works on, and the lane hosts that take them. */
export class LanePool {
  readonly #parts: LanePoolParts
  readonly #ready: SharedQueue
  readonly #settled: SettledLanes
  readonly #signals: PoolSignals
  readonly #hosts: PoolHosts
  readonly #shards = new OpenShards()
  readonly #permits: Permits
  readonly #tasks: PoolTasks
  readonly #watch = new HostWatch()
  readonly #suspects = new Suspects((suspect) => this.#hand(suspect, this.#hosts.any()))
  #takeBackWatch: (() => void) | undefined

  constructor(parts: LanePoolParts) {
    this.#parts = parts
    this.#permits = parts.permits ?? Permits.allocate()
    this.#tasks = new PoolTasks({
      ...parts,
      hosts: () => this.#hosts,
      hasLanes: (host) => this.#shards.lanesOwnedBy(LANE_OWNED + host).length > 0,
    })
    const ready = SharedQueue.allocate(READY_LANES_MAX)
    const settled = SharedQueue.allocate(READY_LANES_MAX)
    const signals = PoolSignals.allocate(parts.threads.threadsMax)
    this.#signals = signals
    this.#ready = new SharedQueue(ready)
    const { threads, clock, failed } = parts
    const queue = new SharedQueue(settled)
    this.#settled = new SettledLanes({ queue, signals, shards: this.#shards, clock })
    this.#hosts = new PoolHosts({
      threads,
      memory: {
        slab: parts.slab.memory,
        ready,
        settled,
        signals: signals.memory,
        permits: this.#permits.memory,
        holdersFrom: this.#holdersFrom,
      },
      signals,
      clock,
      introductions: () => this.#shards.introductions(),
      received: (host, message) => this.#receive(host, message),
      started: () => this.#arm(),
      lost: (host, end) => this.#hostLost(host, end),
      hasWork: () => !this.#ready.isEmpty() || this.#shards.size > 0 || this.#tasks.count > 0,
      failed,
    })
  }

  openShard(shard: Omit<OpenShard, 'handle'>, listener: ShardListener): number {
    const [handle, messages] = this.#shards.open(shard, listener)
    for (const message of messages) this.#hosts.post(message)
    return handle
  }

  /** Before records that need them are published. */
  structuresGrew(streamArn: string, structures: readonly unknown[]): void {
    this.#hosts.post(this.#shards.structuresGrew(streamArn, structures))
  }

  leaveShard(handle: number): void {
    const shard = this.#shards.at(handle)
    for (const lane of this.#suspects.drop(handle))
      shard?.listener.block.store(lane, LaneWord.owner, LANE_IDLE)
    this.#hosts.post({ type: 'leave-shard', handle })
    this.#arm()
  }

  closeShard(handle: number): void {
    this.#shards.close(handle)
    this.#hosts.post({ type: 'close-shard', handle })
  }

  /** The lane has records enough: a host takes it. */
  ready(handle: number, lane: number): void {
    const shard = this.#shards.at(handle)
    if (!shard) return
    const { block } = shard.listener
    if (block.swap(lane, LaneWord.owner, LANE_IDLE, LANE_QUEUED)) {
      this.#ready.push(laneIdOf(handle, lane))
      this.#arm()
      this.#hosts.wakeOne()
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
      this.#hand(handed, this.#hosts.any())
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
    return this.#hosts.load()
  }

  /** Ends all threads, whatever runs in them: no attempt is spent. Only while every lane is being let go. */
  kill(): void {
    this.#hosts.kill()
    this.#tasks.stop('the engine stops')
  }

  async stop(): Promise<void> {
    this.#takeBackWatch?.()
    this.#tasks.stop('the pool stops')
    await this.#hosts.stop()
    const { threadsMax } = this.#parts.threads
    for (let id = 0; id < threadsMax; id++) this.#permits.giveAll(this.#holdersFrom + id)
  }

  /**
   * Invokes the function outside of any lane, in the same threads. @returns how it ended, or `throttled` where as many
   * run as may: it did not begin then.
   */
  async invoke(task: Omit<InvocationTask, 'id'>): Promise<TaskEnd | 'throttled'> {
    const permit = this.#permits.take(TASKS_HOLDER)
    if (permit.type !== 'granted') return 'throttled'
    try {
      return await this.#tasks.run(task)
    } finally {
      if (permit.slot !== undefined) this.#permits.give(permit.slot)
    }
  }

  /** Resolves when no invocation outside of lanes runs any more. */
  tasksEnded(): Promise<void> {
    return this.#tasks.allEnded()
  }

  /** Invocations outside of lanes that have not ended. */
  get taskCount(): number {
    return this.#tasks.count
  }

  get executedVersion(): string {
    return this.#parts.executedVersion ?? '$LATEST'
  }

  get #holdersFrom(): number {
    return this.#parts.holdersFrom ?? FIRST_HOLDER
  }

  get timeoutSeconds(): number {
    return this.#parts.timeoutSeconds
  }

  get hostCount(): number {
    return this.#hosts.size
  }

  #receive(host: Host, message: LaneMessage): void {
    switch (message.type) {
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
          ?.listener.attemptFailed(laneIndexOf(message.laneId), message.failure)
        return
      case 'task-begun':
      case 'task-ended':
        return this.#tasks.receive(host, message)
      case 'alone-ended':
        return this.#suspects.turnEnded()
      default:
        return unreachable(message)
    }
  }

  /** @returns how many functions ran in it. */
  #hostLost(host: Host, end: HostEnd): number {
    this.collect()
    const lost = this.#shards.lanesOwnedBy(LANE_OWNED + host.id)
    // With one invocation the thread died of that; with several each of them is a suspect only (D27).
    const inLanes = countRunning(lost)
    const running = inLanes + this.#tasks.hostLost(host, end)
    const isProof = inLanes === 1 && running === 1 && !host.broken
    this.#permits.giveAll(this.#holdersFrom + host.id)
    for (const { listener, lanes } of lost) listener.hostLost(lanes, { end, isProof })
    this.#suspects.hostGone(host.id)
    if (!this.#hosts.isKilled) this.#queueAgain()
    return running
  }

  /**
   * The dead host may have taken a lane from the queue without making it its own, or have been woken for one. A lane
   * that stands in the queue twice is taken once.
   */
  #queueAgain(): void {
    for (const { handle, lanes } of this.#shards.lanesOwnedBy(LANE_QUEUED))
      for (const lane of lanes) this.#ready.push(laneIdOf(handle, lane))
    if (!this.#ready.isEmpty()) this.#hosts.wakeAny()
  }

  /** Waits for settled lanes and watches the threads while there is work. */
  #arm(): void {
    if (!this.#hosts.isStopping) this.#settled.listen()
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
    if (this.#hosts.isStopping) return
    this.collect()
    const { busy, hosts } = this.#watch.blockedHosts(this.#shards, this.#parts.clock.now())
    for (const id of hosts) this.#hosts.killOne(id)
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
      isAnyFree: this.#hosts.isAnyFree,
      idleCount: this.#signals.idleCount,
    })
    for (let i = 0; i < more; i++) this.#hosts.start()
  }
}
