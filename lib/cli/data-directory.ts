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
  look: (view: StateView, directory: string) => void,
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
    look(view, dataDirectory)
  } finally {
    await view.close()
  }
}
