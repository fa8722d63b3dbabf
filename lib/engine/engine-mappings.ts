import type { SupervisorActor } from '../actors/supervisor.ts'
import { MillraceError } from '../core/errors.ts'
import type { EpochMs, MappingUuid } from '../core/ids.ts'
import { ApiError, mappingConflict } from '../core/mapping/api-error.ts'
import {
  describeMapping,
  type MappingDescription,
  type MappingState,
} from '../core/mapping/mapping-description.ts'
import { parseMapping } from '../core/mapping/mapping-settings.ts'
import type { EngineConfiguration, MappingSettings } from '../core/mapping/settings.ts'
import { configuredMappingUuid } from './mapping-uuid.ts'

/** A mapping that the engine knows, running or not. */
type Entry = {
  readonly uuid: MappingUuid
  readonly settings: MappingSettings
  readonly owner: 'configuration' | 'program'
  readonly eventSourceArn: string
  readonly lastModified: EpochMs
}

export type MappingsParts = {
  readonly configuration: EngineConfiguration
  readonly supervisor: SupervisorActor
  readonly now: () => EpochMs
  readonly uuid: () => MappingUuid
  functionArn(settings: MappingSettings): string
  /** Loads the function, finds the stream and where to begin; nothing is read before `start`. */
  prepare(
    uuid: MappingUuid,
    settings: MappingSettings,
  ): Promise<{ readonly eventSourceArn: string; start(): void }>
}

export type MappingFilter = { readonly EventSourceArn?: string; readonly FunctionName?: string }

/**
 * The mappings of an engine, in the API's own terms. Mappings made here live as long as the engine; settings of a
 * running mapping cannot be changed in this version. @source contract §8; aws-semantics §1
 */
export class EngineMappings {
  readonly #parts: MappingsParts
  readonly #entries = new Map<string, Entry>()

  constructor(parts: MappingsParts) {
    this.#parts = parts
  }

  /** Takes a mapping of the configuration in; the API lists it but does not change it (D32). */
  declare(uuid: MappingUuid, settings: MappingSettings, eventSourceArn: string): void {
    this.#entries.set(uuid, {
      uuid,
      settings,
      owner: 'configuration',
      eventSourceArn,
      lastModified: this.#parts.now(),
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

  /**
   * Creates a mapping and begins to read. Resolves when its start is fixed (D21).
   * @param input Members of CreateEventSourceMapping. @throws ApiError with AWS's exception and text.
   */
  async create(input: unknown): Promise<MappingDescription> {
    const { configuration, now, prepare } = this.#parts
    const { region, account, functions } = configuration
    const hasFunction = (name: string) => functions.has(name)
    const settings = parseMapping(input, { origin: 'api', region, account, hasFunction })
    const eventSourceArn =
      settings.source.type === 'arn' ? settings.source.arn : settings.source.name
    this.#refuseSecond(settings, eventSourceArn)
    const uuid = this.#parts.uuid()
    const entry: Entry = { uuid, settings, owner: 'program', eventSourceArn, lastModified: now() }
    this.#entries.set(uuid, entry)
    try {
      if (settings.enabled) (await prepare(uuid, settings)).start()
    } catch (error) {
      this.#entries.delete(uuid)
      throw toApiError(error, eventSourceArn)
    }
    return this.#describe(entry, 'Creating')
  }

  /** @throws ApiError ResourceNotFoundException */
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

  /** @throws ApiError: a running mapping cannot be changed in this version. */
  update(uuid: string, _changes: unknown): never {
    this.#refuseOwned(this.#entry(uuid))
    throw new ApiError(
      'InvalidParameterValueException',
      'Changing a mapping is not supported by this version of Millrace: delete it and create another.',
    )
  }

  /**
   * Lets running invocations end, then forgets the mapping; its position stays in the data directory.
   * @throws ApiError ResourceNotFoundException; ResourceConflictException for a mapping of the configuration.
   */
  async delete(uuid: string): Promise<MappingDescription> {
    const entry = this.#entry(uuid)
    this.#refuseOwned(entry)
    const description = this.#describe(entry, 'Deleting')
    this.#entries.delete(uuid)
    await this.#parts.supervisor.remove(entry.uuid)
    return description
  }

  #describe(entry: Entry, transition?: MappingState): MappingDescription {
    const { uuid, settings, eventSourceArn, lastModified } = entry
    const { configuration, supervisor, functionArn } = this.#parts
    const { region, account } = configuration
    const mapping = supervisor.mappings.get(uuid)
    return describeMapping(settings, {
      uuid,
      eventSourceArn,
      functionArn: functionArn(settings),
      mappingArn: `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`,
      lastModified,
      lastProcessingResult: mapping?.lastProcessingResult ?? 'No records processed',
      state: transition ?? (mapping ? 'Enabled' : 'Disabled'),
    })
  }

  #entry(uuid: string): Entry {
    const entry = this.#entries.get(uuid)
    if (entry) return entry
    throw new ApiError('ResourceNotFoundException', 'The resource you requested does not exist.')
  }

  #isFunction(settings: MappingSettings, name: string): boolean {
    const qualifier = settings.functionQualifier ? `:${settings.functionQualifier}` : ''
    return (
      name === `${settings.functionName}${qualifier}` || name === this.#parts.functionArn(settings)
    )
  }

  #refuseSecond(settings: MappingSettings, eventSource: string): void {
    const functionArn = this.#parts.functionArn(settings)
    for (const { uuid, settings: other, eventSourceArn } of this.#entries.values()) {
      if (eventSourceArn !== eventSource || this.#parts.functionArn(other) !== functionArn) continue
      throw mappingConflict({ eventSource, functionName: settings.functionName, uuid })
    }
  }

  #refuseOwned({ uuid, owner }: Entry): void {
    if (owner === 'program') return
    throw new ApiError(
      'ResourceConflictException',
      `The mapping ${uuid} belongs to the configuration: change it there.`,
    )
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
