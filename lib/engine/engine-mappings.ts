import { resolve } from 'node:path'
import type { SupervisorActor } from '../actors/supervisor.ts'
import { MillraceError } from '../core/errors.ts'
import type { MappingUuid } from '../core/ids.ts'
import { ApiError } from '../core/mapping/api-error.ts'
import type { MappingDescription } from '../core/mapping/mapping-description.ts'
import { type MappingFilter, mappingFilter } from '../core/mapping/mapping-filter.ts'
import { parseMapping, sourceText } from '../core/mapping/mapping-settings.ts'
import { type MappingRequest, updatedRequest } from '../core/mapping/mapping-update.ts'
import type { EngineConfiguration, MappingSettings } from '../core/mapping/settings.ts'
import type { Tags } from '../core/mapping/tags.ts'
import type { Clock } from '../ports/clock.ts'
import type { DefinitionStore } from '../ports/definition-store.ts'
import type { Random } from '../ports/random.ts'
import type { EngineLife } from './engine-life.ts'
import type { MappingFactory } from './mapping-factory.ts'
import { configuredMappingUuid } from './mapping-uuid.ts'
import { KnownMappings } from './mappings/known-mappings.ts'
import { MappingDefinitions } from './mappings/mapping-definitions.ts'
import { MappingTags } from './mappings/mapping-tags.ts'
import {
  type MappingBeside,
  ProgramMapping,
  type ProgramMappingParts,
  type WantedMapping,
} from './program-mapping.ts'

export type { MappingFilter } from '../core/mapping/mapping-filter.ts'

export type MappingsParts = {
  readonly configuration: EngineConfiguration
  readonly supervisor: SupervisorActor
  readonly factory: MappingFactory
  readonly life: EngineLife
  readonly store: DefinitionStore
  /** Whether mappings of the API outlive the engine, and those of former ones are here. */
  readonly definitions: 'durable' | 'none'
  readonly clock: Clock
  readonly random: Random
  /** One cannot begin, and tries again. */
  readonly failed: (uuid: MappingUuid, reason: string) => void
  /** A mapping stands still, or is gone. */
  readonly arrived: () => void
}

/**
 * The mappings of an engine, in the API's own terms. Those that are made here live as long as the engine, in a daemon as
 * long as its data directory.
 * @source contract §8; aws-semantics §1
 */
export class EngineMappings {
  readonly #parts: MappingsParts
  readonly #known: KnownMappings
  readonly #definitions: MappingDefinitions
  readonly tags: MappingTags

