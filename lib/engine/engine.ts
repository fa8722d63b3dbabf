import { CheckpointWriter } from '../actors/checkpoint-writer.ts'
import { Slab } from '../actors/lane-memory/slab.ts'
import { MappingActor, type MappingEvent } from '../actors/mapping/mapping.ts'
import { SupervisorActor } from '../actors/supervisor.ts'
import { MillraceError } from '../core/errors.ts'
import type { FunctionError } from '../core/function/function-error.ts'
import type { EpochMs, MappingUuid, SequenceNumber } from '../core/ids.ts'
import type { Ledger } from '../core/ledger/ledger.ts'
import { sourceText } from '../core/mapping/mapping-settings.ts'
import type { EngineConfiguration, MappingSettings } from '../core/mapping/settings.ts'
import type { Clock } from '../ports/clock.ts'
import type { EngineStore } from '../ports/failed-batch-store.ts'
import type { Random } from '../ports/random.ts'
import type { StoredFailedBatch } from '../ports/state-store.ts'
import { openLmdbStateStore } from '../state/lmdb/lmdb-state-store.ts'
import { CaughtUp } from './caught-up.ts'
import { EngineFunctions } from './engine-functions.ts'
import { EngineMappings } from './engine-mappings.ts'
import { EngineOutbox } from './engine-outbox.ts'
import {
  laneReportsOf,
  ledgerOfAll,
  type MappingLaneReport,
  type MappingStatus,
  statusOf,
} from './engine-status.ts'
import { EngineStreams } from './engine-streams.ts'
import { FunctionCatalogue } from './function-catalogue.ts'
import { Inspection, type InspectionEvent } from './inspection.ts'
import { configuredMappingUuid } from './mapping-uuid.ts'
import { EngineFailed } from './redrive/engine-failed.ts'
import { createSystemClock } from './system-clock.ts'
import { SYSTEM_RANDOM } from './system-random.ts'
import { unloadable } from './unloadable.ts'

/** How often embedded streams are trimmed (D20). @unit ms */
const TRIM_MS = 60_000

/** What an engine is busy with now, and what holds it up. */
export type Explanation = {
  /** Lanes that hold records. */
  readonly lanes: readonly MappingLaneReport[]
  readonly outbox: {
    /** Reports of failed batches delivered since the start. */
    readonly delivered: number
    /** Entries wait, and no destination takes any now. */
    readonly blocked: boolean
    /** Why, by destination. */
    readonly problems: ReadonlyMap<string, string>
  }
  /** Records settled by redrives of this engine. */
  readonly redrives: { readonly settled: number }
}

/** An embedded stream as a program writes to it. @source contract §8 */
export type StreamHandle = {
  readonly streamArn: string
  /**
   * Stores records, all or none. Resolves when they are on disk.
   * @returns the last sequence number of this put in each shard.
   * @throws MillraceError MILLRACE_RECORD_INVALID, MILLRACE_DATA_UNWRITABLE, MILLRACE_STATE
   */
  put(
    records: readonly unknown[],
  ): Promise<{ readonly sequenceNumbers: Readonly<Record<string, SequenceNumber>> }>
}

type State = 'created' | 'running' | 'stopping' | 'stopped'

/** What `createEngine` can be given besides the configuration, for tests and benchmarks. */
export type EngineParts = {
  readonly store?: EngineStore
  /** Redrives that have not ended: `start` goes on with them, or leaves them. */
  readonly redrives?: 'resume' | 'leave'
  readonly clock?: Clock
  readonly random?: Random
}

