import { isPlainObject } from '../core/mapping/setting-check.ts'
import type { Rule, SettingPath } from '../core/mapping/setting-rule.ts'
import { pathText } from '../core/mapping/setting-text.ts'
import { CONFIGURATION_RULE } from './configuration-rule.ts'
import type { LoadedConfiguration } from './load-configuration.ts'
import type { Origin } from './origin.ts'

const HIDDEN = '(hidden)'

/** One setting as it holds, with where it came from. */
export type ListedSetting = {
  /** `Mappings[0].BatchSize`, or the name of a process setting: `data`. */
  readonly setting: string
  /** As it was written, or as the default is; a secret is `(hidden)`. */
  readonly value: unknown
  readonly origin: Origin
}

/**
 * All settings of a loaded configuration that have a value, defaults included.
 *
 * @param loaded A configuration that was accepted: rules are not checked again.
 */
export function listSettings(loaded: LoadedConfiguration): readonly ListedSetting[] {
  const { configuration, process, processOrigins, given, origins } = loaded
  return [
    { setting: 'data', value: configuration.dataDirectory, origin: processOrigins.data },
    { setting: 'host', value: process.host, origin: processOrigins.host },
    { setting: 'port', value: process.port, origin: processOrigins.port },
    { setting: 'logLevel', value: process.logLevel, origin: processOrigins.logLevel },
    ...listCredentials(loaded),
    ...listValue(given ?? {}, CONFIGURATION_RULE, {
      path: [],
      originOf: (path) => origins.of(path),
    }),
  ]
}

function listCredentials({ process, processOrigins }: LoadedConfiguration): ListedSetting[] {
  return (['accessKeyId', 'secretAccessKey'] as const).flatMap((setting) => {
    const given = process[setting]
    if (given === undefined) return []
    const value = setting === 'secretAccessKey' ? HIDDEN : given
    return [{ setting, value, origin: processOrigins[setting] }]
  })
}

type Place = { readonly path: SettingPath; readonly originOf: (path: SettingPath) => Origin }

function listValue(value: unknown, rule: Rule, place: Place): readonly ListedSetting[] {
  const below = (name: string | number) => ({ ...place, path: [...place.path, name] })
  if (rule.kind === 'object' && isPlainObject(value)) {
    return Object.entries(rule.members).flatMap(([name, member]) => {
      const given = Object.hasOwn(value, name) ? value[name] : undefined
      if (given !== undefined && given !== null) return listValue(given, member.rule, below(name))
      if (member.default === undefined) return []
      const originOf = (): Origin => ({ type: 'default' })
      return listValue(member.default, member.rule, { ...below(name), originOf })
    })
  }
  if (rule.kind === 'map' && isPlainObject(value)) {
    return Object.entries(value).flatMap(([name, item]) => listValue(item, rule.of, below(name)))
  }
  if (rule.kind === 'list' && Array.isArray(value) && isMany(rule.of)) {
    return value.flatMap((item: unknown, index) => listValue(item, rule.of, below(index)))
  }
  const isSecret = rule.kind === 'text' && rule.secret === true
  const { path, originOf } = place
  return [{ setting: pathText(path), value: isSecret ? HIDDEN : value, origin: originOf(path) }]
}

/** Lists of plain values, such as FunctionResponseTypes, stay one line. */
function isMany(rule: Rule): boolean {
  return rule.kind === 'object' || rule.kind === 'map' || rule.kind === 'list'
}