  /** @internal */
  constructor(parts: MappingsParts) {
    this.#parts = parts
    this.#known = new KnownMappings(parts)
    this.#definitions = new MappingDefinitions(parts)
    this.tags = new MappingTags(this.#known, this.#definitions)
    // From the beginning: nobody must believe of one that it is gone, because the engine has not started yet.
    for (const settings of parts.configuration.mappings)
      this.declare(configuredMappingUuid(settings), settings, sourceText(settings.source))
    for (const { uuid, request, settings, tags, lastModified } of this.#definitions.found())
      this.#open(uuid, { request, settings }, { tags, storedAt: lastModified })
  }

  /** Takes a mapping of the configuration in; the API lists it but does not change it (D32). @internal */
  declare(uuid: MappingUuid, settings: MappingSettings, eventSourceArn: string): void {
    const lastModified = this.#parts.clock.now()
    this.#known.set({ owner: 'configuration', uuid, settings, eventSourceArn, lastModified })
    this.#twinOf(uuid)?.resume()
  }

  /** Forgets a mapping of the configuration that is in it no more. @internal */
  withdraw(uuid: MappingUuid): void {
    const twin = this.#twinOf(uuid)
    this.#known.delete(uuid)
    twin?.resume()
  }

  /** Begins those that former processes made, each by itself: what keeps one of them does not keep the engine. @internal */
  resume(): void {
    for (const mapping of this.#known.ofProgram()) mapping.resume()
  }

  /** Settings of a mapping that runs, or that the configuration declares. @throws MillraceError MILLRACE_MAPPING_UNKNOWN */
  settingsOf(uuid: string): MappingSettings {
    return this.#known.settingsOf(uuid)
  }

  /** Some mapping is on its way to another state. */
  get isAnyOnItsWay(): boolean {
    return this.#known.ofProgram().some(({ isOnItsWay }) => isOnItsWay)
  }

  /**
   * Creates a mapping and begins to read. Resolves when its start is fixed (D21). A function that cannot be loaded
   * leaves the mapping there, and its `LastProcessingResult` says why (D34).
   * @param input Members of CreateEventSourceMapping. @throws ApiError with AWS's exception and text.
   */
  async create(input: unknown): Promise<MappingDescription> {
    const { life, random } = this.#parts
    const { tags, ...wanted } = this.#wanted(input)
    const eventSourceArn = sourceText(wanted.settings.source)
    this.#known.refuseTwin(wanted.settings, eventSourceArn)
    life.expect('running', 'create a mapping')
    const mapping = this.#open(random.uuid() as MappingUuid, wanted, { tags })
    try {
      await mapping.create(this.#saverOf(mapping))
    } catch (error) {
      this.#known.delete(mapping.uuid)
      this.#parts.arrived()
      throw toApiError(error, eventSourceArn)
    }
    return this.#known.describe(mapping, 'Creating')
  }

  /** One mapping. @throws ApiError ResourceNotFoundException */
  get(uuid: string): MappingDescription {
    return this.#known.describe(this.#known.get(uuid))
  }

  /** The mappings of a stream, of a function, or all. @throws ApiError for what is no function's name. */
  list(filter: MappingFilter = {}): readonly MappingDescription[] {
    const isListed = mappingFilter(filter, this.#parts.configuration)
    return this.#known
      .all()
      .filter(isListed)
      .map((entry) => this.#known.describe(entry))
  }

  /**
   * Changes a mapping while it runs. Resolves when the change is accepted, with the new settings and `Updating`, `Enabling`
   * or `Disabling`: running invocations end under the old settings, the new ones hold from the next batch (D7).
   * {@link waitUntilUpdated} waits for that. Where all stays as it is, nothing is stopped for it.
   * @param changes Members of UpdateEventSourceMapping; what is not given stays as it is.
   * @throws ApiError ResourceNotFoundException; ResourceConflictException for a mapping of the configuration (D32) and
   * for a second one of a stream and a function; ResourceInUseException (D38); what Create throws for settings.
   */
  async update(uuid: string, changes: unknown): Promise<MappingDescription> {
    return this.#definitions.inTurn(uuid, async () => {
      const { life, clock } = this.#parts
      const mapping = this.#known.owned(uuid)
      const { request, settings } = this.#wanted(updatedRequest(mapping.request, changes))
      this.#known.refuseTwin(settings, mapping.eventSourceArn, uuid)
      life.expect('running', 'change a mapping')
      mapping.expectTaken('update')
      const lastModified = clock.now()
      if (!mapping.isSame(settings)) {
        const definition = { request, tags: mapping.tags, lastModified }
        await this.#known.claim(uuid, settings, () => this.#definitions.save(uuid, definition))
      }
      mapping.update({ request, settings }, lastModified)
      return this.#known.describe(mapping)
    })
  }

  /**
   * Lets running invocations end, then forgets the mapping; its position stays in the data directory. Resolves when that
   * is accepted: the mapping is `Deleting` until then.
   * @throws ApiError ResourceNotFoundException; ResourceConflictException for a mapping of the configuration;
   * ResourceInUseException (D38).
   */
  async delete(uuid: string): Promise<MappingDescription> {
    return this.#definitions.inTurn(uuid, async () => {
      const mapping = this.#known.owned(uuid)
      this.#parts.life.expect('running', 'delete a mapping')
      mapping.expectTaken('delete')
      await this.#definitions.forget(uuid)
      mapping.delete()
      return this.#known.describe(mapping)
    })
  }

  /**
   * Resolves when the mapping is `Enabled` or `Disabled`, and nothing of what was asked for is left to be done.
   * @returns undefined when there is no such mapping, or no more.
   */
  async waitUntilUpdated(uuid: string): Promise<MappingDescription | undefined> {
    const entry = this.#known.find(uuid)
    if (entry?.owner === 'program') await entry.stoodStill()
    return this.#known.find(uuid) ? this.get(uuid) : undefined
  }

  /** Resolves when no change is under way. The mappings were stopped before. */
  async stopped(): Promise<void> {
    for (const mapping of this.#known.ofProgram()) await mapping.stopped()
  }

  /** What a function's name means may be another program now: mappings take it up between two batches. @internal */
  functionChanged(name: string): void {
    for (const mapping of this.#known.ofProgram())
      if (mapping.settings.functionName === name) mapping.functionChanged()
  }

  /** Settings of all mappings, as they are wanted. @internal */
  wanted(): readonly MappingSettings[] {
    return this.#known.all().map(({ settings }) => settings)
  }

  #open(uuid: MappingUuid, wanted: WantedMapping, beside: MappingBeside): ProgramMapping {
    const { supervisor, factory, life, clock, random } = this.#parts
    const parts: ProgramMappingParts = {
      supervisor,
      factory,
      life,
      clock,
      random,
      objection: (mapping) => this.#objectionTo(mapping),
      failed: (mapping, reason) => this.#parts.failed(mapping.uuid, reason),
      arrived: (mapping) => this.#arrived(mapping),
    }
    const mapping = new ProgramMapping(uuid, wanted, beside, parts)
    this.#known.set(mapping)
    return mapping
  }

  #saverOf(mapping: ProgramMapping): (() => Promise<void>) | undefined {
    return this.#definitions.areDurable
      ? () => this.#definitions.save(mapping.uuid, mapping)
      : undefined
  }

  /** The configuration may have come to want the same: records are not delivered twice. */
  #objectionTo({ settings, eventSourceArn, uuid }: ProgramMapping): string | undefined {
    const twin = this.#known.twin(settings, eventSourceArn, uuid)
    if (twin?.owner !== 'configuration') return undefined
    return `the configuration has a mapping of this stream and this function, ${twin.uuid}: delete one of them`
  }

  /** One of the API that wants the same as one of the configuration: it gives way, and goes on when it may. */
  #twinOf(uuid: MappingUuid): ProgramMapping | undefined {
    const entry = this.#known.find(uuid)
    const twin = entry && this.#known.twin(entry.settings, entry.eventSourceArn, uuid)
    return twin?.owner === 'program' ? twin : undefined
  }

