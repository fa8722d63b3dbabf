import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { EngineConfiguration, MappingSettings } from '../../core/mapping/settings.ts'
import {
  type MappingDefinition,
  readStoredMapping,
  storedMapping,
} from '../../core/mapping/stored-mapping.ts'
import type { DefinitionStore } from '../../ports/definition-store.ts'

export type MappingDefinitionsParts = {
  readonly configuration: EngineConfiguration
  readonly store: DefinitionStore
  /** Whether mappings of the API outlive the engine, and those of former ones are here. */
  readonly definitions: 'durable' | 'none'
}

/** A mapping that a former process made. */
export type FoundDefinition = MappingDefinition & {
  readonly uuid: MappingUuid
  readonly settings: MappingSettings
}

/** Mappings that were made over the API and not deleted. @throws MillraceError MILLRACE_MAPPING_REFUSED where this version refuses one. */
export function storedDefinitions(
  store: Pick<DefinitionStore, 'definitions'>,
  home: Pick<EngineConfiguration, 'region' | 'account'>,
): readonly FoundDefinition[] {
  return store.definitions('mapping').map(({ id, value }) => {
    try {
      return { uuid: id as MappingUuid, ...readStoredMapping(value, home) }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const facts = { mapping: `mapping ${id}`, origin: '', reason: error.message }
      throw MillraceError.of('MILLRACE_MAPPING_REFUSED', facts, error)
    }
  })
}

/** What lasts of the mappings that are made over the API, where it does; and one change of a mapping after the other. */
export class MappingDefinitions {
  readonly #parts: MappingDefinitionsParts
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(parts: MappingDefinitionsParts) {
    this.#parts = parts
  }

  get areDurable(): boolean {
    return this.#parts.definitions === 'durable'
  }

  /** Those of former processes. @throws MillraceError MILLRACE_MAPPING_REFUSED where this version refuses one. */
  found(): readonly FoundDefinition[] {
    const { store, configuration } = this.#parts
    return this.areDurable ? storedDefinitions(store, configuration) : []
  }

  /** Resolves when it is on disk, where mappings are durable. @throws MillraceError MILLRACE_DATA_UNWRITABLE */
  async save(uuid: string, definition: MappingDefinition): Promise<void> {
    if (!this.areDurable) return
    const value = storedMapping(definition)
    await this.#parts.store.saveDefinitions([{ kind: 'mapping', id: uuid, value }])
  }

  /** Resolves when nothing of it is on disk but its position. @throws MillraceError MILLRACE_DATA_UNWRITABLE */
  async forget(uuid: string): Promise<void> {
    if (!this.areDurable) return
    await this.#parts.store.saveDefinitions([{ kind: 'mapping', id: uuid }])
  }

  /** Runs `step` after all changes of the mapping that were asked for before, at once where there are none. */
  inTurn<Told>(uuid: string, step: () => Promise<Told>): Promise<Told> {
    const before = this.#turns.get(uuid)
    const told = before ? before.then(step) : step()
    const over = told
      .catch(() => {})
      .then(() => {
        if (this.#turns.get(uuid) === over) this.#turns.delete(uuid)
      })
    this.#turns.set(uuid, over)
    return told
  }
}
