import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Rule } from '../core/mapping/setting-rule.ts'
import { describeRule } from '../core/mapping/setting-text.ts'
import { maybeWord, PROCESS_SETTINGS } from '../settings/process-settings.ts'

type WordRule = Extract<Rule, { kind: 'integer' | 'text' | 'choice' | 'duration' | 'bytes' }>

/** What `--config` and `--data` leave in a command's options. */
export type ConfigurationFlags = { readonly config?: string; readonly data?: string }

/**
 * A flag whose value follows a rule; a bad one exits 2 and says what is allowed.
 *
 * @param flags As commander has it: `--port <n>`.
 */
export function ruledOption(flags: string, description: string, rule: WordRule): Option {
  return new Option(flags, description).argParser((text) => {
    const value = maybeWord(text, rule)
    if (value !== undefined) return value
    throw new InvalidArgumentError(`It must be ${describeRule(rule)}.`)
  })
}

const FILE = { kind: 'text', lengthMin: 1, expected: 'a file' } as const

/** Adds `--config FILE` and `--data DIR`. */
export function withConfiguration(command: Command): Command {
  const { data } = PROCESS_SETTINGS
  return command
    .addOption(
      ruledOption(
        '--config <file>',
        'configuration file (default: millrace.yaml, .yml or .json here)',
        FILE,
      ),
    )
    .addOption(
      ruledOption(
        '--data <dir>',
        `${data.description} (default: .millrace beside the configuration; env: ${data.variable})`,
        data.rule,
      ),
    )
}

/** Adds `--json`. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print the result as JSON')
}

/** Adds an example below a command's help. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  const text = lines.map((line) => `  $ ${line}`).join('\n')
  return command.addHelpText('after', `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${text}`)
}
