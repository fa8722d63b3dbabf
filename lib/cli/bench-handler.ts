import type { Command } from 'commander'
import { count, type RunFlags, withRunOptions } from './bench-options.ts'
import { runBench } from './bench-run.ts'
import type { CommandContext } from './command-context.ts'
import { ruledOption, withExample } from './options.ts'

const TEXT = { kind: 'text', lengthMin: 1 } as const

type Flags = RunFlags & {
  readonly config: string
  readonly mapping?: string
  readonly rate?: number
  readonly records?: string
}

/** `millrace bench handler`. @source contract §2 */
export function register(bench: Command, context: CommandContext): void {
  const command = bench
    .command('handler')
    .description('measure your own function, on a stream of its own; nothing of yours is changed')
    .addOption(
      ruledOption('--config <file>', 'configuration file', {
        ...TEXT,
        expected: 'a file',
      }).makeOptionMandatory(),
    )
    .addOption(
      ruledOption(
        '--mapping <name>',
        'UUID of a mapping, its function or its stream (default: the first)',
        { ...TEXT, expected: 'a name' },
      ),
    )
    .addOption(
      ruledOption(
        '--rate <n>',
        'records offered a second, evenly (default: as fast as it goes)',
        count(1, 1_000_000),
      ),
    )
    .addOption(
      ruledOption('--records <file>', 'records to put, as NDJSON (default: generated ones)', {
        ...TEXT,
        expected: 'a file',
      }),
    )
  withExample(
    withRunOptions(command, '30s'),
    'millrace bench handler --config millrace.yaml --rate 1000',
    "millrace bench handler --config millrace.yaml --records orders.ndjson --threshold 'durationP99<50ms'",
  )
  command.action(({ config, mapping, rate, records, ...flags }: Flags) =>
    runBench(context, flags, {
      names: ['handler'],
      java: false,
      trial: {
        config,
        ...(mapping === undefined ? {} : { mapping }),
        ...(rate === undefined ? {} : { ratePerSecond: rate }),
        ...(records === undefined ? {} : { recordsFile: records }),
      },
    }),
  )
}
