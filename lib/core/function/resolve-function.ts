import type { FunctionSettings } from '../mapping/settings.ts'
import type { FunctionRevision, KnownFunction } from './function-entry.ts'

/** The one program that a name and a qualifier mean now. */
export type ResolvedFunction = {
  readonly name: string
  /** `$LATEST`, or a number: what runs, also where an alias was named. */
  readonly version: string
  /** The same for the same program of the same version, and for nothing else: threads are kept by it. */
  readonly program: string
  readonly settings: FunctionSettings
}

/** What is changed, and what a bare name means. @source aws-semantics §1.2 */
export const LATEST = '$LATEST'

/**
 * What runs under a name: `$LATEST` where there is no qualifier, a version by its number, else what the alias points to
 * at this moment. @param codeDirectory absolute path of a code folder.
 * @returns undefined where there is no such version or alias. @source aws-semantics §1.2
 */
export function resolveFunction(
  known: KnownFunction,
  qualifier: string | undefined,
  codeDirectory: (folder: string) => string,
): ResolvedFunction | undefined {
  const { name } = known
  if (known.owner === 'configuration') {
    if (versionOf(known, qualifier) === undefined) return undefined
    const { settings } = known
    // A file that is read again may say something else of it; a closure stays what it is.
    const said = settings.type === 'module' ? JSON.stringify(settings) : ''
    return { name, version: LATEST, program: `configuration/${name}/${said}`, settings }
  }
  const version = versionOf(known, qualifier)
  const revision = version === undefined ? undefined : revisionOf(known, version)
  if (version === undefined || !revision) return undefined
  const program = `${revision.programId}/${version}`
  return { name, version, program, settings: toSettings(revision, codeDirectory) }
}

/** Number of the version that a qualifier means, or `$LATEST`; undefined where there is none. */
export function versionOf(known: KnownFunction, qualifier: string = LATEST): string | undefined {
  if (qualifier === LATEST) return LATEST
  if (known.owner === 'configuration') return undefined
  if (known.versions.has(qualifier)) return qualifier
  return known.aliases.get(qualifier)?.version
}

/** Code and configuration of a version. */
export function revisionOf(
  known: Extract<KnownFunction, { owner: 'api' }>,
  version: string,
): FunctionRevision | undefined {
  return version === LATEST ? known.latest : known.versions.get(version)?.revision
}

function toSettings(
  revision: FunctionRevision,
  codeDirectory: (folder: string) => string,
): FunctionSettings {
  const { runtime, handler, timeoutSeconds, memorySizeMegabytes, environment = {} } = revision
  return {
    type: 'module',
    runtime,
    codeDirectory: codeDirectory(revision.code.folder),
    handler,
    timeoutSeconds,
    memorySizeMegabytes,
    environment,
    // As on Lambda: only the configuration file has a setting for it.
    concurrencyPerEnvironment: 1,
  }
}
