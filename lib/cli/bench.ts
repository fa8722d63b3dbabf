import type { Command } from 'commander'
import { register as registerCompare } from './bench-compare.ts'
import { register as registerHandler } from './bench-handler.ts'
import { count, type RunFlags, withRunOptions } from './bench-options.ts'
import { runBench } from './bench-run.ts'
import type { CommandContext } from './command-context.ts'
import { ruledOption, withExample } from './options.ts'

type Flags = RunFlags & {
  readonly runs?: number
  readonly records?: number
  readonly tableRecords?: number
  readonly java: boolean
}

/** `millrace bench [NAME...]`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const command = program
    .command('bench [names...]')
    .description('measure this machine: throughput, latency, memory (default: everything)')
    .enablePositionalOptions()
    .addOption(ruledOption('--runs <n>', 'measured runs of each (default: 5)', count(1, 1000)))
    .addOption(
      ruledOption(
        '--records <n>',
        'records of the backlog (default: 3000000)',
        count(10_000, 100_000_000),
      ),
    )
    .addOption(
      ruledOption(
        '--table-records <n>',
        'items in the table of DynamoDB Local (default: 50000)',
        count(1000, 1_000_000),
      ),
    )
    .option('--no-java', 'leave out what needs DynamoDB Local')
  withExample(
    withRunOptions(command, '5s; soak 60s, alone 1h'),
    'millrace bench',
    'millrace bench ceiling --runs 9 --json',
    "millrace bench latency --threshold 'lost==0' 'p99<50ms'",
  )
  registerHandler(command, context)
  registerCompare(command, context)
  command.action((names: readonly string[], { java, ...flags }: Flags) =>
    runBench(context, flags, { names, java }),
  )
}
