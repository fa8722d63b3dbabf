import { resolve } from 'node:path'
import type { SupervisorActor } from '../actors/supervisor.ts'
import { MillraceError } from '../core/errors.ts'
import type { EpochMs, MappingUuid } from '../core/ids.ts'
import { ApiError, mappingConflict } from '../core/mapping/api-error.ts'
import { describeMapping, type MappingDescription } from '../core/mapping/mapping-description.ts'
import type { MappingState } from '../core/mapping/mapping-life.ts'
import { parseMapping, sourceText } from '../core/mapping/mapping-settings.ts'
import { type MappingRequest, updatedRequest } from '../core/mapping/mapping-update.ts'
import type { EngineConfiguration, MappingSettings } from '../core/mapping/settings.ts'
import type { EngineLife } from './engine-life.ts'
import type { MappingFactory } from './mapping-factory.ts'
import { configuredMappingUuid } from './mapping-uuid.ts'
import { ProgramMapping, type WantedMapping } from './program-mapping.ts'

/** A mapping of the configuration: the API shows it (D32). */
type ConfiguredMapping = {
  readonly owner: 'configuration'
  readonly uuid: MappingUuid
  readonly settings: MappingSettings
  readonly eventSourceArn: string
  readonly lastModified: EpochMs
}

export type MappingsParts = {
  readonly configuration: EngineConfiguration
  readonly supervisor: SupervisorActor
  readonly factory: MappingFactory
  readonly life: EngineLife
  readonly now: () => EpochMs
  readonly uuid: () => MappingUuid
  /** A mapping stands still, or is gone. */
  readonly arrived: () => void
}

/** Which mappings are listed: those of a stream's ARN (or an embedded stream's name), of a function's name or ARN, or of both. */
export type MappingFilter = { readonly EventSourceArn?: string; readonly FunctionName?: string }

/**
 * The mappings of an engine, in the API's own terms. Mappings made here live as long as the engine.
 * @source contract §8; aws-semantics §1
 */
export class EngineMappings {
  readonly #parts: MappingsParts
  readonly #entries = new Map<string, ConfiguredMapping | ProgramMapping>()

  /** @internal */
  constructor(parts: MappingsParts) {
    this.#parts = parts
  }

