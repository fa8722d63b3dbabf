import type { SupervisorActor } from '../../actors/supervisor.ts'
import type { EpochMs, MappingUuid } from '../../core/ids.ts'
import { ApiError, mappingConflict } from '../../core/mapping/api-error.ts'
import { describeMapping, type MappingDescription } from '../../core/mapping/mapping-description.ts'
import type { MappingState } from '../../core/mapping/mapping-life.ts'
import { PROCESSING_RESULT } from '../../core/mapping/processing-result.ts'
import type { EngineConfiguration, MappingSettings } from '../../core/mapping/settings.ts'
import type { MappingFactory } from '../mapping-factory.ts'
import type { ProgramMapping } from '../program-mapping.ts'
import { unknownMapping } from './unknown-mapping.ts'

/** A mapping of the configuration: the API shows it (D32). */
export type ConfiguredMapping = {
  readonly owner: 'configuration'
  readonly uuid: MappingUuid
  readonly settings: MappingSettings
  readonly eventSourceArn: string
  readonly lastModified: EpochMs
}

export type KnownMapping = ConfiguredMapping | ProgramMapping

export type KnownMappingsParts = {
  readonly configuration: EngineConfiguration
  readonly supervisor: Pick<SupervisorActor, 'mappings'>
  readonly factory: Pick<MappingFactory, 'functionArn'>
}

/** The mappings of an engine: those that the configuration owns, and those that were made over the API. */
export class KnownMappings {
  readonly #parts: KnownMappingsParts
  readonly #entries = new Map<string, KnownMapping>()
  /** What mappings will be as soon as that is saved. */
  readonly #claims = new Map<string, MappingSettings>()

  constructor(parts: KnownMappingsParts) {
    this.#parts = parts
  }

  all(): readonly KnownMapping[] {
    return [...this.#entries.values()]
  }

  /** Those that were made over the API. */
  ofProgram(): readonly ProgramMapping[] {
    return this.all().filter((entry) => entry.owner === 'program')
  }

  find(uuid: string): KnownMapping | undefined {
    return this.#entries.get(uuid)
  }

  set(entry: KnownMapping): void {
    this.#entries.set(entry.uuid, entry)
  }

  delete(uuid: string): void {
    this.#entries.delete(uuid)
  }

  /** @throws MillraceError MILLRACE_MAPPING_UNKNOWN */
  settingsOf(uuid: string): MappingSettings {
    const found = this.find(uuid)
    if (found) return found.settings
    throw unknownMapping(uuid, [...this.#entries.keys()])
  }

  /** @throws ApiError ResourceNotFoundException */
  get(uuid: string): KnownMapping {
    const entry = this.find(uuid)
    if (entry) return entry
    throw new ApiError('ResourceNotFoundException', 'The resource you requested does not exist.')
  }

  /** A mapping that the API may change. @throws ApiError ResourceNotFoundException; ResourceConflictException (D32) */
  owned(uuid: string): ProgramMapping {
    const entry = this.get(uuid)
    if (entry.owner === 'program') return entry
    const origin = this.#parts.configuration.mappingOrigins?.get(uuid)
    const where = origin === undefined ? '' : ` (${origin})`
    throw new ApiError(
      'ResourceConflictException',
      `The mapping ${uuid} belongs to the configuration${where}: change it there.`,
    )
  }

  /** Another mapping of the same stream and the same function. */
  twin(settings: MappingSettings, eventSourceArn: string, self?: string): KnownMapping | undefined {
    const functionArn = this.arnOf(settings)
    return this.all().find((entry) => {
      if (entry.uuid === self || entry.eventSourceArn !== eventSourceArn) return false
      const claimed = this.#claims.get(entry.uuid)
      const wanted = claimed ? [entry.settings, claimed] : [entry.settings]
      return wanted.some((one) => this.arnOf(one) === functionArn)
    })
  }

  /** @throws ApiError ResourceConflictException @source aws-semantics §1.4 */
  refuseTwin(settings: MappingSettings, eventSource: string, self?: string): void {
    const { uuid } = this.twin(settings, eventSource, self) ?? {}
    if (uuid === undefined) return
    throw mappingConflict({ eventSource, functionName: settings.functionName, uuid })
  }

  /** While `save` runs a mapping counts as what it saves: no other takes the same stream and function meanwhile. */
  async claim(uuid: string, settings: MappingSettings, save: () => Promise<void>): Promise<void> {
    this.#claims.set(uuid, settings)
    try {
      await save()
    } finally {
      this.#claims.delete(uuid)
    }
  }

  arnOf(settings: MappingSettings): string {
    return this.#parts.factory.functionArn(settings)
  }

  mappingArnOf(uuid: string): string {
    const { region, account } = this.#parts.configuration
    return `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`
  }

  describe(entry: KnownMapping, transition?: MappingState): MappingDescription {
    const { uuid, settings, eventSourceArn, lastModified } = entry
    return describeMapping(settings, {
      uuid,
      eventSourceArn,
      functionArn: this.arnOf(settings),
      mappingArn: this.mappingArnOf(uuid),
      lastModified,
      lastProcessingResult: this.#resultOf(entry),
      state: transition ?? this.#stateOf(entry),
    })
  }

  #resultOf(entry: KnownMapping): string {
    if (entry.owner === 'program') return entry.lastProcessingResult
    const actor = this.#parts.supervisor.mappings.get(entry.uuid)
    return actor?.lastProcessingResult ?? PROCESSING_RESULT.nothing
  }

  /** One of the configuration is being created until the engine runs it. */
  #stateOf(entry: KnownMapping): MappingState {
    if (entry.owner === 'program') return entry.state
    if (!entry.settings.enabled) return 'Disabled'
    return this.#parts.supervisor.mappings.has(entry.uuid) ? 'Enabled' : 'Creating'
  }
}
