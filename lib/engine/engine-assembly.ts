import { CheckpointWriter } from '../actors/checkpoint-writer.ts'
import { Slab } from '../actors/lane-memory/slab.ts'
import type { MappingEvent } from '../actors/mapping/mapping.ts'
import { type MappingLoss, SupervisorActor } from '../actors/supervisor.ts'
import type { FunctionError } from '../core/function/function-error.ts'
import type { MappingUuid } from '../core/ids.ts'
import { CaughtUp } from './caught-up.ts'
import { EngineFunctions } from './engine-functions.ts'
import type { EngineGround } from './engine-ground.ts'
import type { EngineLife } from './engine-life.ts'
import { EngineMappings } from './engine-mappings.ts'
import { EngineOutbox } from './engine-outbox.ts'
import { FunctionCatalogue } from './function-catalogue.ts'
import { Inspection } from './inspection.ts'
import { MappingFactory } from './mapping-factory.ts'
import { EngineFailed } from './redrive/engine-failed.ts'
import { StreamTrimming } from './stream-trimming.ts'

/** The parts of an engine, wired to one another: what one of them reports, those hear that it concerns. */
export class EngineAssembly {
  readonly ground: EngineGround
  readonly inspection = new Inspection()
  readonly checkpoints: CheckpointWriter
  readonly functions: EngineFunctions
  readonly catalogue: FunctionCatalogue
  readonly outbox: EngineOutbox
  readonly supervisor: SupervisorActor
  readonly factory: MappingFactory
  readonly trimming: StreamTrimming
  readonly failed: EngineFailed
  readonly caughtUp: CaughtUp
  readonly mappings: EngineMappings

  constructor(ground: EngineGround, life: EngineLife) {
    this.ground = ground
    const { configuration, store, streams, clock, random } = ground
    const slab = new Slab(configuration.engine.readAheadBytes.process)
    this.checkpoints = new CheckpointWriter(store, clock)
    this.functions = new EngineFunctions({
      configuration,
      slab,
      clock,
      random,
      failed: (name, error) => this.#functionFailed(name, error),
    })
    this.catalogue = new FunctionCatalogue({
      configuration,
      openedAt: clock.now(),
      functionArn: (name) => this.functions.functionArn(name),
    })
    this.outbox = this.#createOutbox()
    this.supervisor = new SupervisorActor({
      clock,
      lost: (loss) => this.#mappingLost(loss),
      failed: (error) => this.caughtUp.abort(String(error)),
    })
    this.factory = new MappingFactory({
      ...ground,
      functions: this.functions,
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
    this.mappings = this.#createMappings(life)
    this.failed = this.#createFailed(life, slab)
    this.caughtUp = new CaughtUp(
      this.supervisor.mappings,
      () => this.outbox.isEmpty && !this.mappings.isAnyOnItsWay && this.failed.isIdle,
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
        await life.unlessStopped(this.factory.load(settings.functionName))
        const pool = this.functions.pool(settings.functionName)
        return { pool, functionArn: this.factory.functionArn(settings) }
      },
    })
  }

  #createMappings(life: EngineLife): EngineMappings {
    const { configuration, clock, random } = this.ground
    return new EngineMappings({
      configuration,
      supervisor: this.supervisor,
      factory: this.factory,
      life,
      now: () => clock.now(),
      uuid: () => random.uuid() as MappingUuid,
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

  #functionFailed(name: string, error: FunctionError | Error): void {
    const reason = this.factory.reasonOf(name, error)
    this.supervisor.functionFailed(name, reason)
    this.failed.functionFailed(name, reason)
  }

  /** It will never catch up: who waits for that is told. */
  #mappingLost({ uuid: mapping, reason }: MappingLoss): void {
    this.inspection.tell({ type: 'mapping-failed', mapping, reason })
    this.caughtUp.abort(`mapping ${mapping} failed: ${reason}`)
  }
}
