import { CheckpointWriter } from '../actors/checkpoint-writer.ts'
import { Slab } from '../actors/lane-memory/slab.ts'
import type { MappingEvent } from '../actors/mapping/mapping.ts'
import type { LanePool } from '../actors/pool/lane-pool.ts'
import { type MappingLoss, SupervisorActor } from '../actors/supervisor.ts'
import { CaughtUp } from './caught-up.ts'
import type { EngineGround } from './engine-ground.ts'
import type { EngineLife } from './engine-life.ts'
import { EngineMappings } from './engine-mappings.ts'
import { EngineOutbox } from './engine-outbox.ts'
import { FunctionAssembly, type FunctionAssemblyParts } from './functions/function-assembly.ts'
import { Inspection } from './inspection.ts'
import { MappingFactory } from './mapping-factory.ts'
import { DeliveryCounts } from './measuring/delivery-counts.ts'
import { FiguresReader } from './measuring/engine-figures.ts'
import { EngineFailed } from './redrive/engine-failed.ts'
import { Reconfiguration } from './reload/reconfiguration.ts'
import { StreamTrimming } from './stream-trimming.ts'

/** The parts of an engine, wired to one another: what one of them reports, those hear that it concerns. */
export class EngineAssembly {
  readonly ground: EngineGround
  readonly inspection = new Inspection()
  readonly checkpoints: CheckpointWriter
  readonly functions: FunctionAssembly
  readonly outbox: EngineOutbox
  readonly supervisor: SupervisorActor
  readonly factory: MappingFactory
  readonly trimming: StreamTrimming
  readonly failed: EngineFailed
  readonly caughtUp: CaughtUp
  readonly mappings: EngineMappings
  readonly figures: FiguresReader
  readonly reconfiguration: Reconfiguration
  readonly #deliveries = new DeliveryCounts()

  constructor(
    ground: EngineGround,
    life: EngineLife,
    parts: { readonly definitions: 'durable' | 'none' },
  ) {
    this.ground = ground
    const { configuration, store, streams, clock } = ground
    const slab = new Slab(configuration.engine.readAheadBytes.process)
    this.checkpoints = new CheckpointWriter(store, clock)
    this.functions = this.#createFunctions({ life, slab, definitions: parts.definitions })
    this.outbox = this.#createOutbox()
    this.supervisor = new SupervisorActor({
      clock,
      lost: (loss) => this.#mappingLost(loss),
      failed: (error) => this.caughtUp.abort(String(error)),
    })
    this.factory = new MappingFactory({
      ...ground,
      resolution: this.functions.resolution,
      checkpoints: this.checkpoints,
      slab,
      report: (event) => this.#report(event),
      escalate: (uuid, failure) => this.supervisor.mappingFailed(uuid, failure),
    })
    this.trimming = new StreamTrimming({
      streams: streams.embedded,
      clock,
      report: (event) => this.inspection.tell(event),
    })
    this.mappings = this.#createMappings(life, parts.definitions)
    this.failed = this.#createFailed(life, slab)
    this.figures = this.#createFigures(slab)
    this.reconfiguration = this.#createReconfiguration(life)
    this.caughtUp = new CaughtUp(
      this.supervisor.mappings,
      () =>
        this.outbox.isEmpty &&
        !this.mappings.isAnyOnItsWay &&
        !this.reconfiguration.isActive &&
        this.failed.isIdle,
    )
  }

  /** Goes on with redrives that have not ended. What of it fails is told: the mappings run all the same. */
  async resumeRedrives(): Promise<void> {
    try {
      await this.failed.resume()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.inspection.tell({ type: 'redrive-failed', task: 'to be resumed', reason })
    }
  }

