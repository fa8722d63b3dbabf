import { isDeepStrictEqual } from 'node:util'
import type { MappingActor } from '../actors/mapping/mapping.ts'
import type { SupervisorActor } from '../actors/supervisor.ts'
import type { EpochMs, MappingUuid } from '../core/ids.ts'
import {
  isOnItsWay,
  type MappingLife,
  type MappingState,
  stepLife,
} from '../core/mapping/mapping-life.ts'
import { sourceText } from '../core/mapping/mapping-settings.ts'
import type { MappingRequest } from '../core/mapping/mapping-update.ts'
import { PROCESSING_RESULT } from '../core/mapping/processing-result.ts'
import type { MappingSettings } from '../core/mapping/settings.ts'
import type { Tags } from '../core/mapping/tags.ts'
import type { EngineLife } from './engine-life.ts'
import type { MappingFactory } from './mapping-factory.ts'
import { NextTry, type NextTryParts } from './mappings/next-try.ts'

/** What mappings of a program need of the engine. */
export type ProgramMappingParts = NextTryParts & {
  readonly supervisor: SupervisorActor
  readonly factory: Pick<MappingFactory, 'create' | 'load' | 'terms'>
  readonly life: EngineLife
  /** Why it must not read, where somebody else does already. */
  readonly objection: (mapping: ProgramMapping) => string | undefined
  /** It cannot begin, as its stream is not found; it tries again. Not told twice in a row of the same reason. */
  readonly failed: (mapping: ProgramMapping, reason: string) => void
  /** It stands still, or is gone. */
  readonly arrived: (mapping: ProgramMapping) => void
}

/** How a mapping is wanted: as a request says it, and that request checked. */
export type WantedMapping = {
  readonly request: MappingRequest
  readonly settings: MappingSettings
}

/** What a mapping has beside its settings. */
export type MappingBeside = {
  readonly tags: Tags
  /** Of one that a former process made: it goes on with {@link ProgramMapping.resume}. */
  readonly storedAt?: EpochMs
}

/**
 * One mapping that the program made, through its changes. A request only says what is wanted; one change after the other
 * brings the actor there, each from durable state, and those that were overtaken meanwhile are left out.
 */
export class ProgramMapping {
  readonly owner = 'program'
  readonly uuid: MappingUuid
  /** They are no setting: nothing follows them. */
  tags: Tags
  readonly #parts: ProgramMappingParts
  #wanted: WantedMapping
  /** What was last carried out of what was wanted. */
  #reached: WantedMapping | undefined
  #life: MappingLife
  #lastModified: EpochMs
  /** While it was created, its function became another. */
  #missedChange = false
  /** Until everything that was asked for is done. */
  #working: Promise<void> | undefined
  /** Why there is no actor. */
  #problem: string | undefined
  readonly #nextTry: NextTry

  constructor(
    uuid: MappingUuid,
    wanted: WantedMapping,
    { tags, storedAt }: MappingBeside,
    parts: ProgramMappingParts,
  ) {
    this.uuid = uuid
    this.tags = tags
    this.#wanted = wanted
    this.#parts = parts
    this.#nextTry = new NextTry(parts, () => this.resume())
    const { enabled } = wanted.settings
    this.#life = { state: 'Creating', enabled }
    if (storedAt !== undefined) this.#life = stepLife(this.#life, { type: 'arrived' })
    this.#lastModified = storedAt ?? parts.clock.now()
  }

  /** As wanted: what runs may still follow what was wanted before. */
  get settings(): MappingSettings {
    return this.#wanted.settings
  }

  get request(): MappingRequest {
    return this.#wanted.request
  }

  get eventSourceArn(): string {
    return sourceText(this.settings.source)
  }

  get state(): MappingState {
    return this.#life.state
  }

  get lastModified(): EpochMs {
    return this.#lastModified
  }

  /** D39. */
  get lastProcessingResult(): string {
    const actor = this.#parts.supervisor.mappings.get(this.uuid)
    if (actor) return actor.lastProcessingResult
    return this.#problem === undefined ? PROCESSING_RESULT.nothing : `PROBLEM: ${this.#problem}`
  }

