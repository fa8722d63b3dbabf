import { resolve } from 'node:path'
import { MillraceError } from '../core/errors.ts'
import { suggestion } from '../core/mapping/did-you-mean.ts'
import type { ENGINE_RULE } from '../core/mapping/engine-settings.ts'
import type { FUNCTION_RULE, INLINE_FUNCTION_RULE } from '../core/mapping/function-settings.ts'
import type { CONFIGURATION_MAPPING_RULE } from '../core/mapping/mapping-table.ts'
import { isPlainObject } from '../core/mapping/setting-check.ts'
import type { Given } from '../core/mapping/setting-rule.ts'
import type { EngineConfiguration, InlineHandler } from '../core/mapping/settings.ts'
import type { STREAM_RULE } from '../core/mapping/stream-settings.ts'
import type { DESTINATIONS_RULE, SOURCES_RULE } from './configuration-rule.ts'
import { toEngineConfiguration } from './engine-configuration.ts'
import { type Environment, withEnvironment } from './environment.ts'
import { Origins } from './origin.ts'

/** A function of the library: a module, a closure, or a closure with its timeout. @source contract §8 */
export type FunctionOptions =
  | Given<typeof FUNCTION_RULE>
  | InlineHandler
  | ({ readonly Handler: InlineHandler } & Given<typeof INLINE_FUNCTION_RULE>)

/** What `createEngine` takes: the keys of contract §3, camelCase at this level only. @source contract §8 */
export type LibraryOptions = {
  /** Directory of everything that lasts, relative to the working directory; `.millrace` where none is given. */
  readonly data?: string | undefined
  /** Embedded streams by name, created when missing: the members of `Streams` in the configuration (schema.json). */
  readonly streams?: Readonly<Record<string, Given<typeof STREAM_RULE>>> | undefined
  /** Servers of streams: the members of `Sources`. */
  readonly sources?: Given<typeof SOURCES_RULE> | undefined
  /** Servers that reports of failed batches are sent to: the members of `Destinations`. */
  readonly destinations?: Given<typeof DESTINATIONS_RULE> | undefined
  /** By name. */
  readonly functions?: Readonly<Record<string, FunctionOptions>> | undefined
  /** Members of CreateEventSourceMapping, with `Stream`, `EventSourceArn` or `Table`. */
  readonly mappings?: readonly Given<typeof CONFIGURATION_MAPPING_RULE>[] | undefined
  /** Limits of the process: the members of `Engine`. */
  readonly engine?: Given<typeof ENGINE_RULE> | undefined
}

const SECTION_BY_OPTION = new Map([
  ['streams', 'Streams'],
  ['sources', 'Sources'],
  ['destinations', 'Destinations'],
  ['functions', 'Functions'],
  ['mappings', 'Mappings'],
  ['engine', 'Engine'],
])

/**
 * Checks the options of a program as strictly as a file. Paths are relative to the working directory.
 *
 * @throws MillraceError MILLRACE_SETTING_INVALID, MILLRACE_SETTING_UNKNOWN, MILLRACE_SETTING_REFUSED, MILLRACE_MAPPING_REFUSED
 * @source contract §8
 */
export function fromLibraryOptions(
  options: LibraryOptions,
  surroundings: { readonly workingDirectory: string; readonly environment: Environment } = {
    workingDirectory: process.cwd(),
    environment: process.env,
  },
): EngineConfiguration {
  const given = toSections(options)
  const { workingDirectory, environment } = surroundings
  const origins = new Origins()
  return toEngineConfiguration({
    value: withEnvironment(given.sections, environment, origins),
    origins,
    baseDirectory: workingDirectory,
    dataDirectory: resolve(workingDirectory, given.data),
  })
}

function toSections(options: unknown): {
  readonly sections: Readonly<Record<string, unknown>>
  readonly data: string
} {
  if (!isPlainObject(options)) throw invalidOption('the options', 'an object', options)
  const sections: Record<string, unknown> = Object.create(null)
  let data = '.millrace'
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const section = SECTION_BY_OPTION.get(name)
    if (section !== undefined) sections[section] = value
    else if (name !== 'data') throw unknownOption(name)
    else if (typeof value === 'string' && value !== '') data = value
    else throw invalidOption('data', 'a directory', value)
  }
  return { sections, data }
}

function unknownOption(setting: string): MillraceError {
  const allowed = ['data', ...SECTION_BY_OPTION.keys()]
  return MillraceError.of('MILLRACE_SETTING_UNKNOWN', {
    setting,
    origin: '',
    allowed: allowed.join(', '),
    suggestion: suggestion(setting, allowed),
  })
}

function invalidOption(setting: string, expected: string, value: unknown): MillraceError {
  const actual = value === undefined ? 'nothing' : (JSON.stringify(value) ?? `a ${typeof value}`)
  return MillraceError.of('MILLRACE_SETTING_INVALID', { setting, expected, actual, origin: '' })
}
