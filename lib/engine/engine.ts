import type { MappingActor } from '../actors/mapping/mapping.ts'
import { MillraceError } from '../core/errors.ts'
import type { EpochMs, MappingUuid } from '../core/ids.ts'
import type { Ledger } from '../core/ledger/ledger.ts'
import type { EngineConfiguration, MappingSettings } from '../core/mapping/settings.ts'
import type { Clock } from '../ports/clock.ts'
import type { EngineStore } from '../ports/failed-batch-store.ts'
import type { Random } from '../ports/random.ts'
import type { StoredFailedBatch } from '../ports/state-store.ts'
import { openLmdbStateStore } from '../state/lmdb/lmdb-state-store.ts'
import { EngineAssembly } from './engine-assembly.ts'
import type { EngineGround } from './engine-ground.ts'
import { EngineLife } from './engine-life.ts'
import type { EngineMappings } from './engine-mappings.ts'
import {
  type Explanation,
  explainMapping,
  explainOutbox,
  ledgerOfAll,
  type MappingStatus,
  statusOf,
} from './engine-status.ts'
import { EngineStreams } from './engine-streams.ts'
import type { FunctionCatalogue } from './function-catalogue.ts'
import type { InspectionEvent } from './inspection.ts'
import { configuredMappingUuid } from './mapping-uuid.ts'
import { unknownMapping } from './mappings/unknown-mapping.ts'
import type { EngineFigures } from './measuring/engine-figures.ts'
import { EngineCheckpoints } from './positions/engine-checkpoints.ts'
import type { EngineFailed } from './redrive/engine-failed.ts'
import type { Reconfigured } from './reload/reconfiguration.ts'
import type { StreamHandle } from './stream-handle.ts'
import { StreamCatalogue } from './streams/stream-catalogue.ts'
import { createSystemClock } from './system-clock.ts'
import { SYSTEM_RANDOM } from './system-random.ts'
import { type UnreadyMapping, unreadyOf } from './unready-mappings.ts'

/** What `createEngine` can be given besides the configuration, for tests and benchmarks. */
export type EngineParts = {
  readonly store?: EngineStore
  readonly clock?: Clock
  readonly random?: Random
  /** Redrives that have not ended: `start` goes on with them, or leaves them. */
  readonly redrives?: 'resume' | 'leave'
  /** What is made over the API lives as long as the data directory, or as this engine, as is the case unless it is said. */
  readonly definitions?: 'durable' | 'none'
  /** What module functions print becomes lines of JSON, from this level of pino's on; lines of text without it. */
  readonly logLevel?: number
}

/** How an engine stops. */
export type StopOptions = {
  /** What runs for longer is ended. @unit ms */
  readonly withinMs?: number
  /** Nobody asks anything of the engine once this settles: its data stay open until then. */
  readonly after?: Promise<void>
}

/** Everything of one data directory: streams, functions, mappings. @source contract §8 */
export class Engine implements AsyncDisposable {
  readonly #assembly: EngineAssembly
  readonly #life: EngineLife
  /** Event source mappings, in the API's own terms. @source contract §8 */
  readonly mappings: EngineMappings
  /** Batches that were given up: list, get, redrive, purge. */
  readonly failed: EngineFailed
  /** How far mappings have read: set, reset, export, import. */
  readonly checkpoints: EngineCheckpoints
  /** The functions that mappings can name, in the API's own terms. @source contract §8 */
  readonly functions: FunctionCatalogue
  /** Embedded streams, for surfaces. @internal */
  readonly streams: StreamCatalogue
  readonly #redrives: 'resume' | 'leave'
  #stopped: Promise<void> | undefined

  /** Opens the data directory. Nothing is read before `start`. @throws MillraceError */
  static async open(configuration: EngineConfiguration, parts: EngineParts = {}): Promise<Engine> {
    const clock = parts.clock ?? createSystemClock(true)
    const { dataDirectory: directory, engine } = configuration
    const failedBatchBytesMax = engine.failedBatchStoreMaximumBytes
    const store = parts.store ?? (await openLmdbStateStore({ directory, failedBatchBytesMax }))
    try {
      // Its own: what is reconfigured is told to all parts by it.
      const own = { ...configuration }
      const streams = await EngineStreams.open(own, clock)
      const { random = SYSTEM_RANDOM, logLevel } = parts
      try {
        return new Engine({ configuration: own, store, streams, clock, random, logLevel }, parts)
      } catch (error) {
        await streams.close()
        throw error
      }
    } catch (error) {
      await store.close()
      throw error
    }
  }

