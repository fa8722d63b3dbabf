import { CommanderError } from 'commander'
import { MillraceError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import { EXIT_CODE, type ExitCode, exitCodeOf } from './exit-code.ts'

/** Says on stderr what went wrong, once. @returns the exit code that it means. */
export function reportError(
  error: unknown,
  { stderr, paint }: Pick<CommandContext, 'stderr' | 'paint'>,
): ExitCode {
  const say = (message: string) => stderr.write(`${paint.red('error:')} ${message}\n`)
  if (error instanceof MillraceError) {
    // Parts of it may be a handler's or a server's own text; lines are ours, or theirs to be read as such.
    const message = error.message
      .split('\n')
      .map(printable)
      .join('\n')
      .replace(/\n(?! )/g, '\n  ')
    say(`${message}\n${error.remedy} ${paint.dim(`[${error.code}]`)}`)
    return exitCodeOf(error.code)
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODE.done
    say(`${error.message.replace(/^error: /, '')}\nSee millrace --help.`)
    return EXIT_CODE.usage
  }
  if (error instanceof UsageError) {
    say(`${error.message}\nSee ${error.command} --help.`)
    return EXIT_CODE.usage
  }
  // A bug of ours: its stack is the report.
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return EXIT_CODE.failure
}