  get isOnItsWay(): boolean {
    if (isOnItsWay(this.#life) || this.#working !== undefined) return true
    return this.#nextTry.isArmed && this.settings.enabled
  }

  /** Resolves when nothing of what was asked for is left to be done. */
  async stoodStill(): Promise<void> {
    while (this.#working) await this.#working
  }

  /** Resolves when nothing is under way, and nothing will be. The engine stops. */
  async stopped(): Promise<void> {
    await this.stoodStill()
    this.#nextTry.takeBack()
  }

  /**
   * Finds the stream and where to begin (D21), and begins.
   * @param save makes it last, where it does: before anything is read, and when its start is fixed.
   * @throws MillraceError
   */
  async create(save?: () => Promise<void>): Promise<void> {
    const { supervisor, factory, life } = this.#parts
    const wanted = this.#wanted
    const { settings } = wanted
    const actor = await factory.create(this.uuid, settings)
    // The engine may have stopped meanwhile.
    life.expect('running', 'create a mapping')
    if (save) await save()
    supervisor.adopt(actor)
    const problem = settings.enabled ? await this.#load(settings) : undefined
    // It is there, whatever comes: what lasts goes on after the next start.
    if (!save) life.expect('running', 'create a mapping')
    if (settings.enabled && life.isRunning) this.#begin(actor, problem)
    this.#reached = wanted
    this.#arrive()
    if (this.#missedChange) this.functionChanged()
  }

  /** Begins what a former process made, or tries again: what has kept it may be gone, or have come. */
  resume(): void {
    if (this.#life.state === 'Creating') return
    this.#wanted = { ...this.#wanted }
    this.#parts.supervisor.forgive(this.uuid)
    this.#startWork()
  }

  /** @throws ApiError ResourceInUseException where it would refuse that now. */
  expectTaken(what: 'update' | 'delete'): void {
    stepLife(this.#life, { type: what, enabled: this.#life.enabled })
  }

  /** Whether that would be another mapping. */
  isSame(settings: MappingSettings): boolean {
    return isDeepStrictEqual(settings, this.settings)
  }

  /**
   * What wants nothing else changes nothing, unless it could not go on: that is another try.
   * @throws ApiError ResourceInUseException
   */
  update(wanted: WantedMapping, at: EpochMs = this.#parts.clock.now()): void {
    const { supervisor } = this.#parts
    this.#life = stepLife(this.#life, { type: 'update', enabled: wanted.settings.enabled })
    const isStuck = this.#problem !== undefined || supervisor.losses.has(this.uuid)
    const isSame = this.isSame(wanted.settings)
    if (!isSame) this.#lastModified = at
    if (!isSame || isStuck) {
      this.#wanted = wanted
      // Why it gave up before says nothing about how it will be.
      supervisor.forgive(this.uuid)
    }
    this.#startWork()
  }

  /** Follows its function to another program, where it has one: what runs ends with the old one. Its settings are as they were. */
  functionChanged(): void {
    const { supervisor, factory } = this.#parts
    this.#missedChange = this.#life.state === 'Creating'
    const actor = supervisor.mappings.get(this.uuid)
    if (this.#missedChange || this.#life.state === 'Deleting') return
    // One that has nothing that runs asks for its program when it begins.
    const isAsBefore = !actor || actor.parts.pool === factory.terms(this.settings).pool
    if (isAsBefore && !this.#working) return
    this.#wanted = { ...this.#wanted }
    supervisor.forgive(this.uuid)
    this.#startWork()
  }

  /** @throws ApiError ResourceInUseException */
  delete(): void {
    this.#life = stepLife(this.#life, { type: 'delete' })
    this.#startWork()
  }

  #startWork(): void {
    if (!this.#parts.life.isRunning) return
    this.#nextTry.takeBack()
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    // Whoever asked is answered first.
    await Promise.resolve()
    while (this.#life.state !== 'Deleting' && this.#reached !== this.#wanted) {
      const wanted = this.#wanted
      await this.#bringTo(wanted)
      this.#reached = wanted
    }
    if (this.#life.state === 'Deleting') await this.#parts.supervisor.remove(this.uuid)
    this.#working = undefined
    this.#arrive()
  }

  /** What goes wrong here ends the mapping, visibly; it stays, with its position (D34). */
  async #bringTo(wanted: WantedMapping): Promise<void> {
    const { supervisor, life } = this.#parts
    const { settings } = wanted
    const before = supervisor.mappings.get(this.uuid)
    // The old settings hold while a function is loaded, so that the pause is short.
    const problem = settings.enabled ? await this.#load(settings) : undefined
    const actor = before ? await this.#change(before, settings) : await this.#make(settings)
    if (!actor) return
    supervisor.forgive(this.uuid)
    const isOvertaken = wanted !== this.#wanted || this.#life.state === 'Deleting'
    if (settings.enabled && !isOvertaken && life.isRunning) this.#begin(actor, problem)
  }

  async #change(actor: MappingActor, settings: MappingSettings): Promise<MappingActor | undefined> {
    const { supervisor, factory } = this.#parts
    try {
      await actor.change(factory.terms(settings))
      return actor
    } catch (error) {
      supervisor.lose(this.uuid, reasonOf(error))
      return undefined
    }
  }

  /** A stream that is not found now may be there later: a server may start after us. */
  async #make(settings: MappingSettings): Promise<MappingActor | undefined> {
    const { supervisor, factory, failed } = this.#parts
    try {
      const actor = await factory.create(this.uuid, settings)
      supervisor.adopt(actor)
      this.#problem = undefined
      this.#nextTry.succeeded()
      return actor
    } catch (error) {
      const reason = reasonOf(error)
      if (reason !== this.#problem) failed(this, reason)
      this.#problem = reason
      this.#nextTry.failed()
      return undefined
    }
  }

  #begin(actor: MappingActor, problem: string | undefined): void {
    if (problem === undefined) actor.start()
    else this.#parts.supervisor.lose(this.uuid, problem)
  }

  /** @returns why the function cannot be loaded, or must not be called, if so. */
  async #load(settings: MappingSettings): Promise<string | undefined> {
    const { factory, life, objection } = this.#parts
    try {
      await life.unlessStopped(factory.load(settings))
      return objection(this)
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
