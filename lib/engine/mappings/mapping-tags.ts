import { ApiError } from '../../core/mapping/api-error.ts'
import { type Tags, toTags } from '../../core/mapping/tags.ts'
import type { KnownMapping, KnownMappings } from './known-mappings.ts'
import type { MappingDefinitions } from './mapping-definitions.ts'

/** Tags of mappings, by the mapping's ARN. Who changes them changes nothing else of it. @source aws-semantics §1.1 */
export class MappingTags {
  readonly #known: KnownMappings
  readonly #definitions: MappingDefinitions

  /** @internal */
  constructor(known: KnownMappings, definitions: MappingDefinitions) {
    this.#known = known
    this.#definitions = definitions
  }

  /** @param mappingArn `EventSourceMappingArn`. @throws ApiError ResourceNotFoundException */
  get(mappingArn: string): Tags {
    const entry = this.#find(mappingArn)
    return entry.owner === 'program' ? entry.tags : (entry.settings.tags ?? {})
  }

  /** Adds tags, or changes their values. @param tags checked by the rule of tags. @throws ApiError */
  async add(mappingArn: string, tags: ReadonlyMap<string, string>): Promise<void> {
    await this.#change(mappingArn, (before) => new Map([...before, ...tags]))
  }

  /** Takes tags away, where they are there. @throws ApiError */
  async remove(mappingArn: string, keys: readonly string[]): Promise<void> {
    const gone = new Set(keys)
    await this.#change(
      mappingArn,
      (before) => new Map([...before].filter(([key]) => !gone.has(key))),
    )
  }

  #change(
    mappingArn: string,
    step: (tags: readonly (readonly [string, string])[]) => ReadonlyMap<string, string>,
  ): Promise<void> {
    return this.#definitions.inTurn(this.#find(mappingArn).uuid, async () => {
      const mapping = this.#known.owned(this.#find(mappingArn).uuid)
      // What is not made yet, or is gone already, must not be saved.
      if (mapping.state === 'Creating' || mapping.state === 'Deleting')
        mapping.expectTaken('update')
      const tags = toTags(step(Object.entries(mapping.tags)))
      const { uuid, request, lastModified } = mapping
      await this.#definitions.save(uuid, { request, tags, lastModified })
      mapping.tags = tags
    })
  }

  /** @throws ApiError ResourceNotFoundException @source aws-semantics §1.4 */
  #find(mappingArn: string): KnownMapping {
    const entry = this.#known.find(mappingArn.slice(mappingArn.lastIndexOf(':') + 1).toLowerCase())
    if (entry && this.#known.mappingArnOf(entry.uuid) === mappingArn) return entry
    throw new ApiError('ResourceNotFoundException', `Event source mapping not found: ${mappingArn}`)
  }
}