/** Everything of one data directory: streams, functions, mappings. @source contract §8 */
export class Engine implements AsyncDisposable {
  readonly #configuration: EngineConfiguration
  readonly #clock: Clock
  readonly #store: EngineStore
  readonly #streams: EngineStreams
  readonly #functions: EngineFunctions
  readonly #outbox: EngineOutbox
  readonly #checkpoints: CheckpointWriter
  readonly #slab: Slab
  readonly #random: Random
  readonly #supervisor: SupervisorActor
  readonly #redrives: 'resume' | 'leave'
  readonly #inspection = new Inspection()
  readonly #caughtUp: CaughtUp
  /** Event source mappings, in the API's own terms. @source contract §8 */
  readonly mappings: EngineMappings
  /** Batches that were given up: list, get, redrive, purge. */
  readonly failed: EngineFailed
  /** The functions that mappings can name, in the API's own terms. @source contract §8 */
  readonly functions: FunctionCatalogue
  #state: State = 'created'
  #abortLoading!: (error: MillraceError) => void
  /** Rejects when the engine stops. */
  readonly #stopping = new Promise<never>((_, reject) => {
    this.#abortLoading = reject
  })
  #takeBackTrim: (() => void) | undefined
  #stopped: Promise<void> | undefined

  /** Opens the data directory. Nothing is read before `start`. @throws MillraceError */
  static async open(configuration: EngineConfiguration, parts: EngineParts = {}): Promise<Engine> {
    const clock = parts.clock ?? createSystemClock(true)
    const { dataDirectory: directory, engine } = configuration
    const failedBatchBytesMax = engine.failedBatchStoreMaximumBytes
    const store = parts.store ?? (await openLmdbStateStore({ directory, failedBatchBytesMax }))
    try {
      const streams = await EngineStreams.open(configuration, clock)
      return new Engine(configuration, {
        store,
        streams,
        clock,
        random: parts.random ?? SYSTEM_RANDOM,
        redrives: parts.redrives ?? 'resume',
      })
    } catch (error) {
      await store.close()
      throw error
    }
  }

  private constructor(
    configuration: EngineConfiguration,
    parts: {
      readonly store: EngineStore
      readonly streams: EngineStreams
      readonly clock: Clock
      readonly random: Random
      readonly redrives: 'resume' | 'leave'
    },
  ) {
    const { store, streams, clock, random } = parts
    this.#redrives = parts.redrives
    // Nobody may be loading when it rejects.
    this.#stopping.catch(() => {})
    this.#configuration = configuration
    this.#store = store
    this.#streams = streams
    this.#clock = clock
    this.#random = random
    this.#slab = new Slab(configuration.engine.readAheadBytes.process)
    this.#checkpoints = new CheckpointWriter(store, clock)
    const failed = (name: string, error: FunctionError | Error) => {
      const { message } = this.#unloadable(name, error)
      this.#supervisor.functionFailed(name, message)
      this.failed.functionFailed(name, message)
    }
    this.#functions = new EngineFunctions({
      configuration,
      slab: this.#slab,
      clock,
      random,
      failed,
    })
    this.functions = new FunctionCatalogue({
      configuration,
      openedAt: clock.now(),
      functionArn: (name) => this.#functions.functionArn(name),
    })
    this.#outbox = new EngineOutbox({
      store,
      clock,
      random,
      moved: () => this.#caughtUp.look(),
      failed: (destination, reason) =>
        this.#inspection.tell({ type: 'delivery-failed', destination, reason }),
    })
    this.#supervisor = new SupervisorActor({
      clock,
      lost: ({ uuid, reason }) => this.#mappingLost(uuid, reason),
      failed: (error) => this.#caughtUp.abort(String(error)),
    })
    this.mappings = new EngineMappings({
      configuration,
      supervisor: this.#supervisor,
      now: () => clock.now(),
      uuid: () => random.uuid() as MappingUuid,
      functionArn: (settings) => this.#functionArn(settings),
      prepare: (uuid, settings) => this.#prepareOne(uuid, settings),
    })
    this.failed = this.#createFailed()
    const isIdle = () => this.#outbox.isEmpty && this.failed.isIdle
    this.#caughtUp = new CaughtUp(this.#supervisor.mappings, isIdle)
  }

  /**
   * Begins to read and to invoke. Resolves when every function is loaded (D34) and every mapping's start is fixed (D21).
   * @throws MillraceError; nothing was read then.
   */
  async start(): Promise<void> {
    this.#expect('created', 'start')
    this.#state = 'running'
    const enabled = this.#configuration.mappings.filter((mapping) => mapping.enabled)
    for (const settings of this.#configuration.mappings) {
      this.mappings.declare(configuredMappingUuid(settings), settings, sourceText(settings.source))
    }
    try {
      await this.#load(new Set(enabled.map(({ functionName }) => functionName)))
      for (const settings of enabled) {
        const uuid = configuredMappingUuid(settings)
        const { eventSourceArn } = await this.#prepare(uuid, settings)
        this.mappings.declare(uuid, settings, eventSourceArn)
      }
      // A stop may have come while the functions loaded.
      this.#expect('running', 'start')
    } catch (error) {
      await this.stop()
      throw error
    }
    this.#supervisor.start()
    if (this.#redrives === 'resume') await this.#resumeRedrives()
    this.#outbox.look()
    this.#trimLater()
  }

  /** The embedded stream of this name. @throws MillraceError MILLRACE_STREAM_UNKNOWN, MILLRACE_STATE */
  stream(name: string): StreamHandle {
    this.#expectOpen('use a stream')
    const stream = this.#streams.embedded.stream(name)
    return {
      streamArn: stream.place.streamArn,
      put: async (records) => stream.put(listed(records)),
    }
  }

  /**
   * Resolves when everything that was put before the call is settled and durable, and the outbox is empty (D23).
   * @throws MillraceError MILLRACE_ABORTED when `signal` aborts or the engine stops.
   */
  async caughtUp(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#expect('running', 'wait until caught up')
    for (const { uuid, reason } of this.#supervisor.losses.values()) {
      throw MillraceError.of('MILLRACE_ABORTED', {
        operation: 'caughtUp',
        reason: `mapping ${uuid} failed: ${reason}`,
      })
    }
    await this.#caughtUp.wait(options.signal)
  }

  /** Of one mapping, or of all together. @throws MillraceError MILLRACE_MAPPING_UNKNOWN @source contract §7 */
  ledger(uuid?: string): Ledger {
    if (uuid !== undefined) return this.#mapping(uuid).ledger()
    return ledgerOfAll(this.#supervisor.mappings)
  }

  /** All mappings, in the order of the configuration. */
  status(): readonly MappingStatus[] {
    return statusOf(this.#supervisor.mappings)
  }

  /** Every lane that holds records, in words; and whether reports of failed batches can be delivered. */
  explain(): Explanation {
    const lanes = [...laneReportsOf(this.#supervisor.mappings), ...this.failed.laneReports()]
    const { deliveredCount, isBlocked } = this.#outbox
    const problems = this.#outbox.problems()
    return {
      lanes,
      outbox: { delivered: deliveredCount, blocked: isBlocked, problems },
      redrives: { settled: this.failed.settledCount },
    }
  }

  /** Batches that were given up, oldest first. @throws MillraceError MILLRACE_STATE */
  failedBatches(filter?: { readonly mapping?: MappingUuid }): Iterable<StoredFailedBatch> {
    this.#expectOpen('list failed batches')
    return this.#store.failedBatches(filter)
  }

  /** What happens, as it happens: failed attempts, shards, sources. Ends at `stop`. @source contract §8 */
  inspect(): AsyncIterable<InspectionEvent> {
    return this.#inspection.listen()
  }

  /**
   * Lets running invocations end, starts nothing new, saves all positions, closes everything. May be called twice;
   * the first call's limit holds.
   * @param options.withinMs What runs for longer is ended with its thread and spends no attempt; a closure cannot be.
   */
  stop(options: { readonly withinMs?: number } = {}): Promise<void> {
    this.#stopped ??= this.#stop(options.withinMs)
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(withinMs: number | undefined): Promise<void> {
    this.#state = 'stopping'
    this.#takeBackTrim?.()
    const reason = 'the engine stops'
    this.#abortLoading(MillraceError.of('MILLRACE_ABORTED', { operation: 'start', reason }))
    this.#caughtUp.abort(reason)
    const takeBackKill =
      withinMs === undefined
        ? undefined
        : this.#clock.at((this.#clock.now() + withinMs) as EpochMs, () => this.#functions.kill())
    await Promise.all([this.#supervisor.stop(), this.failed.stop()])
    takeBackKill?.()
    await this.#checkpoints.flush()
    await this.#outbox.stop()
    await this.#functions.stop()
    await this.#streams.close()
    await this.#store.close()
    this.#inspection.close()
    this.#state = 'stopped'
  }

  /** D34: every function is loaded once before anything is read. @throws MillraceError */
  async #load(names: ReadonlySet<string>): Promise<void> {
    await Promise.race([this.#stopping, Promise.all([...names].map((name) => this.#loadOne(name)))])
  }

  async #loadOne(name: string): Promise<void> {
    const error = await this.#functions.pool(name).load()
    if (error) throw this.#unloadable(name, error)
  }

  #unloadable(name: string, error: FunctionError | Error): MillraceError {
    return unloadable(name, this.#configuration.functions.get(name), error)
  }

  #functionArn({ functionName, functionQualifier }: MappingSettings): string {
    return this.#functions.functionArn(functionName, functionQualifier)
  }

  /** A mapping that a program creates while the engine runs. */
  async #prepareOne(uuid: MappingUuid, settings: MappingSettings) {
    this.#expect('running', 'create a mapping')
    await this.#load(new Set([settings.functionName]))
    return this.#prepare(uuid, settings)
  }

  async #prepare(uuid: MappingUuid, settings: MappingSettings) {
    const streams = await this.#streams.find(settings.source)
    const { engine } = this.#configuration
    // D31: the latest stream; older ones of the same name come first where they were being read.
    const stream = streams.at(-1)!
    const olderStreams = streams.slice(0, -1)
    const mapping = new MappingActor({
      uuid,
      settings,
      stream,
      olderStreams,
      pool: this.#functions.pool(settings.functionName),
      slab: this.#slab,
      store: this.#store,
      checkpoints: this.#checkpoints,
      readAhead: engine.readAheadBytes,
      backoff: engine.retryBackoff,
      functionArn: this.#functionArn(settings),
      clock: this.#clock,
      random: this.#random,
      report: (event) => this.#report(event),
      escalate: (failure) => this.#supervisor.mappingFailed(uuid, failure),
    })
    await mapping.prepare()
    this.#supervisor.adopt(mapping)
    return { eventSourceArn: mapping.streamArn, start: () => mapping.start() }
  }

  #createFailed(): EngineFailed {
    const { engine, region } = this.#configuration
    return new EngineFailed({
      store: this.#store,
      slab: this.#slab,
      clock: this.#clock,
      random: this.#random,
      region,
      readAhead: engine.readAheadBytes,
      backoff: engine.retryBackoff,
      report: (event) => this.#report(event),
      failed: (task, reason) => this.#inspection.tell({ type: 'redrive-failed', task, reason }),
      expect: (state, operation) =>
        state === 'open' ? this.#expectOpen(operation) : this.#expect(state, operation),
      settingsOf: (mapping) => this.mappings.settingsOf(mapping),
      findStream: (streamArn, { source }) => this.#streams.findRead(streamArn, source),
      prepare: async (settings) => {
        await this.#load(new Set([settings.functionName]))
        const pool = this.#functions.pool(settings.functionName)
        return { pool, functionArn: this.#functionArn(settings) }
      },
    })
  }

  /** What of it fails is told: the mappings run all the same. */
  async #resumeRedrives(): Promise<void> {
    try {
      await this.failed.resume()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#inspection.tell({ type: 'redrive-failed', task: 'to be resumed', reason })
    }
  }

  #report(event: MappingEvent): void {
    if (event.type !== 'moved') this.#inspection.tell(event)
    if (event.type === 'batches-given-up') this.#outbox.look()
    this.#caughtUp.look()
  }

  /** It will never catch up: who waits for that is told. */
  #mappingLost(mapping: MappingUuid, reason: string): void {
    this.#inspection.tell({ type: 'mapping-failed', mapping, reason })
    this.#caughtUp.abort(`mapping ${mapping} failed: ${reason}`)
  }

  #trimLater(): void {
    const due = (this.#clock.now() + TRIM_MS) as EpochMs
    this.#takeBackTrim = this.#clock.at(due, () => {
      this.#streams.embedded.trim().then(
        (trimmed) => {
          for (const [stream, count] of trimmed)
            if (count > 0) this.#inspection.tell({ type: 'trimmed', stream, count })
        },
        (error: unknown) => this.#inspection.tell({ type: 'trim-failed', reason: String(error) }),
      )
      this.#trimLater()
    })
  }

  #mapping(uuid: string): MappingActor {
    const mapping = this.#supervisor.mappings.get(uuid as MappingUuid)
    if (mapping) return mapping
    const known = [...this.#supervisor.mappings.keys()].join(', ') || 'none'
    throw MillraceError.of('MILLRACE_MAPPING_UNKNOWN', { mapping: uuid, known })
  }

  #expect(state: State, operation: string): void {
    if (this.#state !== state) throw this.#wrongState(operation)
  }

  #expectOpen(operation: string): void {
    if (this.#state === 'stopped') throw this.#wrongState(operation)
  }

  #wrongState(operation: string): MillraceError {
    const state = this.#state === 'created' ? 'not started' : this.#state
    return MillraceError.of('MILLRACE_STATE', { operation, state })
  }
}

/** A program in JavaScript may give anything. @throws MillraceError MILLRACE_SETTING_INVALID */
function listed(records: unknown): readonly unknown[] {
  if (Array.isArray(records)) return records
  throw MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting: 'the records of a put',
    expected: 'a list',
    actual: records === null ? 'null' : `a value of type ${typeof records}`,
    origin: '',
  })
}
