import { resolve } from 'node:path'
import { ApiError, mappingConflict } from '../core/mapping/api-error.ts'
import { suggestion } from '../core/mapping/did-you-mean.ts'
import { parseEngine } from '../core/mapping/engine-settings.ts'
import { parseFunction, parseInlineFunction } from '../core/mapping/function-settings.ts'
import { type MappingContext, parseMapping, sourceText } from '../core/mapping/mapping-settings.ts'
import { checkSetting, isPlainObject, parseSetting } from '../core/mapping/setting-check.ts'
import { SettingError, type SettingPath, type TextRule } from '../core/mapping/setting-rule.ts'
import type {
  EngineConfiguration,
  FunctionSettings,
  InlineHandler,
  MappingSettings,
  SourceSettings,
} from '../core/mapping/settings.ts'
import { parseStream } from '../core/mapping/stream-settings.ts'
import { configuredMappingUuid } from '../engine/mapping-uuid.ts'
import { CONFIGURATION_RULE, DESTINATIONS_RULE, SOURCES_RULE } from './configuration-rule.ts'
import { type Origins, originText } from './origin.ts'
import { parseAt, toMappingError, toMillraceError } from './setting-errors.ts'

/** Account of embedded streams and of functions. @source contract §5 */
const ACCOUNT = '000000000000'

/** A configuration as it was given, from wherever. */
export type ConfigurationInput = {
  /** The keys of contract §3. */
  readonly value: unknown
  readonly origins: Origins
  /** Absolute; what relative paths are relative to. */
  readonly baseDirectory: string
  /** Absolute. */
  readonly dataDirectory: string
}

/**
 * Checks a whole configuration.
 *
 * @throws MillraceError MILLRACE_SETTING_INVALID, MILLRACE_SETTING_UNKNOWN, MILLRACE_SETTING_REFUSED,
 *   MILLRACE_MAPPING_REFUSED for the first setting that is not taken, with its place.
 */
export function toEngineConfiguration(input: ConfigurationInput): EngineConfiguration {
  const { origins, baseDirectory } = input
  const sections = parseAt([], origins, () => toSections(input.value))
  const engine = parseAt(['Engine'], origins, () => parseEngine(sections['Engine']))
  const sources = parseAt(['Sources'], origins, () =>
    parseSetting(sections['Sources'], SOURCES_RULE),
  )
  const region = sources.DynamoDB.Region
  const { SQS, SNS, S3 } = parseAt(['Destinations'], origins, () =>
    parseSetting(sections['Destinations'], DESTINATIONS_RULE),
  )
  const streams = parseEntries('Streams', sections, origins, parseStream)
  const resolvePath = (path: string) => resolve(baseDirectory, path)
  const functions = parseEntries('Functions', sections, origins, (entry) =>
    parseAnyFunction(entry, resolvePath),
  )
  const mappings = parseMappings(sections['Mappings'], origins, {
    origin: 'configuration',
    region,
    account: ACCOUNT,
    // A function of the configuration has no versions and no aliases.
    hasFunction: (name, qualifier = '$LATEST') => functions.has(name) && qualifier === '$LATEST',
    hasStream: (name) => streams.has(name),
    resolvePath,
    retryBackoff: engine.retryBackoff,
    names: { FunctionName: [...functions.keys()], Stream: [...streams.keys()] },
  })
  return {
    dataDirectory: input.dataDirectory,
    region,
    account: ACCOUNT,
    streams,
    sources: {
      dynamoDb: toService(sources.DynamoDB),
    },
    destinations: {
      sqs: toService(SQS),
      sns: toService(SNS),
      s3: toService({ ...S3, Region: S3.Region ?? region }),
    },
    functions,
    mappings,
    mappingOrigins: originsOf(mappings, origins),
    engine,
  }
}

/** Where mappings are written, for those whose changes are refused (D32). */
function originsOf(
  mappings: readonly MappingSettings[],
  origins: Origins,
): ReadonlyMap<string, string> {
  const written = mappings.flatMap((mapping, index) => {
    const origin = origins.of(['Mappings', index])
    return origin.type === 'file'
      ? [[configuredMappingUuid(mapping), originText(origin)] as const]
      : []
  })
  return new Map(written)
}

const toService = (given: {
  readonly Endpoint?: string | undefined
  readonly Region?: string | undefined
}): SourceSettings => ({
  ...(given.Endpoint === undefined ? {} : { endpoint: given.Endpoint }),
  ...(given.Region === undefined ? {} : { region: given.Region }),
})

