import type { Command } from 'commander'
import type { LoadedConfiguration } from '../settings/load-configuration.ts'
import type { CommandContext } from './command-context.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, printResult, tableText } from './print.ts'

type Flags = ConfigurationFlags & { readonly json?: boolean }

/** `millrace config validate|show|schema`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const config = program
    .command('config')
    .description('check and show the settings, print their JSON Schema')
  withExample(config, 'millrace config validate', 'millrace config show --json')
  registerValidate(config, context)
  registerShow(config, context)
  registerSchema(config, context)
}

function registerValidate(config: Command, context: CommandContext): void {
  const command = config.command('validate').description('check the configuration; start nothing')
  withExample(withJson(withConfiguration(command)), 'millrace config validate --config orders.yaml')
  command.action(async (flags: Flags) => {
    const { file, configuration } = await load(context, flags)
    const { streams, functions, mappings } = configuration
    const json = {
      valid: true,
      file,
      streams: streams.size,
      functions: functions.size,
      mappings: mappings.length,
    }
    printResult(context, flags, {
      json,
      text: () =>
        `${file}: ${context.paintResult.green('valid')}, ${[
          countText(json.streams, 'stream'),
          countText(json.functions, 'function'),
          countText(json.mappings, 'mapping'),
        ].join(', ')}`,
    })
  })
}

function registerShow(config: Command, context: CommandContext): void {
  const command = config
    .command('show')
    .description('print every setting with its value and where it comes from')
  withExample(withJson(withConfiguration(command)), 'millrace config show --config orders.yaml')
  command.action(async (flags: Flags) => {
    const loaded = await load(context, flags)
    const [{ listSettings }, { originText }] = await Promise.all([
      import('../settings/setting-listing.ts'),
      import('../settings/origin.ts'),
    ])
    const settings = listSettings(loaded)
    printResult(context, flags, {
      json: { file: loaded.file, settings },
      text: () =>
        tableText(
          settings.map(({ setting, value, origin }) => [
            setting,
            typeof value === 'string' ? value : JSON.stringify(value),
            context.paintResult.dim(originText(origin)),
          ]),
        ),
    })
  })
}

function registerSchema(config: Command, context: CommandContext): void {
  const command = config
    .command('schema')
    .description('print the JSON Schema (2020-12) of the configuration file')
  withExample(command, 'millrace config schema > millrace.schema.json')
  command.action(async () => {
    const { configurationSchema } = await import('../settings/schema.ts')
    context.stdout.write(`${JSON.stringify(configurationSchema(), null, 2)}\n`)
  })
}

async function load(context: CommandContext, flags: Flags): Promise<LoadedConfiguration> {
  const { loadConfiguration } = await import('../settings/load-configuration.ts')
  const { workingDirectory, environment } = context
  return loadConfiguration({ workingDirectory, environment, flags, whenMissing: 'refuse' })
}
