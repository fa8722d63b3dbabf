import { fileURLToPath } from 'node:url'
import type { MessagePort, Worker } from 'node:worker_threads'
import { Piscina, type PiscinaTask, queueOptionsSymbol } from 'piscina'
import { type FunctionError, loadTimedOutError } from '../../core/function/function-error.ts'
import { type HostEnd, lostInvocationError } from '../../core/function/host-end.ts'
import type { FunctionIdentity } from '../../core/function/lambda-context.ts'
import { LOAD_MS_MAX, type LoadTask } from '../../core/function/load-task.ts'
import { invariant } from '../../core/invariant.ts'
import type { ModuleFunctionSettings } from '../../core/mapping/settings.ts'
import { handlerEnvironment } from './environment.ts'
import { endOfRejection } from './host-end.ts'

/** How long an ended thread is waited for; one stuck in native code cannot be ended. @unit milliseconds @source ours */
const THREAD_END_MS_MAX = 2000
/** What a module that blocks its thread gets beyond its own limit. @unit milliseconds @source ours */
const LOAD_GRACE_MS = 500
const LOAD_FILE = fileURLToPath(new URL('../worker/load-once.js', import.meta.url))

export type ThreadPoolOptions = {
  /** Module that exports `runHost(start: HostStart): Promise<void>`; it runs in the thread. */
  readonly hostFile: string | URL
  readonly settings: ModuleFunctionSettings
  readonly identity: FunctionIdentity
  readonly region: string
  /** Hosts at the same time. */
  readonly threadsMax: number
  /** The environment that the allow-list picks from: `process.env`. */
  readonly inherited: Readonly<Record<string, string | undefined>>
  /** What handlers print becomes lines of JSON, from this level of pino's on; lines of text without it. */
  readonly logLevel?: number
  /** For tests; 10 s. */
  readonly loadMs?: number
}

/** What the engine gives its host; must survive `structuredClone`. `port` is transferred. */
export type HostTask = { readonly port: MessagePort; readonly shared: unknown }

/** What `runHost` is called with. */
export type HostStart = HostTask & {
  readonly hostId: number
  readonly settings: ModuleFunctionSettings
  readonly identity: FunctionIdentity
  readonly logLevel?: number
}

export type HostHandle = {
  /** Resolves once, when the thread is gone (or has not gone {@link THREAD_END_MS_MAX} after its kill). Never rejects. */
  readonly ended: Promise<HostEnd>
  /** Ends the thread at once, whatever runs in it. Does nothing when it has ended. */
  kill(): void
}

/** The threads of one function: each is one execution environment, carries one host, and ends with it. */
export interface ThreadPool {
  /** Starts a thread with a host in it. @throws InvariantError beyond `threadsMax` and after `close`. */
  startHost(hostId: number, task: HostTask): HostHandle
  /** Loads the function in a thread of its own. @returns why it cannot be. @source D34 */
  loadOnce(): Promise<FunctionError | undefined>
  /** Processors in use by the threads since the last call: 0 to their number. */
  cpuUse(): number
  /** Kills what runs. Resolves within a bounded time, even where a thread does not end. */
  close(): Promise<void>
}

/**
 * A pool of piscina for one function, starting empty. Threads start when asked and end when their host does, so that no
 * environment is handed to a second host. @source design §5, reliability §3
 */
export function createThreadPool(options: ThreadPoolOptions): ThreadPool {
  return new PiscinaPool(options)
}

type Job = {
  readonly id: number
  readonly abort: AbortController
  /** The thread that it was given to. */
  thread: Worker | undefined
  startError: unknown
}

type Launch = {
  readonly filename: string
  readonly name: string
  readonly task: object
  readonly transferList: MessagePort[]
}

class PiscinaPool implements ThreadPool {
  readonly #options: ThreadPoolOptions
  readonly #pool: Piscina
  readonly #jobs = new Map<number, Job>()
  readonly #endings = new Set<Promise<unknown>>()
  readonly #watched = new WeakSet<Worker>()
  /** Threads that have carried a task: never given another. */
  readonly #used = new WeakSet<Worker>()
  readonly #utilizations = new WeakMap<
    Worker,
    ReturnType<typeof performance.eventLoopUtilization>
  >()
  #hostCount = 0
  #jobCount = 0
  #isClosed = false

