import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Permits } from '../actors/lane-memory/permits.ts'
import type { Slab } from '../actors/lane-memory/slab.ts'
import { FIRST_HOLDER, LanePool } from '../actors/pool/lane-pool.ts'
import { functionArnOf } from '../core/function/function-target.ts'
import type { FunctionIdentity } from '../core/function/lambda-context.ts'
import type { ResolvedFunction } from '../core/function/resolve-function.ts'
import type { EpochMs } from '../core/ids.ts'
import { THREADS_MAX } from '../core/limits.ts'
import type { EngineConfiguration } from '../core/mapping/settings.ts'
import { createInlineRuntime } from '../functions/inline/inline-runtime.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { InlineThreads } from './inline-threads.ts'
import { ModuleThreads } from './module-threads.ts'
import { unloadable } from './unloadable.ts'

/** A pool that nothing needs is kept this long: it may be called again, or be about to be used. @unit ms */
const POOL_IDLE_MS = 60_000

export type FunctionsParts = {
  readonly configuration: EngineConfiguration
  readonly slab: Slab
  readonly clock: Clock
  readonly random: Random
  /** @see EngineGround.logLevel */
  readonly logLevel: number | undefined
  /** Nothing of the pool can run any more. */
  readonly failed: (pool: LanePool, reason: string) => void
  /** From time to time: pools may have become idle. */
  readonly look: () => void
}

type Kept = {
  readonly pool: LanePool
  readonly resolved: ResolvedFunction
  /** When somebody last wanted it. */
  wantedAt: EpochMs
}

/** The programs of an engine's functions, each with its pool of lane hosts, started when first needed. */
export class EngineFunctions {
  readonly #parts: FunctionsParts
  readonly #pools = new Map<string, Kept>()
  readonly #permits = new Map<string, Permits>()
  readonly #stopping = new Set<Promise<void>>()
  #poolCount = 0
  #takeBackLook: (() => void) | undefined

  constructor(parts: FunctionsParts) {
    this.#parts = parts
  }

  /** The pool of a program. */
  pool(resolved: ResolvedFunction): LanePool {
    const { clock } = this.#parts
    const known = this.#pools.get(resolved.program)
    if (known) {
      known.wantedAt = clock.now()
      return known.pool
    }
    const pool = this.#create(resolved)
    this.#pools.set(resolved.program, { pool, resolved, wantedAt: clock.now() })
    this.#armLook()
    return pool
  }

  /** Loads a program in its first thread. @throws MillraceError MILLRACE_HANDLER_UNLOADABLE @source D34 */
  async load(resolved: ResolvedFunction): Promise<LanePool> {
    const pool = this.pool(resolved)
    const error = await pool.load()
    if (error) throw unloadable(resolved.name, resolved.settings, error)
    return pool
  }

  /** How many invocations of a function may run, of all its programs together. */
  setLimit(name: string, limit: number | undefined): void {
    if (limit !== undefined || this.#permits.has(name)) this.#permitsOf(name).setLimit(limit)
  }

  /** Stops the pools that are not used, and that nobody has wanted for a while. @returns when their threads are gone. */
  async retire(isUsed: (pool: LanePool, program: string) => boolean): Promise<void> {
    const idleSince = this.#parts.clock.now() - POOL_IDLE_MS
    for (const [program, { pool, wantedAt }] of this.#pools) {
      if (wantedAt > idleSince || pool.taskCount > 0 || isUsed(pool, program)) continue
      this.#pools.delete(program)
      const stopped = pool.stop().finally(() => this.#stopping.delete(stopped))
      this.#stopping.add(stopped)
    }
    await Promise.all(this.#stopping)
  }

  /** Folders of code that threads may be reading. */
  codeDirectories(): readonly string[] {
    return [...this.#pools.values()].flatMap(({ resolved: { settings } }) =>
      settings.type === 'module' ? [settings.codeDirectory] : [],
    )
  }

  /** Of all pools together. */
  get threadCount(): number {
    return [...this.#pools.values()].reduce((sum, { pool }) => sum + pool.hostCount, 0)
  }

  /** Ends what still runs: see {@link LanePool.kill}. A closure in the program's own thread cannot be ended. */
  kill(): void {
    for (const { pool } of this.#pools.values()) pool.kill()
  }

  /** Resolves when nothing runs in them that is of no lane. */
  async drained(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(({ pool }) => pool.tasksEnded()))
  }

  async stop(): Promise<void> {
    this.#takeBackLook?.()
    await Promise.all([...this.#pools.values()].map(({ pool }) => pool.stop()))
    await Promise.all(this.#stopping)
  }

  #armLook(): void {
    const { clock, look } = this.#parts
    this.#takeBackLook ??= clock.at((clock.now() + POOL_IDLE_MS) as EpochMs, () => {
      this.#takeBackLook = undefined
      look()
      if (this.#pools.size > 0) this.#armLook()
    })
  }

  #create(resolved: ResolvedFunction): LanePool {
    const { slab, clock, failed } = this.#parts
    const { name, version, settings } = resolved
    const pool: LanePool = new LanePool({
      slab,
      clock,
      threads: this.#threads(resolved),
      timeoutSeconds: settings.timeoutSeconds,
      processors: availableParallelism(),
      failed: (error) => failed(pool, unloadable(name, settings, error).message),
      executedVersion: version,
      permits: this.#permitsOf(name),
      holdersFrom: FIRST_HOLDER + this.#poolCount++ * THREADS_MAX,
    })
    return pool
  }

  #permitsOf(name: string): Permits {
    const permits = this.#permits.get(name) ?? Permits.allocate()
    this.#permits.set(name, permits)
    return permits
  }

  #threads(resolved: ResolvedFunction): ModuleThreads | InlineThreads {
    const { configuration, clock, random, logLevel } = this.#parts
    const { settings } = resolved
    const identity = this.#identity(resolved)
    if (settings.type === 'inline') {
      const runtime = createInlineRuntime(settings, identity, clock)
      return new InlineThreads({
        runtime,
        timeoutMs: settings.timeoutSeconds * 1000,
        clock,
        random,
      })
    }
    const { region, engine } = configuration
    const { maximumThreads: threadsMax } = engine
    const log = logLevel === undefined ? {} : { logLevel }
    return new ModuleThreads(settings, { identity, region, threadsMax, ...log })
  }

  #identity({ name: functionName, version }: ResolvedFunction): FunctionIdentity {
    const { clock, configuration } = this.#parts
    const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/')
    const stream = createHash('sha256')
      .update(`${functionName}${process.pid}`)
      .digest('hex')
      .slice(0, 32)
    return {
      functionName,
      functionArn: functionArnOf(configuration, { name: functionName }),
      version,
      logStreamName: `${day}/[${version}]${stream}`,
    }
  }
}