  #createFunctions(
    parts: Pick<FunctionAssemblyParts, 'life' | 'slab' | 'definitions'>,
  ): FunctionAssembly {
    return new FunctionAssembly({
      ...parts,
      ground: this.ground,
      failed: (pool, reason) => {
        this.supervisor.functionFailed(pool, reason)
        this.failed.functionFailed(pool, reason)
      },
      changed: (name) => this.mappings.functionChanged(name),
      isUsed: (pool, program) => this.#isUsed(pool, program),
      report: (event) => this.inspection.tell(event),
    })
  }

  /** Mappings work with a pool, or are on their way to it; redrives do. */
  #isUsed(pool: LanePool, program: string): boolean {
    const { resolution } = this.functions
    return (
      [...this.supervisor.mappings.values()].some(({ parts }) => parts.pool === pool) ||
      this.mappings.wanted().some((settings) => resolution.maybe(settings)?.program === program) ||
      this.failed.isUsing(pool)
    )
  }

  #createFailed(life: EngineLife, slab: Slab): EngineFailed {
    const { configuration, store, streams, clock, random } = this.ground
    const { engine, region } = configuration
    return new EngineFailed({
      store,
      slab,
      clock,
      random,
      region,
      readAhead: engine.readAheadBytes,
      backoff: engine.retryBackoff,
      tumblingGraceMs: engine.tumblingWindowGraceMs,
      report: (event) => this.#report(event),
      failed: (task, reason) => this.inspection.tell({ type: 'redrive-failed', task, reason }),
      expect: (state, operation) =>
        state === 'open' ? life.expectOpen(operation) : life.expect(state, operation),
      settingsOf: (mapping) => this.mappings.settingsOf(mapping),
      findStream: (streamArn, { source }) => streams.findRead(streamArn, source),
      prepare: async (settings) => {
        await life.unlessStopped(this.factory.load(settings))
        const { pool, functionArn } = this.factory.terms(settings)
        return { pool, functionArn }
      },
    })
  }

  #createFigures(slab: Slab): FiguresReader {
    const { functions, failed, mappings, outbox, supervisor, ground } = this
    return new FiguresReader({
      supervisor,
      slab,
      calls: functions.calls,
      deliveries: this.#deliveries,
      descriptions: () => mappings.list(),
      functionNames: () => functions.names(),
      failedTotals: () => ground.store.failedTotals,
      isOutboxBlocked: () => outbox.isBlocked,
      redrivenRecords: () => failed.settledCount,
      threads: () => functions.functions.threadCount,
    })
  }

  #createReconfiguration(life: EngineLife): Reconfiguration {
    const { functions, factory, supervisor, mappings, ground } = this
    return new Reconfiguration({
      ...ground,
      functions: functions.functions,
      factory,
      supervisor,
      mappings,
      life,
      functionChanged: (name) => functions.changed(name),
      ended: () => this.caughtUp.look(),
    })
  }

  #createMappings(life: EngineLife, definitions: 'durable' | 'none'): EngineMappings {
    return new EngineMappings({
      ...this.ground,
      supervisor: this.supervisor,
      factory: this.factory,
      life,
      definitions,
      failed: (mapping, reason) =>
        this.inspection.tell({ type: 'mapping-failed', mapping, reason }),
      arrived: () => this.caughtUp.look(),
    })
  }

  #createOutbox(): EngineOutbox {
    const { store, clock, random, configuration } = this.ground
    return new EngineOutbox({
      services: configuration.destinations,
      store,
      clock,
      random,
      deliveries: this.#deliveries,
      moved: () => this.caughtUp.look(),
      failed: (destination, reason) =>
        this.inspection.tell({ type: 'delivery-failed', destination, reason }),
    })
  }

  #report(event: MappingEvent): void {
    if (event.type !== 'moved') this.inspection.tell(event)
    if (event.type === 'batches-given-up') this.outbox.look()
    this.caughtUp.look()
  }

  /** It will never catch up: who waits for that is told. */
  #mappingLost({ uuid: mapping, reason }: MappingLoss): void {
    this.inspection.tell({ type: 'mapping-failed', mapping, reason })
    this.caughtUp.abort(`mapping ${mapping} failed: ${reason}`)
  }
}
