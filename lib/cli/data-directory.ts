import type { EngineConfiguration } from '../core/mapping/settings.ts'
import type { Engine } from '../engine/engine.ts'
import type { StateView } from '../engine/state-view.ts'
import type { CommandContext } from './command-context.ts'
import type { ConfigurationFlags } from './options.ts'

/**
 * Shows `look` the durable state of the data directory that the flags name, whoever owns it.
 * @throws MillraceError MILLRACE_DATA_ABSENT, ...
 */
export async function withStateView(
  context: CommandContext,
  flags: ConfigurationFlags,
  look: (view: StateView, directory: string) => void | Promise<void>,
): Promise<void> {
  const [{ loadConfiguration }, { openStateView }] = await Promise.all([
    import('../settings/load-configuration.ts'),
    import('../engine/state-view.ts'),
  ])
  const { workingDirectory, environment } = context
  const whenMissing = 'empty'
  const loaded = await loadConfiguration({ workingDirectory, environment, flags, whenMissing })
  const { dataDirectory } = loaded.configuration
  const view = await openStateView(dataDirectory)
  try {
    await look(view, dataDirectory)
  } finally {
    await view.close()
  }
}

/** @throws MillraceError MILLRACE_MAPPING_UNKNOWN unless the mapping that is asked for has run on this data. */
export function expectMapping(view: StateView, { mapping }: { readonly mapping?: string }): void {
  if (mapping !== undefined) view.mapping(mapping)
}

/**
 * An engine on the data directory that the flags name, which reads nothing: its mappings are known and stand still.
 * @param whenMissing What to do without a configuration: functions and mappings are known by it alone.
 * @throws MillraceError MILLRACE_DATA_IN_USE, ...
 */
export async function openIdleEngine(
  { workingDirectory, environment }: CommandContext,
  flags: ConfigurationFlags,
  whenMissing: 'refuse' | 'empty',
): Promise<{ readonly engine: Engine; readonly configuration: EngineConfiguration }> {
  const [{ loadConfiguration }, { Engine }, { openStateView }] = await Promise.all([
    import('../settings/load-configuration.ts'),
    import('../engine/engine.ts'),
    import('../engine/state-view.ts'),
  ])
  const loaded = await loadConfiguration({ workingDirectory, environment, flags, whenMissing })
  const mappings = loaded.configuration.mappings.map((mapping) => ({ ...mapping, enabled: false }))
  const configuration = { ...loaded.configuration, mappings }
  // What is to be changed must be there: an engine would make it.
  await (await openStateView(configuration.dataDirectory)).close()
  return { engine: await Engine.open(configuration, { redrives: 'leave' }), configuration }
}