  #arrived(mapping: ProgramMapping): void {
    if (mapping.state === 'Deleting') this.#known.delete(mapping.uuid)
    this.#parts.arrived()
  }

  /** @throws ApiError */
  #wanted(input: unknown): WantedMapping & { readonly tags: Tags } {
    const { region, account } = this.#parts.configuration
    const hasFunction = (name: string, qualifier?: string) =>
      this.#parts.factory.hasFunction(name, qualifier)
    const resolvePath = (path: string) => resolve(path)
    const context = { origin: 'api', region, account, hasFunction, resolvePath } as const
    const { tags = {}, ...settings } = parseMapping(input, context)
    const { functionName, functionQualifier: qualifier } = settings
    const FunctionName = qualifier === undefined ? functionName : `${functionName}:${qualifier}`
    const { Tags: _tags, ...members } = input as MappingRequest
    const { onFailureDestination: Destination } = settings
    const places =
      Destination === undefined ? {} : { DestinationConfig: { OnFailure: { Destination } } }
    // What it names is the same wherever it is read again, and the caller may change its object later.
    const request = structuredClone({ ...members, FunctionName, ...places })
    return { request, settings, tags }
  }
}

/** What AWS answers for a stream or a function that is not there. @source aws-semantics §1.4 */
function toApiError(error: unknown, eventSourceArn: string): unknown {
  if (!(error instanceof MillraceError)) return error
  const isStream =
    error.code === 'MILLRACE_SOURCE_REFUSED' || error.code === 'MILLRACE_STREAM_UNKNOWN'
  return isStream
    ? new ApiError('InvalidParameterValueException', `Stream not found: ${eventSourceArn}`)
    : error
}
