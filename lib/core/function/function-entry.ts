import type { EpochMs } from '../ids.ts'
import type { FunctionSettings } from '../mapping/settings.ts'

/** A zip as it was uploaded, and where its files are. */
export type CodeFacts = {
  /** Name of the folder that holds them; nothing else ever stands in it. */
  readonly folder: string
  /** Of the zip, in base64. */
  readonly sha256: string
  /** Of the zip. */
  readonly sizeBytes: number
}

/** What an invocation depends on: another program runs in other threads. */
export type FunctionProgram = {
  readonly runtime: string
  readonly handler: string
  readonly timeoutSeconds: number
  readonly memorySizeMegabytes: number
  /** Absent where none was ever given. */
  readonly environment?: Readonly<Record<string, string>>
  readonly code: CodeFacts
}

/** Code and configuration of a function, as `$LATEST` or a version has them. */
export type FunctionRevision = FunctionProgram & {
  /** AWS's `RevisionId`: another one after each change. */
  readonly revisionId: string
  /** Another one after each change of the program. */
  readonly programId: string
  readonly lastModified: EpochMs
  readonly role: string
  readonly description: string
  readonly architecture: 'x86_64' | 'arm64'
}

/** A published version. It never changes. */
export type FunctionVersion = {
  readonly revision: FunctionRevision
  /** Description that `$LATEST` had then: a version may be given another. */
  readonly latestDescription: string
}

export type FunctionAlias = {
  /** Number of a version, or `$LATEST`. */
  readonly version: string
  readonly description: string
  readonly revisionId: string
}

/** A function that was made over the API, with all that belongs to it. */
export type FunctionEntry = {
  readonly owner: 'api'
  readonly name: string
  readonly latest: FunctionRevision
  /** Versions that were ever published: their numbers are not used again. */
  readonly publishedCount: number
  /** By number, ascending. */
  readonly versions: ReadonlyMap<string, FunctionVersion>
  readonly aliases: ReadonlyMap<string, FunctionAlias>
  /** `ReservedConcurrentExecutions`; absent: no limit. */
  readonly reservedConcurrency?: number
  readonly tags: Readonly<Record<string, string>>
}

/** A function that the configuration owns: it has `$LATEST` only, and never changes (D32). */
export type ConfiguredFunction = {
  readonly owner: 'configuration'
  readonly name: string
  readonly settings: FunctionSettings
}

export type KnownFunction = FunctionEntry | ConfiguredFunction

const sameVariables = (
  a: Readonly<Record<string, string>> = {},
  b: Readonly<Record<string, string>> = {},
): boolean => {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

/** Whether an invocation could not tell the one from the other. */
export function isSameProgram(a: FunctionProgram, b: FunctionProgram): boolean {
  return (
    a.runtime === b.runtime &&
    a.handler === b.handler &&
    a.timeoutSeconds === b.timeoutSeconds &&
    a.memorySizeMegabytes === b.memorySizeMegabytes &&
    a.code.folder === b.code.folder &&
    sameVariables(a.environment, b.environment)
  )
}

/** A function that begins to exist, without versions. */
export function newEntry(
  name: string,
  latest: FunctionRevision,
  tags: Readonly<Record<string, string>>,
): FunctionEntry {
  const none = { versions: new Map(), aliases: new Map() }
  return { owner: 'api', name, latest, publishedCount: 0, ...none, tags }
}

/** What a change of `$LATEST` gives. */
export type RevisionChange = Partial<Omit<FunctionRevision, 'revisionId' | 'programId'>>

/** `$LATEST` changes. @param freshId unique, for this change. */
export function withRevision(
  entry: FunctionEntry,
  change: RevisionChange,
  facts: { readonly now: EpochMs; readonly freshId: string },
): FunctionEntry {
  const { now: lastModified, freshId: revisionId } = facts
  const changed = { ...entry.latest, ...change, lastModified, revisionId }
  const programId = isSameProgram(entry.latest, changed) ? changed.programId : revisionId
  return { ...entry, latest: { ...changed, programId } }
}

/**
 * Freezes `$LATEST` as a version. Where nothing changed since the last one, that one stays the last.
 * @returns the entry, and the number of the version.
 */
export function publish(
  entry: FunctionEntry,
  given: { readonly description?: string; readonly freshId: string },
): readonly [FunctionEntry, string] {
  const { latest, versions, publishedCount } = entry
  const [number, last] = [...versions].at(-1) ?? []
  if (number !== undefined && last && isUnchanged(latest, last)) return [entry, number]
  const version = String(publishedCount + 1)
  const { description = latest.description, freshId: revisionId } = given
  const frozen = {
    revision: { ...latest, description, revisionId },
    latestDescription: latest.description,
  }
  const all = new Map([...versions, [version, frozen]])
  return [{ ...entry, publishedCount: publishedCount + 1, versions: all }, version]
}

function isUnchanged(
  latest: FunctionRevision,
  { revision, latestDescription }: FunctionVersion,
): boolean {
  return (
    latest.programId === revision.programId &&
    latest.description === latestDescription &&
    latest.role === revision.role &&
    latest.architecture === revision.architecture
  )
}

/** Takes a version away. Its number is not used again. */
export function withoutVersion(entry: FunctionEntry, version: string): FunctionEntry {
  return { ...entry, versions: new Map([...entry.versions].filter(([at]) => at !== version)) }
}

/** Makes or changes an alias; without one it goes. Aliases stay in the order of their names. */
export function withAlias(
  entry: FunctionEntry,
  name: string,
  alias: FunctionAlias | undefined,
): FunctionEntry {
  const others = [...entry.aliases].filter(([at]) => at !== name)
  const all: (readonly [string, FunctionAlias])[] = alias ? [...others, [name, alias]] : others
  return { ...entry, aliases: new Map(all.toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

/** Folders that hold code of a function. */
export function foldersOf({ latest, versions }: FunctionEntry): readonly string[] {
  return [latest, ...[...versions.values()].map(({ revision }) => revision)].map(
    ({ code }) => code.folder,
  )
}
