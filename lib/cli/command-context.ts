import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import type { Environment } from '../settings/environment.ts'
import type { Painter } from './colour.ts'
import type { ExitCode } from './exit-code.ts'

/** Somewhere to write text. */
export type Output = {
  readonly isTTY?: boolean | undefined
  /** Of a terminal. */
  readonly columns?: number | undefined
  write(text: string): unknown
  /** Called when what was written is taken, after `write` answered false. */
  once?(event: 'drain', listener: () => void): unknown
}

/**
 * What every command gets. A command is one file, `lib/cli/<command>.ts`, with one export:
 *
 *     export function register(program: Command, context: CommandContext): void
 *
 * It adds its command with `.description`, options, an example (`withExample`) and an action, and nothing else
 * happens before the action runs. The action
 * - imports what it works with inside itself (`await import('../engine/...')`): `millrace --help` must stay quick;
 * - writes its result to `context.stdout` once, by `printResult` (which knows `--json`), all else to `context.stderr`;
 * - throws: a MillraceError becomes one message and the exit code of `exitCodeOf`, a UsageError exits 2;
 * - says another exit code by `context.exit(EXIT_CODE.threshold)` and then returns: it never calls `process.exit`;
 * - listens for signals only while it runs, by `listenForStop`.
 *
 * The file is then added to the list in `program.ts`.
 */
export type CommandContext = {
  readonly workingDirectory: string
  readonly environment: Environment
  readonly stdin: Readable
  readonly stdout: Output
  readonly stderr: Output
  /** Colours for stderr; they paint nothing where none are wanted. */
  readonly paint: Painter
  /** Colours for stdout. */
  readonly paintResult: Painter
  /** Sets the exit code of the process; the last call counts. */
  exit(code: ExitCode): void
}

/** A command's file. */
export type Registration = (program: Command, context: CommandContext) => void

/** A bad command line: the message names the flag or the word, and what is allowed. Exits 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** The command whose help says more: `millrace put`. */
  readonly command: string

  constructor(message: string, command = 'millrace') {
    super(message)
    this.command = command
  }
}
