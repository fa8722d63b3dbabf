import { isDeepStrictEqual } from 'node:util'
import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import type { EngineConfiguration, MappingSettings } from '../../core/mapping/settings.ts'
import { configuredMappingUuid } from '../mapping-uuid.ts'

/** A mapping as a configuration has it. */
export type ConfiguredMapping = { readonly uuid: MappingUuid; readonly settings: MappingSettings }

/** What another configuration makes different. */
export type ConfigurationChange = {
  /** Names of streams that are declared now. Streams are never removed. */
  readonly streams: readonly string[]
  /** Names of functions that are there now, are gone, or are others. */
  readonly functions: readonly string[]
  readonly removed: readonly ConfiguredMapping[]
  /** Those that are there now, or are no longer disabled. */
  readonly added: readonly ConfiguredMapping[]
  /** Those that stay enabled; their own settings may be as they were, and their function another. */
  readonly kept: readonly ConfiguredMapping[]
  /** Those that are declared and not to run. */
  readonly disabled: readonly ConfiguredMapping[]
}

/** What a configuration says that is read at the start only, as people call it. */
const FIXED = [
  ['dataDirectory', 'the data directory'],
  ['sources', 'Sources'],
  ['region', 'Sources.DynamoDB.Region'],
  ['account', 'the account'],
  ['destinations', 'Destinations'],
  ['engine', 'Engine'],
] as const satisfies readonly (readonly [keyof EngineConfiguration, string])[]

/**
 * What a running engine has to do so that another configuration holds.
 * @throws MillraceError MILLRACE_SETTING_REFUSED for what cannot change while it runs.
 */
export function planChange(
  from: EngineConfiguration,
  to: EngineConfiguration,
): ConfigurationChange {
  for (const [member, setting] of FIXED) {
    if (isDeepStrictEqual(from[member], to[member])) continue
    const reason = 'it is read at the start only: change it back, or start again'
    throw MillraceError.of('MILLRACE_SETTING_REFUSED', { setting, origin: '', reason })
  }
  const before = mappingsOf(from)
  const after = mappingsOf(to)
  const all = [...after.values()]
  const enabled = all.filter(({ settings }) => settings.enabled)
  const ran = (uuid: MappingUuid) => before.get(uuid)?.settings.enabled === true
  return {
    streams: [...to.streams.keys()].filter((name) => !from.streams.has(name)),
    functions: changedNames(from.functions, to.functions),
    removed: [...before.values()].filter(({ uuid }) => !after.has(uuid)),
    added: enabled.filter(({ uuid }) => !ran(uuid)),
    kept: enabled.filter(({ uuid }) => ran(uuid)),
    disabled: all.filter(({ settings }) => !settings.enabled),
  }
}

function mappingsOf({
  mappings,
}: EngineConfiguration): ReadonlyMap<MappingUuid, ConfiguredMapping> {
  return new Map(
    mappings.map((settings) => {
      const uuid = configuredMappingUuid(settings)
      return [uuid, { uuid, settings }]
    }),
  )
}

/** Names with another value, or with one in only one of the two. */
function changedNames(
  from: ReadonlyMap<string, unknown>,
  to: ReadonlyMap<string, unknown>,
): readonly string[] {
  const names = new Set([...from.keys(), ...to.keys()])
  return [...names].filter((name) => !isDeepStrictEqual(from.get(name), to.get(name)))
}
