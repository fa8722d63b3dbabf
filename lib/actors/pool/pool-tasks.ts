import { type HostEnd, lostInvocationError } from '../../core/function/host-end.ts'
import type { EpochMs } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FromHost, InvocationTask, TaskAnswer, TaskEnd } from '../protocol.ts'
import type { Host, PoolHosts } from './pool-hosts.ts'

/** A handler's own timeout comes first; this long after its deadline its thread is taken for blocked. @unit ms */
const BLOCKED_GRACE_MS = 500
/** Threads that may end under a task before it has begun: then something else is wrong. */
const LOSSES_MAX = 3

/** What a host says of tasks. */
export type TaskMessage = Extract<FromHost, { type: 'task-begun' | 'task-ended' }>

export type PoolTasksParts = {
  /** Which has them comes after this: they tell of each other. */
  readonly hosts: () => PoolHosts
  /** Whether the host works on lanes. */
  readonly hasLanes: (host: number) => boolean
  readonly clock: Clock
  readonly timeoutSeconds: number
}

type Waiting = { readonly state: 'waiting' }
type Given = { readonly state: 'given'; readonly host: Host }
type Running = {
  readonly state: 'running'
  readonly host: Host
  readonly takeBackWatch: () => void
}

type Task = {
  readonly task: InvocationTask
  readonly ended: (end: TaskEnd) => void
  place: Waiting | Given | Running
  losses: number
}

/** Invocations that are of no lane: each is given to a thread that is free, or to one more, or queues behind the fewest. */
export class PoolTasks {
  readonly #parts: PoolTasksParts
  readonly #tasks = new Map<number, Task>()
  #lastId = 0
  #allEnded: (() => void)[] = []

  constructor(parts: PoolTasksParts) {
    this.#parts = parts
  }

  get count(): number {
    return this.#tasks.size
  }

  /** Resolves when it has ended, in whatever way. */
  run(request: Omit<InvocationTask, 'id'>): Promise<TaskEnd> {
    const id = ++this.#lastId
    return new Promise((ended) => {
      const task: Task = { task: { ...request, id }, ended, place: { state: 'waiting' }, losses: 0 }
      this.#tasks.set(id, task)
      this.#give(task)
    })
  }

  receive(host: Host, message: TaskMessage): void {
    const task = this.#tasks.get(message.task)
    if (!task) return
    if (message.type === 'task-begun') {
      task.place = { state: 'running', host, takeBackWatch: this.#watch(task, host) }
      return
    }
    if (message.end.answer.type === 'not-run') return this.#lost(task, { type: 'finished' })
    this.#end(task, message.end)
  }

  /** @returns how many ran in it. */
  hostLost(host: Host, end: HostEnd): number {
    const lost = [...this.#tasks.values()].filter(
      ({ place }) => place.state !== 'waiting' && place.host === host,
    )
    const running = lost.filter(({ place }) => place.state === 'running')
    for (const task of lost) this.#lost(task, end)
    return running.length
  }

  /** Resolves when there is none. */
  allEnded(): Promise<void> {
    if (this.#tasks.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#allEnded.push(resolve))
  }

  /** Whoever waits is told that nothing comes any more. */
  stop(reason: string): void {
    for (const task of this.#tasks.values()) this.#answer(task, { type: 'not-run', reason })
  }

  #give(task: Task): void {
    const hosts = this.#parts.hosts()
    if (hosts.isKilled || hosts.isStopping)
      return this.#answer(task, { type: 'not-run', reason: 'the engine stops' })
    const loads = this.#loads()
    const isTaken = (id: number) => loads.has(id) || this.#parts.hasLanes(id)
    const host = hosts.unoccupied(isTaken) ?? hosts.least(loads)
    task.place = { state: 'given', host }
    host.thread.channel.post({ type: 'task', task: task.task })
  }

  /** Tasks by host. */
  #loads(): ReadonlyMap<number, number> {
    const loads = new Map<number, number>()
    for (const { place } of this.#tasks.values())
      if (place.state !== 'waiting') loads.set(place.host.id, (loads.get(place.host.id) ?? 0) + 1)
    return loads
  }

  /** What ran when the thread ended ended with it; what had not begun begins in another one. */
  #lost(task: Task, end: HostEnd): void {
    const isOver = task.place.state === 'running' && end.type !== 'finished'
    task.losses++
    if (!isOver && task.losses < LOSSES_MAX) return this.#give(task)
    const { timeoutSeconds } = this.#parts
    const { requestId } = task.task
    const died = end.type === 'finished' ? ({ type: 'exited', code: 0 } as const) : end
    const error = lostInvocationError(died, { requestId, timeoutSeconds })
    this.#answer(task, { type: 'function-error', error })
  }

  /** Only from outside can a thread be ended that its handler blocks. */
  #watch(task: Task, host: Host): () => void {
    const { clock, timeoutSeconds } = this.#parts
    const due = (clock.now() + timeoutSeconds * 1000 + BLOCKED_GRACE_MS) as EpochMs
    return clock.at(due, () => {
      if (this.#tasks.has(task.task.id)) host.thread.kill()
    })
  }

  #answer(task: Task, answer: TaskAnswer): void {
    this.#end(task, { answer, durationMs: 0 })
  }

  #end(task: Task, end: TaskEnd): void {
    if (task.place.state === 'running') task.place.takeBackWatch()
    this.#tasks.delete(task.task.id)
    task.ended(end)
    if (this.#tasks.size === 0) for (const ended of this.#allEnded.splice(0)) ended()
  }
}
