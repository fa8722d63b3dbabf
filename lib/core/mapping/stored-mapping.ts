import type { EpochMs } from '../ids.ts'
import { parseMapping } from './mapping-settings.ts'
import type { MappingRequest } from './mapping-update.ts'
import type { MappingSettings } from './settings.ts'
import type { Tags } from './tags.ts'

/** What is known of a mapping that was made over the API, besides how far it has read. */
export type MappingDefinition = {
  /** Members of Create that would make it as it is now; the function by its name, with its qualifier. */
  readonly request: MappingRequest
  readonly tags: Tags
  readonly lastModified: EpochMs
}

/** The same as plain data: names of tags are a user's, and none of them may mean something to who reads them. */
type StoredMapping = {
  readonly request: MappingRequest
  readonly tags: readonly (readonly [string, string])[]
  readonly lastModified: number
}

/** How a mapping is stored. @source contract §2 (`start` keeps everything that lasts) */
export function storedMapping({ request, tags, lastModified }: MappingDefinition): StoredMapping {
  return { request, tags: Object.entries(tags), lastModified }
}

/**
 * A mapping as it was stored. That its function is there is not asked: it may be back later.
 * @param value of {@link storedMapping}.
 * @throws ApiError where this version would refuse it.
 */
export function readStoredMapping(
  value: unknown,
  home: { readonly region: string; readonly account: string },
): MappingDefinition & { readonly settings: MappingSettings } {
  const { request, tags, lastModified } = value as StoredMapping
  const settings = parseMapping(request, {
    ...home,
    origin: 'api',
    hasFunction: () => true,
    // Was resolved when it was stored.
    resolvePath: (path) => path,
  })
  return {
    request,
    settings,
    tags: Object.fromEntries(tags),
    lastModified: lastModified as EpochMs,
  }
}