  private constructor(ground: EngineGround, { redrives, definitions }: EngineParts) {
    this.#redrives = redrives ?? 'resume'
    this.#life = new EngineLife()
    this.#assembly = new EngineAssembly(ground, this.#life, { definitions: definitions ?? 'none' })
    const { functions, mappings, failed, supervisor } = this.#assembly
    this.failed = failed
    this.streams = new StreamCatalogue(ground, this.#life)
    this.checkpoints = new EngineCheckpoints({
      store: ground.store,
      clock: ground.clock,
      expectOpen: (operation) => this.#life.expectOpen(operation),
      isRunning: (uuid) => supervisor.mappings.has(uuid),
      findStream: (streamArn) => ground.streams.findRead(streamArn),
    })
    this.functions = functions.catalogue
    this.mappings = mappings
  }

  /**
   * Begins to read and to invoke. Resolves when every function is loaded (D34) and every mapping's start is fixed (D21).
   * @throws MillraceError MILLRACE_HANDLER_UNLOADABLE, MILLRACE_SOURCE_UNREACHABLE, MILLRACE_SOURCE_REFUSED and others: nothing was
   *   read then, and the engine is stopped.
   */
  async start(): Promise<void> {
    this.#life.start()
    const { ground, outbox, trimming, functions } = this.#assembly
    const { mappings } = ground.configuration
    const enabled = mappings.filter((mapping) => mapping.enabled)
    const actors: MappingActor[] = []
    try {
      await this.#load(enabled)
      for (const { uuid, settings, actor } of await this.#createAll(enabled)) {
        this.#assembly.supervisor.adopt(actor)
        this.mappings.declare(uuid, settings, actor.streamArn)
        actors.push(actor)
      }
      // A stop may have come while the functions loaded.
      this.#life.expect('running', 'start')
    } catch (error) {
      await this.stop()
      throw error
    }
    for (const actor of actors) actor.start()
    this.mappings.resume()
    if (this.#redrives === 'resume') await this.#assembly.resumeRedrives()
    outbox.look()
    trimming.start()
    functions.collect()
  }

  /**
   * Takes over mappings, functions and streams that another configuration has, or has otherwise. Resolves when running
   * invocations ended under the old one (D7). @throws MillraceError as `open` and `start`: nothing has changed then. @internal
   */
  reconfigure(configuration: EngineConfiguration): Promise<Reconfigured> {
    return this.#assembly.reconfiguration.apply(configuration)
  }

  /** The embedded stream of this name. @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STATE */
  stream(name: string): StreamHandle {
    return this.streams.handle(name)
  }

  /**
   * Resolves when everything that was put before the call is settled and durable, and the outbox is empty (D23).
   * @param options.signal Ends the waiting, not the engine.
   * @throws MillraceError MILLRACE_ABORTED when `signal` aborts, the engine stops, or a mapping fails for good.
   */
  async caughtUp(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#life.expect('running', 'wait until caught up')
    const { supervisor, caughtUp } = this.#assembly
    for (const { uuid, reason } of supervisor.losses.values()) {
      throw MillraceError.of('MILLRACE_ABORTED', {
        operation: 'caughtUp',
        reason: `mapping ${uuid} failed: ${reason}`,
      })
    }
    await caughtUp.wait(options.signal)
  }

  /** Records by outcome, of one mapping or of all together, since its beginning. @param uuid The mapping's. @throws MillraceError MILLRACE_MAPPING_UNKNOWN @source contract §7 */
  ledger(uuid?: string): Ledger {
    if (uuid !== undefined) return this.#mapping(uuid).ledger()
    return ledgerOfAll(this.#assembly.supervisor.mappings)
  }

  /** All mappings, in the order of the configuration. */
  status(): readonly MappingStatus[] {
    return statusOf(this.#assembly.supervisor.mappings)
  }

  /**
   * What every mapping does and what holds it up, in facts and in words: its state and ledger; each shard's position, how
   * far it is behind, its open tumbling window; what every lane waits for, since when, and for which key and error. And
   * whether reports of failed batches can be delivered. Shards of a mapping that the configuration disables are left out.
   * @param uuid Only this mapping.
   * @throws MillraceError MILLRACE_MAPPING_UNKNOWN
   * @cost O(shards and lanes), and the bytes of tumbling windows' states.
   */
  explain(uuid?: string): Explanation {
    const { supervisor, outbox, failed } = this.#assembly
    const all = this.mappings.list()
    const found = uuid === undefined ? all : all.filter(({ UUID }) => UUID === uuid)
    if (uuid !== undefined && found.length === 0)
      throw unknownMapping(
        uuid,
        all.map(({ UUID }) => UUID),
      )
    const mappings = found.map((description) =>
      explainMapping(description, supervisor.mappings.get(description.UUID as MappingUuid)),
    )
    const redrives = { settled: failed.settledCount, shards: failed.explainShards(uuid) }
    return { mappings, outbox: explainOutbox(outbox), redrives }
  }

  /** What it has done and holds now, in numbers. Counts never go back while it runs. @source contract §6 @internal */
  figures(): EngineFigures {
    return this.#assembly.figures.read()
  }

  /** Mappings that are to do their work and do not, and why. */
  unready(): readonly UnreadyMapping[] {
    return unreadyOf(this.mappings.list(), this.#assembly.supervisor)
  }

  /** Batches that were given up, oldest first. @throws MillraceError MILLRACE_STATE */
  failedBatches(filter?: { readonly mapping?: MappingUuid }): Iterable<StoredFailedBatch> {
    this.#life.expectOpen('list failed batches')
    return this.#assembly.ground.store.failedBatches(filter)
  }

  /** What happens, as it happens: failed attempts, shards, sources. Ends at `stop`. @source contract §8 */
  inspect(): AsyncIterable<InspectionEvent> {
    return this.#assembly.inspection.listen()
  }

  /**
   * Lets running invocations end, starts nothing new, saves all positions, closes everything. May be called twice;
   * the first call's limit holds.
   * @param options.withinMs Milliseconds. What runs for longer is ended with its thread and spends no attempt; a closure cannot be.
   * @param options.after Nobody asks anything of the engine from then on: its data stay open until that.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stop(options)
    return this.#stopped
  }

  /** Stops the engine. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop({ withinMs, after }: StopOptions): Promise<void> {
    const { ground, trimming, caughtUp, supervisor, checkpoints, outbox, functions, inspection } =
      this.#assembly
    const { clock, streams, store } = ground
    const reason = 'the engine stops'
    this.#life.stop(reason)
    trimming.stop()
    caughtUp.abort(reason)
    const takeBackKill =
      withinMs === undefined
        ? undefined
        : clock.at((clock.now() + withinMs) as EpochMs, () => functions.functions.kill())
    await Promise.all([supervisor.stop(), this.failed.stop(), functions.drained()])
    await Promise.all([this.mappings.stopped(), this.#assembly.reconfiguration.ended()])
    await after
    takeBackKill?.()
    await checkpoints.flush()
    await outbox.stop()
    await functions.stop()
    await streams.close()
    await store.close()
    inspection.close()
    this.#life.stopped()
  }

  /** D34: every function is loaded once before anything is read. @throws MillraceError */
  async #load(mappings: readonly MappingSettings[]): Promise<void> {
    const loading = Promise.all(mappings.map((settings) => this.#assembly.factory.load(settings)))
    await this.#life.unlessStopped(loading)
  }

  /** All at once, so that their starts share commits. @throws MillraceError of the first one, in their order, that cannot be. */
  async #createAll(wanted: readonly MappingSettings[]) {
    const { factory } = this.#assembly
    const creating = wanted.map(async (settings) => {
      const uuid = configuredMappingUuid(settings)
      return { uuid, settings, actor: await factory.create(uuid, settings) }
    })
    // None is left under way when the engine stops.
    await Promise.allSettled(creating)
    return Promise.all(creating)
  }

  #mapping(uuid: string): MappingActor {
    const { mappings } = this.#assembly.supervisor
    const mapping = mappings.get(uuid as MappingUuid)
    if (mapping) return mapping
    throw unknownMapping(uuid, [...mappings.keys()])
  }
}
