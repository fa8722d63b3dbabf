import { Command, type CommanderError } from 'commander'
import { suggestion } from '../core/mapping/did-you-mean.ts'
import { register as registerBench } from './bench.ts'
import { register as registerCheckpoint } from './checkpoint.ts'
import { type CommandContext, type Registration, UsageError } from './command-context.ts'
import { register as registerConfig } from './config.ts'
import { EXIT_CODE, type ExitCode } from './exit-code.ts'
import { register as registerFailed } from './failed.ts'
import { register as registerFilter } from './filter.ts'
import { withExample } from './options.ts'
import { register as registerPut } from './put.ts'
import { reportError } from './report-error.ts'
import { register as registerRun } from './run.ts'
import { register as registerStart } from './start.ts'
import { register as registerStatus } from './status.ts'
import { register as registerStream } from './stream.ts'

/** Every command, in the order of the help. A new one is a file with `register`, and a name here. */
const COMMANDS: readonly Registration[] = [
  registerRun,
  registerStart,
  registerPut,
  registerStream,
  registerStatus,
  registerFailed,
  registerCheckpoint,
  registerFilter,
  registerConfig,
  registerBench,
]

/**
 * Runs one command line. Results go to `context.stdout`, one message for what went wrong to `context.stderr`.
 *
 * @param words The command line without node and script.
 * @returns the exit code.
 * @source contract §2
 */
export async function runProgram(
  words: readonly string[],
  version: string,
  context: Omit<CommandContext, 'exit'>,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODE.done
  const exit = (code: ExitCode) => {
    exitCode = code
  }
  try {
    const program = createProgram(version, { ...context, exit })
    await program.parseAsync(words, { from: 'user' })
    return exitCode
  } catch (error) {
    return reportError(error, context)
  }
}

function createProgram(version: string, context: CommandContext): Command {
  const program = new Command('millrace')
    .description('AWS Lambda event source mappings for DynamoDB Streams, outside AWS')
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    // What stands behind a command's name is that command's: `bench compare --json` is not of `bench`.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // commander's own message would come before the help is known to be asked for: report() prints it.
      outputError: () => {},
    })
  withExample(program, 'millrace run', 'millrace put orders orders.ndjson', 'millrace failed list')
  for (const register of COMMANDS) register(program, context)
  refuseMissingCommands(program)
  nameTheCommand(program)
  return program
}

/** What is wrong with a command line is said with the command it is about, and an unknown flag with those there are. */
function nameTheCommand(command: Command): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageErrorOf(error, command)
  })
  for (const child of command.commands) nameTheCommand(child)
}

function usageErrorOf(error: CommanderError, command: Command): UsageError {
  const path = pathOf(command)
  const [, flag] = /^error: unknown option '(.*?)'/.exec(error.message) ?? []
  if (error.code !== 'commander.unknownOption' || flag === undefined) {
    return new UsageError(`${path}: ${error.message.replace(/^error: /, '')}`, path)
  }
  const flags = command.options.flatMap(({ long }) => (long ? [long] : []))
  return new UsageError(
    `unknown option ${flag} of ${path}; there are: ${[...flags, '--help'].join(', ')}${suggestion(flag, flags)}`,
    path,
  )
}

/** A command that only groups others: to call it alone is a usage error that names them. */
function refuseMissingCommands(command: Command): void {
  // `bench` does something of its own, and has `bench compare` beside it.
  if (command.commands.length === 0 || command.registeredArguments.length > 0) return
  // commander would speak of too many arguments, or of the flag behind the unknown word.
  command.allowExcessArguments(true).allowUnknownOption(true)
  command.action(() => {
    const path = pathOf(command)
    const names = command.commands.map((child) => child.name())
    const flags = command.options.flatMap(({ long }) => (long ? [long] : []))
    const word = command.args.find((arg) => !arg.startsWith('-'))
    const [flag] = command.args
    if (word !== undefined) {
      throw new UsageError(
        `unknown command ${path} ${word}; there are: ${names.join(', ')}${suggestion(word, names)}`,
      )
    }
    if (flag !== undefined) {
      throw new UsageError(`unknown option ${flag} of ${path}${suggestion(flag, flags)}`)
    }
    throw new UsageError(`${path} needs a command: ${names.join(', ')}`)
  })
  for (const child of command.commands) refuseMissingCommands(child)
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