  /** Takes a mapping of the configuration in; the API lists it but does not change it (D32). @internal */
  declare(uuid: MappingUuid, settings: MappingSettings, eventSourceArn: string): void {
    const lastModified = this.#parts.now()
    this.#entries.set(uuid, {
      owner: 'configuration',
      uuid,
      settings,
      eventSourceArn,
      lastModified,
    })
  }

  /** Settings of a mapping that runs, or that the configuration declares. @throws MillraceError MILLRACE_MAPPING_UNKNOWN */
  settingsOf(uuid: string): MappingSettings {
    const { mappings } = this.#parts.configuration
    const declared = new Map(
      mappings.map((settings) => [configuredMappingUuid(settings), settings]),
    )
    const found = this.#entries.get(uuid)?.settings ?? declared.get(uuid as MappingUuid)
    if (found) return found
    const known = [...new Set([...this.#entries.keys(), ...declared.keys()])].join(', ') || 'none'
    throw MillraceError.of('MILLRACE_MAPPING_UNKNOWN', { mapping: uuid, known })
  }

  /** Some mapping is on its way to another state. */
  get isAnyOnItsWay(): boolean {
    return [...this.#entries.values()].some((entry) => 'isOnItsWay' in entry && entry.isOnItsWay)
  }

  /**
   * Creates a mapping and begins to read. Resolves when its start is fixed (D21). A function that cannot be loaded
   * leaves the mapping there, and its `LastProcessingResult` says why (D34).
   * @param input Members of CreateEventSourceMapping. @throws ApiError with AWS's exception and text.
   */
  async create(input: unknown): Promise<MappingDescription> {
    const { uuid: newUuid, supervisor, factory, life, now } = this.#parts
    const wanted = this.#wanted(input)
    const eventSourceArn = sourceText(wanted.settings.source)
    this.#refuseSecond(wanted.settings, eventSourceArn)
    life.expect('running', 'create a mapping')
    const arrived = (mapping: ProgramMapping) => this.#arrived(mapping)
    const parts = { supervisor, factory, life, now, arrived }
    const mapping = new ProgramMapping(newUuid(), eventSourceArn, wanted, parts)
    this.#entries.set(mapping.uuid, mapping)
    try {
      await mapping.create()
    } catch (error) {
      this.#entries.delete(mapping.uuid)
      this.#parts.arrived()
      throw toApiError(error, eventSourceArn)
    }
    return this.#describe(mapping, 'Creating')
  }

  /** One mapping. @throws ApiError ResourceNotFoundException */
  get(uuid: string): MappingDescription {
    return this.#describe(this.#entry(uuid))
  }

  /** The mappings of a stream, of a function, or all. */
  list(filter: MappingFilter = {}): readonly MappingDescription[] {
    const { EventSourceArn, FunctionName } = filter
    return [...this.#entries.values()]
      .filter(
        ({ eventSourceArn }) => EventSourceArn === undefined || EventSourceArn === eventSourceArn,
      )
      .filter(
        ({ settings }) => FunctionName === undefined || this.#isFunction(settings, FunctionName),
      )
      .map((entry) => this.#describe(entry))
  }

  /**
   * Changes a mapping while it runs. Resolves when the change is accepted, with the new settings and `Updating`, `Enabling`
   * or `Disabling`: running invocations end under the old settings, the new ones hold from the next batch (D7).
   * {@link waitUntilUpdated} waits for that.
   * @param changes Members of UpdateEventSourceMapping; what is not given stays as it is.
   * @throws ApiError ResourceNotFoundException; ResourceConflictException for a mapping of the configuration (D32) and
   * for a second one of a stream and a function; ResourceInUseException (D38); what Create throws for settings.
   */
  async update(uuid: string, changes: unknown): Promise<MappingDescription> {
    const mapping = this.#owned(uuid)
    const wanted = this.#wanted(updatedRequest(mapping.request, changes))
    this.#refuseSecond(wanted.settings, mapping.eventSourceArn, uuid)
    this.#parts.life.expect('running', 'change a mapping')
    mapping.update(wanted)
    return this.#describe(mapping)
  }

  /**
   * Lets running invocations end, then forgets the mapping; its position stays in the data directory. Resolves when that
   * is accepted: the mapping is `Deleting` until then.
   * @throws ApiError ResourceNotFoundException; ResourceConflictException for a mapping of the configuration;
   * ResourceInUseException (D38).
   */
  async delete(uuid: string): Promise<MappingDescription> {
    const mapping = this.#owned(uuid)
    this.#parts.life.expect('running', 'delete a mapping')
    mapping.delete()
    return this.#describe(mapping)
  }

  /**
   * Resolves when the mapping is `Enabled` or `Disabled`, and nothing of what was asked for is left to be done.
   * @returns undefined when there is no such mapping, or no more.
   */
  async waitUntilUpdated(uuid: string): Promise<MappingDescription | undefined> {
    const entry = this.#entries.get(uuid)
    if (entry?.owner === 'program') await entry.stoodStill()
    return this.#entries.has(uuid) ? this.get(uuid) : undefined
  }

  /** Resolves when no change is under way. The mappings were stopped before. */
  async stopped(): Promise<void> {
    for (const entry of this.#entries.values())
      if (entry.owner === 'program') await entry.stoodStill()
  }

  /** What a function's name means may be another program now: mappings take it up between two batches. @internal */
  functionChanged(name: string): void {
    for (const entry of this.#entries.values())
      if (entry.owner === 'program' && entry.settings.functionName === name) entry.functionChanged()
  }

  /** Settings of all mappings, as they are wanted. @internal */
  wanted(): readonly MappingSettings[] {
    return [...this.#entries.values()].map(({ settings }) => settings)
  }

  #arrived(mapping: ProgramMapping): void {
    if (mapping.state === 'Deleting') this.#entries.delete(mapping.uuid)
    this.#parts.arrived()
  }

  /** @throws ApiError */
  #wanted(request: unknown): WantedMapping {
    const { region, account } = this.#parts.configuration
    const hasFunction = (name: string, qualifier?: string) =>
      this.#parts.factory.hasFunction(name, qualifier)
    const resolvePath = (path: string) => resolve(path)
    const context = { origin: 'api', region, account, hasFunction, resolvePath } as const
    const settings = parseMapping(request, context)
    // The caller may change its object later.
    return { request: structuredClone(request) as MappingRequest, settings }
  }

  #describe(
    entry: ConfiguredMapping | ProgramMapping,
    transition?: MappingState,
  ): MappingDescription {
    const { uuid, settings, eventSourceArn, lastModified } = entry
    const { configuration, supervisor, factory } = this.#parts
    const { region, account } = configuration
    const mapping = supervisor.mappings.get(uuid)
    const still = mapping ? 'Enabled' : 'Disabled'
    return describeMapping(settings, {
      uuid,
      eventSourceArn,
      functionArn: factory.functionArn(settings),
      mappingArn: `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`,
      lastModified,
      lastProcessingResult: mapping?.lastProcessingResult ?? 'No records processed',
      state: transition ?? (entry.owner === 'program' ? entry.state : still),
    })
  }

  #entry(uuid: string): ConfiguredMapping | ProgramMapping {
    const entry = this.#entries.get(uuid)
    if (entry) return entry
    throw new ApiError('ResourceNotFoundException', 'The resource you requested does not exist.')
  }

  /** D32. @throws ApiError */
  #owned(uuid: string): ProgramMapping {
    const entry = this.#entry(uuid)
    if (entry.owner === 'program') return entry
    throw new ApiError(
      'ResourceConflictException',
      `The mapping ${uuid} belongs to the configuration: change it there.`,
    )
  }

  #isFunction(settings: MappingSettings, name: string): boolean {
    const qualifier = settings.functionQualifier ? `:${settings.functionQualifier}` : ''
    return (
      name === `${settings.functionName}${qualifier}` ||
      name === this.#parts.factory.functionArn(settings)
    )
  }

  #refuseSecond(settings: MappingSettings, eventSource: string, self?: string): void {
    const { factory } = this.#parts
    const functionArn = factory.functionArn(settings)
    for (const { uuid, settings: other, eventSourceArn } of this.#entries.values()) {
      const isSame = eventSourceArn === eventSource && factory.functionArn(other) === functionArn
      if (!isSame || uuid === self) continue
      throw mappingConflict({ eventSource, functionName: settings.functionName, uuid })
    }
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
