import type { Command } from 'commander'
import type { Rule } from '../core/mapping/setting-rule.ts'
import { ruledOption, withJson } from './options.ts'

const DURATION = { kind: 'duration', msMin: 1000, msMax: 86_400_000 } as const
const SEED_DEFAULT = 20_260_101

export const count = (min: number, max: number) => ({ kind: 'integer', min, max }) satisfies Rule

/** What {@link withRunOptions} leaves in a command's options. */
export type RunFlags = {
  readonly json?: boolean
  readonly html?: string
  readonly threshold?: readonly string[]
  readonly duration?: number
  readonly seed: number
  readonly smoke?: boolean
  readonly check?: boolean
}

/** Adds what every command that measures has. @param duration what it is by default. */
export function withRunOptions(command: Command, duration: string): Command {
  return withJson(command)
    .addOption(
      ruledOption(
        '--duration <duration>',
        `length of a measurement that is made over time (default: ${duration})`,
        DURATION,
      ),
    )
    .addOption(
      ruledOption(
        '--seed <n>',
        'of the records and of every choice',
        count(0, 2 ** 32 - 1),
      ).default(SEED_DEFAULT),
    )
    .addOption(
      ruledOption('--html <file>', 'also write the report as one HTML file, with its plots', {
        kind: 'text',
        lengthMin: 1,
        pattern: /^[^\0]+$/,
        expected: 'a file',
      }),
    )
    .option(
      '--threshold <expression...>',
      "exit 5 when one does not hold: 'p99<50ms' 'lost==0' (give names before it)",
    )
    .option('--check', 'exit 5 when a figure misses its bound')
    .option('--smoke', 'everything at its smallest: whether it works, not how fast')
}
