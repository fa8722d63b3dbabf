import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { MillraceError } from '../core/errors.ts'
import { type ChangeFlags, change, withChange } from './checkpoint-change.ts'
import type { CommandContext } from './command-context.ts'
import { withStateView } from './data-directory.ts'
import { type ConfigurationFlags, withConfiguration, withExample } from './options.ts'
import { unreadable } from './unreadable.ts'

type ExportFlags = ConfigurationFlags & { readonly mapping?: string; readonly output?: string }

/** `millrace checkpoint export`. */
export function registerExport(checkpoint: Command, context: CommandContext): void {
  const command = checkpoint
    .command('export')
    .description('positions as JSON, for millrace checkpoint import; also while an engine runs')
    .option('--mapping <uuid>', 'only this mapping')
    .option('--output <file>', 'write to this file, not to standard output')
  withExample(withConfiguration(command), 'millrace checkpoint export --output positions.json')
  command.action((flags: ExportFlags) =>
    withStateView(context, flags, async (view) => {
      const { mapping, output } = flags
      const file = view.positions(mapping === undefined ? undefined : [view.mapping(mapping)])
      const json = `${JSON.stringify(file, null, 2)}\n`
      if (output === undefined) context.stdout.write(json)
      else await write(resolve(context.workingDirectory, output), output, json)
    }),
  )
}

/** `millrace checkpoint import`. */
export function registerImport(checkpoint: Command, context: CommandContext): void {
  const command = checkpoint
    .command('import')
    .description('take over positions that millrace checkpoint export wrote; shows what that means')
    .argument('<file>', 'the file; - for standard input')
  withExample(withChange(command), 'millrace checkpoint import positions.json')
  command.action(async (file: string, flags: ChangeFlags) => {
    const value = await read(file, context)
    await change('millrace checkpoint import', { context, flags }, (engine) =>
      engine.checkpoints.import(value),
    )
  })
}

/** @throws MillraceError MILLRACE_INPUT_UNREADABLE */
async function read(file: string, { stdin, workingDirectory }: CommandContext): Promise<unknown> {
  try {
    const source = file === '-' ? text(stdin) : readFile(resolve(workingDirectory, file), 'utf8')
    return JSON.parse(await source)
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error : new Error(String(error)))
  }
}

async function write(path: string, name: string, json: string): Promise<void> {
  try {
    await writeFile(path, json)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw MillraceError.of('MILLRACE_DATA_UNWRITABLE', { directory: name, reason }, error)
  }
}