  constructor(options: ThreadPoolOptions) {
    this.#options = options
    // Options are listed one by one: piscina must never see members of parsed JSON.
    this.#pool = new Piscina({
      minThreads: 0,
      // One more, for loading.
      maxThreads: options.threadsMax + 1,
      idleTimeout: 0,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: options.settings.memorySizeMegabytes },
      env: handlerEnvironment(options),
      // Nor do the flags of this process reach a handler, such as the loaders of a test runner.
      execArgv: [],
      loadBalancer: (task, workers) => {
        const free = workers.find(({ id, destroyed }) => !destroyed && !this.#isUsed(id))
        if (free) this.#assign(task, free.id)
        return free ?? null
      },
    })
    // Emitted when a thread without a task dies: no host is concerned, and the next one gets a new thread.
    this.#pool.on('error', () => {})
  }

  startHost(hostId: number, task: HostTask): HostHandle {
    invariant(!this.#isClosed, 'the pool is closed')
    invariant(this.#hostCount < this.#options.threadsMax, 'more hosts than threads')
    const { hostFile, settings, identity } = this.#options
    const start: HostStart = { ...task, hostId, settings, identity, ...this.#log }
    this.#hostCount++
    const { result, kill } = this.#launch({
      filename: typeof hostFile === 'string' ? hostFile : fileURLToPath(hostFile),
      name: 'runHost',
      task: start,
      transferList: [task.port],
    })
    const ended = result.then(({ end }) => {
      this.#hostCount--
      return end
    })
    return { ended, kill }
  }

  async loadOnce(): Promise<FunctionError | undefined> {
    invariant(!this.#isClosed, 'the pool is closed')
    const { settings, identity, loadMs = LOAD_MS_MAX } = this.#options
    const task: LoadTask = { settings, identity, loadMs, ...this.#log }
    const job = this.#launch({ filename: LOAD_FILE, name: 'loadOnce', task, transferList: [] })
    const timer = setTimeout(job.kill, loadMs + LOAD_GRACE_MS)
    const { end, value } = await job.result
    clearTimeout(timer)
    if (end.type === 'finished') return value as FunctionError | undefined
    if (end.type === 'killed') return loadTimedOutError(loadMs)
    return lostInvocationError(end, { requestId: 'init', timeoutSeconds: loadMs / 1000 })
  }

  cpuUse(): number {
    let sum = 0
    for (const worker of this.#pool.threads) {
      const last = this.#utilizations.get(worker)
      const now = worker.performance.eventLoopUtilization()
      this.#utilizations.set(worker, now)
      sum += last ? worker.performance.eventLoopUtilization(now, last).utilization : now.utilization
    }
    return sum
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const job of this.#jobs.values()) job.abort.abort()
    await Promise.all(this.#endings)
    await atMost(this.#pool.destroy())
  }

  #launch(launch: Launch): {
    readonly result: Promise<{ readonly end: HostEnd; readonly value?: unknown }>
    readonly kill: () => void
  } {
    const job: Job = {
      id: ++this.#jobCount,
      abort: new AbortController(),
      thread: undefined,
      startError: undefined,
    }
    this.#jobs.set(job.id, job)
    const result = this.#run(job, launch).finally(() => {
      this.#jobs.delete(job.id)
      this.#endings.delete(result)
    })
    this.#endings.add(result)
    return { result, kill: () => job.abort.abort() }
  }

  async #run(job: Job, launch: Launch): Promise<{ end: HostEnd; value?: unknown }> {
    let outcome: { end: HostEnd; value?: unknown }
    try {
      const { filename, name, transferList } = launch
      const task = { ...launch.task, [queueOptionsSymbol]: { jobId: job.id } }
      const running = this.#pool.run(task, {
        filename,
        name,
        transferList,
        signal: job.abort.signal,
      })
      this.#watchThreads()
      outcome = { end: { type: 'finished' }, value: await running }
    } catch (error) {
      if (job.startError !== undefined) {
        outcome = { end: { type: 'crashed', error: job.startError } }
      } else if (job.abort.signal.aborted) outcome = { end: { type: 'killed' } }
      else outcome = { end: endOfRejection(error) }
    }
    if (job.thread) await atMost(threadGone(job.thread))
    return outcome
  }

  get #log(): { readonly logLevel?: number } {
    const { logLevel } = this.#options
    return logLevel === undefined ? {} : { logLevel }
  }

  #isUsed(threadId: number): boolean {
    const worker = this.#worker(threadId)
    return worker === undefined || this.#used.has(worker)
  }

  #worker(threadId: number): Worker | undefined {
    return this.#pool.threads.find((worker) => worker.threadId === threadId)
  }

  #assign(task: PiscinaTask, threadId: number): void {
    const worker = this.#worker(threadId)
    const options = task[queueOptionsSymbol] as { readonly jobId: number } | null
    const job = this.#jobs.get(options?.jobId ?? 0)
    if (!worker || !job) return
    this.#used.add(worker)
    job.thread = worker
  }

  /** A thread that dies before it takes a task leaves the task in piscina's queue for ever: such a job is given up. */
  #watchThreads(): void {
    for (const worker of this.#pool.threads) {
      if (this.#watched.has(worker)) continue
      this.#watched.add(worker)
      let reason: unknown = new Error('the thread ended before it was ready')
      worker.once('error', (error) => {
        reason = error
      })
      worker.once('exit', () => {
        if (!this.#used.has(worker)) this.#giveUpWaiting(reason)
      })
    }
  }

  #giveUpWaiting(reason: unknown): void {
    const waiting = [...this.#jobs.values()].filter(
      (job) => !job.thread && !job.abort.signal.aborted,
    )
    const freeCount = this.#pool.threads.filter((worker) => !this.#used.has(worker)).length
    for (const job of waiting.slice(freeCount)) {
      job.startError = reason
      job.abort.abort()
    }
  }
}

/** Resolves when the thread has ended. */
function threadGone(worker: Worker): Promise<void> {
  // An ended thread has no id any more.
  if (worker.threadId === -1) return Promise.resolve()
  return new Promise((resolve) => worker.once('exit', () => resolve()))
}

/** Waits for `work`, but not longer than for a thread that does not end. */
async function atMost(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise((resolve) => {
    timer = setTimeout(resolve, THREAD_END_MS_MAX)
  })
  await Promise.race([work, overdue])
  clearTimeout(timer)
}
