import type { Command } from 'commander'
import type { LoadedConfiguration } from '../settings/load-configuration.ts'
import { PROCESS_SETTINGS } from '../settings/process-settings.ts'
import type { CommandContext } from './command-context.ts'
import { type ConfigurationFlags, ruledOption, withConfiguration, withExample } from './options.ts'
import { listenForReload } from './reload-signal.ts'
import { listenForStop } from './stop-signal.ts'

type Flags = ConfigurationFlags & {
  readonly host?: string
  readonly port?: number
  readonly shutdownTimeout: number
}

/** `millrace start`: the daemon. @source contract §2, §5 */
export function register(program: Command, context: CommandContext): void {
  const { host, port } = PROCESS_SETTINGS
  const command = program
    .command('start')
    .description('run until stopped, with AWS’s API on one port: mappings, functions, streams')
  withConfiguration(command)
    .addOption(
      ruledOption('--host <host>', `${host.description} (default: ${host.default})`, host.rule),
    )
    .addOption(
      ruledOption(
        '--port <n>',
        `${port.description} (default: ${port.default}; env: ${port.variable})`,
        port.rule,
      ),
    )
    .addOption(
      ruledOption('--shutdown-timeout <duration>', 'what running invocations get after a signal', {
        kind: 'duration',
        msMin: 0,
        msMax: 86_400_000,
      }).default(30_000, '30s'),
    )
  withExample(command, 'millrace start', 'millrace start --config orders.yaml --port 4590')
  command.action((flags: Flags) => start(flags, context))
}

async function start(flags: Flags, context: CommandContext): Promise<void> {
  using reload = listenForReload()
  const loaded = await load(flags, context, 'empty')
  using stop = listenForStop()
  const daemon = await open(loaded, context)
  // A file that is gone is not one that says nothing: it would stop all that runs.
  const whenMissing = loaded.file === undefined ? 'empty' : 'refuse'
  reload.whenAsked(() => daemon.reload(() => load(flags, context, whenMissing)))
  try {
    await daemon.run({ signal: stop.signal, shutdownMs: flags.shutdownTimeout })
  } finally {
    await daemon.close()
  }
}

async function load(
  flags: Flags,
  context: CommandContext,
  whenMissing: 'refuse' | 'empty',
): Promise<LoadedConfiguration> {
  const { loadConfiguration } = await import('../settings/load-configuration.ts')
  const { workingDirectory, environment } = context
  return loadConfiguration({ workingDirectory, environment, flags, whenMissing })
}

/** Apart from {@link start}: TypeScript 5.9 does not rewrite an import's `.ts` in a function that has a `using`. */
async function open(loaded: LoadedConfiguration, context: CommandContext) {
  const { Daemon } = await import('../api/daemon.ts')
  return Daemon.open(loaded, context.stderr)
}
