import type {
  FunctionAlias,
  FunctionEntry,
  FunctionRevision,
  FunctionVersion,
} from './function-entry.ts'

/** What is stored of functions, by kind and id; without a value it is to be forgotten. */
export type FunctionChange = {
  readonly kind: 'function' | 'version' | 'alias'
  readonly id: string
  readonly value?: unknown
}

type StoredFunction = {
  readonly latest: FunctionRevision
  readonly publishedCount: number
  readonly reservedConcurrency?: number
  readonly tags: Readonly<Record<string, string>>
}

/** A function's name has no colon. */
const idOf = (name: string, part: string): string => `${name}:${part}`

/** What has to be written so that the store holds a function as it is now. */
export function functionChanges(
  name: string,
  before: FunctionEntry | undefined,
  after: FunctionEntry | undefined,
): readonly FunctionChange[] {
  const own = { kind: 'function', id: name } as const
  return [
    after ? { ...own, value: storedOf(after) } : own,
    ...partChanges('version', name, before?.versions, after?.versions),
    ...partChanges('alias', name, before?.aliases, after?.aliases),
  ]
}

function storedOf({ latest, publishedCount, reservedConcurrency, tags }: FunctionEntry) {
  return {
    latest,
    publishedCount,
    tags,
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
  }
}

function partChanges(
  kind: 'version' | 'alias',
  name: string,
  before: ReadonlyMap<string, unknown> = new Map(),
  after: ReadonlyMap<string, unknown> = new Map(),
): readonly FunctionChange[] {
  const gone = [...before.keys()].filter((part) => !after.has(part))
  const made = [...after].filter(([part, value]) => before.get(part) !== value)
  return [
    ...gone.map((part) => ({ kind, id: idOf(name, part) })),
    ...made.map(([part, value]) => ({ kind, id: idOf(name, part), value })),
  ]
}

type Stored = { readonly id: string; readonly value: unknown }

/** Functions as they were stored, by name. */
export function storedFunctions(stored: {
  readonly functions: readonly Stored[]
  readonly versions: readonly Stored[]
  readonly aliases: readonly Stored[]
}): ReadonlyMap<string, FunctionEntry> {
  const versions = partsByFunction<FunctionVersion>(stored.versions)
  const aliases = partsByFunction<FunctionAlias>(stored.aliases)
  const entries = stored.functions.map(({ id: name, value }): [string, FunctionEntry] => {
    const numbered = [...(versions.get(name) ?? [])].toSorted(([a], [b]) => Number(a) - Number(b))
    const named = aliases.get(name) ?? []
    const parts = { versions: new Map(numbered), aliases: new Map(named) }
    return [name, { owner: 'api', name, ...(value as StoredFunction), ...parts }]
  })
  return new Map(entries)
}

function partsByFunction<Part>(stored: readonly Stored[]): ReadonlyMap<string, [string, Part][]> {
  const found = new Map<string, [string, Part][]>()
  for (const { id, value } of stored) {
    const colon = id.indexOf(':')
    const name = id.slice(0, colon)
    const parts = found.get(name) ?? []
    parts.push([id.slice(colon + 1), value as Part])
    found.set(name, parts)
  }
  return found
}
