import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Slab } from '../actors/lane-memory/slab.ts'
import { LanePool } from '../actors/pool/lane-pool.ts'
import { MillraceError } from '../core/errors.ts'
import type { FunctionError } from '../core/function/function-error.ts'
import type { FunctionIdentity } from '../core/function/lambda-context.ts'
import type { EngineConfiguration, FunctionSettings } from '../core/mapping/settings.ts'
import { createInlineRuntime } from '../functions/inline/inline-runtime.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { InlineThreads } from './inline-threads.ts'
import { ModuleThreads } from './module-threads.ts'

export type FunctionsParts = {
  readonly configuration: EngineConfiguration
  readonly slab: Slab
  readonly clock: Clock
  readonly random: Random
  /** A function can run no more. */
  readonly failed: (functionName: string, error: FunctionError | Error) => void
}

/** The functions of an engine, each with its pool of lane hosts, started when first needed. */
export class EngineFunctions {
  readonly #parts: FunctionsParts
  readonly #pools = new Map<string, LanePool>()

  constructor(parts: FunctionsParts) {
    this.#parts = parts
  }

  functionArn(name: string, qualifier?: string): string {
    const { region, account } = this.#parts.configuration
    return `arn:aws:lambda:${region}:${account}:function:${name}${qualifier ? `:${qualifier}` : ''}`
  }

  /** @throws MillraceError MILLRACE_FUNCTION_UNKNOWN */
  pool(name: string): LanePool {
    const known = this.#pools.get(name)
    if (known) return known
    const { slab, clock, failed } = this.#parts
    const settings = this.#settings(name)
    const pool = new LanePool({
      slab,
      clock,
      threads: this.#threads(name, settings),
      timeoutSeconds: settings.timeoutSeconds,
      processors: availableParallelism(),
      failed: (error) => failed(name, error),
    })
    this.#pools.set(name, pool)
    return pool
  }

  /** Ends what still runs: see {@link LanePool.kill}. A closure in the program's own thread cannot be ended. */
  kill(): void {
    for (const pool of this.#pools.values()) pool.kill()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()))
  }

  #settings(name: string): FunctionSettings {
    const { functions } = this.#parts.configuration
    const settings = functions.get(name)
    if (settings) return settings
    const known = [...functions.keys()].join(', ') || 'none'
    throw MillraceError.of('MILLRACE_FUNCTION_UNKNOWN', { function: name, known })
  }

  #threads(name: string, settings: FunctionSettings): ModuleThreads | InlineThreads {
    const { configuration, clock, random } = this.#parts
    const identity = this.#identity(name)
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
    return new ModuleThreads(settings, { identity, region, threadsMax: engine.maximumThreads })
  }

  #identity(functionName: string): FunctionIdentity {
    const { clock } = this.#parts
    const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/')
    const stream = createHash('sha256')
      .update(`${functionName}${process.pid}`)
      .digest('hex')
      .slice(0, 32)
    return {
      functionName,
      functionArn: this.functionArn(functionName),
      version: '$LATEST',
      logStreamName: `${day}/[$LATEST]${stream}`,
    }
  }
}
