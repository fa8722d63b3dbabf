import type { MappingActor } from '../actors/mapping/mapping.ts'
import type { SupervisorActor } from '../actors/supervisor.ts'
import type { EpochMs, MappingUuid } from '../core/ids.ts'
import {
  isOnItsWay,
  type MappingLife,
  type MappingState,
  stepLife,
} from '../core/mapping/mapping-life.ts'
import type { MappingRequest } from '../core/mapping/mapping-update.ts'
import type { MappingSettings } from '../core/mapping/settings.ts'
import type { EngineLife } from './engine-life.ts'
import type { MappingFactory } from './mapping-factory.ts'

/** What mappings of a program need of the engine. */
export type ProgramMappingParts = {
  readonly supervisor: SupervisorActor
  readonly factory: Pick<MappingFactory, 'create' | 'load' | 'terms'>
  readonly life: EngineLife
  readonly now: () => EpochMs
  /** It stands still, or is gone. */
  readonly arrived: (mapping: ProgramMapping) => void
}

/** How a mapping is wanted: as a request says it, and that request checked. */
export type WantedMapping = {
  readonly request: MappingRequest
  readonly settings: MappingSettings
}

/**
 * One mapping that the program made, through its changes. A request only says what is wanted; one change after the other
 * brings the actor there, each from durable state, and those that were overtaken meanwhile are left out.
 */
export class ProgramMapping {
  readonly owner = 'program'
  readonly uuid: MappingUuid
  readonly eventSourceArn: string
  readonly #parts: ProgramMappingParts
  #wanted: WantedMapping
  #life: MappingLife
  #lastModified: EpochMs
  /** While it was created, its function became another. */
  #missedChange = false
  /** Until everything that was asked for is done. */
  #working: Promise<void> | undefined

  constructor(
    uuid: MappingUuid,
    eventSourceArn: string,
    wanted: WantedMapping,
    parts: ProgramMappingParts,
  ) {
    this.uuid = uuid
    this.eventSourceArn = eventSourceArn
    this.#wanted = wanted
    this.#parts = parts
    this.#life = { state: 'Creating', enabled: wanted.settings.enabled }
    this.#lastModified = parts.now()
  }

  /** As wanted: what runs may still follow what was wanted before. */
  get settings(): MappingSettings {
    return this.#wanted.settings
  }

  get request(): MappingRequest {
    return this.#wanted.request
  }

  get state(): MappingState {
    return this.#life.state
  }

  get lastModified(): EpochMs {
    return this.#lastModified
  }

  get isOnItsWay(): boolean {
    return isOnItsWay(this.#life) || this.#working !== undefined
  }

  /** Resolves when nothing of what was asked for is left to be done. */
  async stoodStill(): Promise<void> {
    while (this.#working) await this.#working
  }

  /** Finds the stream and where to begin (D21), and begins. @throws MillraceError */
  async create(): Promise<void> {
    const { supervisor, factory, life } = this.#parts
    const { settings } = this
    const actor = await factory.create(this.uuid, settings)
    // The engine may have stopped meanwhile.
    life.expect('running', 'create a mapping')
    supervisor.adopt(actor)
    if (settings.enabled) {
      const problem = await this.#load(settings)
      life.expect('running', 'create a mapping')
      this.#begin(actor, problem)
    }
    this.#arrive()
    if (this.#missedChange) this.functionChanged()
  }

  /** @throws ApiError ResourceInUseException */
  update(wanted: WantedMapping): void {
    this.#life = stepLife(this.#life, { type: 'update', enabled: wanted.settings.enabled })
    this.#wanted = wanted
    this.#lastModified = this.#parts.now()
    // Why it gave up before says nothing about how it will be.
    this.#parts.supervisor.forgive(this.uuid)
    this.#working ??= this.#work()
  }

  /** Follows its function to another program, where it has one: what runs ends with the old one. Its settings are as they were. */
  functionChanged(): void {
    const { supervisor, factory } = this.#parts
    this.#missedChange = this.#life.state === 'Creating'
    const actor = supervisor.mappings.get(this.uuid)
    if (this.#missedChange || this.#life.state === 'Deleting' || !actor) return
    if (actor.parts.pool === factory.terms(this.settings).pool && !this.#working) return
    this.#wanted = { ...this.#wanted }
    supervisor.forgive(this.uuid)
    this.#working ??= this.#work()
  }

  /** @throws ApiError ResourceInUseException */
  delete(): void {
    this.#life = stepLife(this.#life, { type: 'delete' })
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    // Whoever asked is answered first.
    await Promise.resolve()
    let reached: WantedMapping | undefined
    while (this.#life.state !== 'Deleting' && reached !== this.#wanted) {
      reached = this.#wanted
      await this.#bringTo(reached)
    }
    if (this.#life.state === 'Deleting') await this.#parts.supervisor.remove(this.uuid)
    this.#working = undefined
    this.#arrive()
  }

  /** What goes wrong here ends the mapping, visibly; it stays, with its position (D34). */
  async #bringTo(wanted: WantedMapping): Promise<void> {
    const { supervisor, factory, life } = this.#parts
    const { settings } = wanted
    const actor = supervisor.mappings.get(this.uuid)!
    // The old settings hold while a function is loaded, so that the pause is short.
    const problem = settings.enabled ? await this.#load(settings) : undefined
    try {
      await actor.change(factory.terms(settings))
    } catch (error) {
      return supervisor.lose(this.uuid, reasonOf(error))
    }
    supervisor.forgive(this.uuid)
    const isOvertaken = wanted !== this.#wanted || this.#life.state === 'Deleting'
    if (settings.enabled && !isOvertaken && life.isRunning) this.#begin(actor, problem)
  }

  #begin(actor: MappingActor, problem: string | undefined): void {
    if (problem === undefined) actor.start()
    else this.#parts.supervisor.lose(this.uuid, problem)
  }

  /** @returns why the function cannot be loaded, if so. */
  async #load(settings: MappingSettings): Promise<string | undefined> {
    const { factory, life } = this.#parts
    try {
      await life.unlessStopped(factory.load(settings))
      return undefined
    } catch (error) {
      return reasonOf(error)
    }
  }

  #arrive(): void {
    if (this.#life.state !== 'Deleting') this.#life = stepLife(this.#life, { type: 'arrived' })
    this.#parts.arrived(this)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