type Sections = Readonly<Record<string, unknown>>

/** Only the top level is judged here: which sections there are. An empty section is null in YAML. */
function toSections(value: unknown): Sections {
  const sections: Record<string, unknown> = Object.create(null)
  for (const [name, { default: empty }] of Object.entries(CONFIGURATION_RULE.members)) {
    sections[name] = empty
  }
  if (value === null || value === undefined) return sections
  if (!isPlainObject(value)) {
    throw new SettingError({ type: 'invalid', path: [], rule: CONFIGURATION_RULE, value })
  }
  for (const [name, section] of Object.entries(value)) {
    if (!(name in sections)) {
      throw new SettingError({ type: 'unknown', path: [name], allowed: Object.keys(sections) })
    }
    if (section !== null && section !== undefined) sections[name] = section
  }
  return sections
}

/** Parses each entry of a map of names; the rule of the entries themselves is `parse`'s. */
function parseEntries<Entry>(
  section: 'Streams' | 'Functions',
  sections: Sections,
  origins: Origins,
  parse: (entry: unknown) => Entry,
): ReadonlyMap<string, Entry> {
  const rule = CONFIGURATION_RULE.members[section].rule
  const given = sections[section]
  if (!isPlainObject(given)) {
    throw toMillraceError({ type: 'invalid', path: [section], rule, value: given }, [], origins)
  }
  const entries = new Map<string, Entry>()
  for (const [name, entry] of Object.entries(given)) {
    const path = [section, name]
    parseAt(path, origins, () => refuseName(name, rule.name))
    entries.set(
      name,
      parseAt(path, origins, () => parse(entry)),
    )
  }
  return entries
}

function refuseName(name: string, rule: TextRule): void {
  if (checkSetting(name, rule).type === 'valid') return
  throw new SettingError({ type: 'invalid-name', path: [], rule, value: name })
}

/** A module's settings, or the closure that a program gives: alone, or as `Handler` beside `Timeout`. */
function parseAnyFunction(entry: unknown, resolvePath: (path: string) => string): FunctionSettings {
  if (isClosure(entry)) return parseInlineFunction(entry, {})
  if (isPlainObject(entry) && isClosure(entry['Handler'])) {
    const { Handler, ...beside } = entry
    if (isClosure(Handler)) return parseInlineFunction(Handler, beside)
  }
  return parseFunction(entry, resolvePath)
}

function isClosure(value: unknown): value is InlineHandler {
  return typeof value === 'function'
}

type ConfigurationContext = Extract<MappingContext, { origin: 'configuration' }> & {
  /** What there is, for hints. */
  readonly names: { readonly FunctionName: readonly string[]; readonly Stream: readonly string[] }
}

/** All mappings; two of one stream and one function are refused, as the API does (D32). */
function parseMappings(
  section: unknown,
  origins: Origins,
  context: ConfigurationContext,
): readonly MappingSettings[] {
  const { rule } = CONFIGURATION_RULE.members.Mappings
  if (!Array.isArray(section)) {
    const problem = { type: 'invalid', path: ['Mappings'], rule, value: section } as const
    throw toMillraceError(problem, [], origins)
  }
  const taken = new Set<string>()
  return section.map((entry: unknown, index) => {
    const path = ['Mappings', index]
    const mapping = parseOneMapping(entry, path, origins, context)
    const uuid = configuredMappingUuid(mapping)
    if (taken.has(uuid)) {
      const { source, functionName } = mapping
      const conflict = mappingConflict({ eventSource: sourceText(source), functionName, uuid })
      throw toMappingError(conflict, path, origins)
    }
    taken.add(uuid)
    return mapping
  })
}

function parseOneMapping(
  entry: unknown,
  path: SettingPath,
  origins: Origins,
  context: ConfigurationContext,
): MappingSettings {
  try {
    return parseMapping(entry, context)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw toMappingError(error, path, origins, hintFor(error, entry, context))
  }
}

/** What there is instead, where a name leads nowhere. */
function hintFor(error: ApiError, entry: unknown, { names }: ConfigurationContext): string {
  if (error.detail) return ` ${error.detail}`
  const [member] = error.path
  if (error.problem || (member !== 'FunctionName' && member !== 'Stream')) return ''
  const given = isPlainObject(entry) ? String(entry[member]) : ''
  const known = names[member]
  const named = error.message.includes(given) ? '' : `: ${given}`
  const there = known.length === 0 ? 'there are none' : `there are: ${known.join(', ')}`
  return `${named}; ${there}${suggestion(given, known)}`
}
