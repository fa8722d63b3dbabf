import type { Command } from 'commander'
import type { Rule } from '../core/mapping/setting-rule.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import { EXIT_CODE } from './exit-code.ts'
import { ruledOption, withExample, withJson } from './options.ts'
import { printResult, tableText } from './print.ts'
import { listenForStop } from './stop-signal.ts'

type Flags = {
  readonly json?: boolean
  readonly runs: number
  readonly records: number
  readonly tableRecords: number
  readonly seconds: number
  readonly java: boolean
  readonly seed: number
  readonly smoke: boolean
  readonly check?: boolean
}

const count = (min: number, max: number) => ({ kind: 'integer', min, max }) satisfies Rule

/** `millrace bench [NAME...]`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const command = program
    .command('bench [names...]')
    .description('measure this machine: throughput, latency, memory (default: everything)')
  command
    .addOption(ruledOption('--runs <n>', 'measured runs of each', count(1, 1000)).default(5))
    .addOption(
      ruledOption('--records <n>', 'records of the backlog', count(10_000, 100_000_000)).default(
        3_000_000,
      ),
    )
    .addOption(
      ruledOption(
        '--table-records <n>',
        'items in the table of DynamoDB Local',
        count(1000, 1_000_000),
      ).default(50_000),
    )
    .addOption(
      ruledOption('--seconds <n>', 'length of a latency measurement', count(1, 3600)).default(5),
    )
    .addOption(
      ruledOption(
        '--seed <n>',
        'of the records and of every choice',
        count(0, 2 ** 32 - 1),
      ).default(20_260_101),
    )
    .option('--smoke', 'everything at its smallest: whether it works, not how fast', false)
    .option('--no-java', 'leave out what needs DynamoDB Local')
    .option('--check', 'exit 5 when a figure misses its bound')
  withExample(withJson(command), 'millrace bench', 'millrace bench ratio --runs 9 --json')
  command.action((names: readonly string[], flags: Flags) => run(context, names, flags))
}

async function run(context: CommandContext, names: readonly string[], flags: Flags): Promise<void> {
  const suite = await load()
  for (const name of names)
    if (!suite.names.includes(name))
      throw new UsageError(`unknown benchmark ${name}; there are: ${suite.names.join(', ')}`)
  const { check, json: _, ...options } = flags
  using stop = listenForStop()
  try {
    const report = await suite.run({
      ...options,
      names: names.length > 0 ? names : suite.names,
      commandLine: process.argv.slice(2),
      signal: stop.signal,
      progress: (line) => context.stderr.write(`${context.paint.dim(line)}\n`),
    })
    printResult(context, flags, { json: report, text: () => tableText(suite.rows(report)) })
    const isMissed = report.benchmarks.some(({ figures }) =>
      Object.values(figures).some(({ passed }) => passed === false),
    )
    if (check && isMissed) context.exit(EXIT_CODE.threshold)
  } catch (error) {
    if (stop.exitCode !== undefined) return context.exit(stop.exitCode)
    if (!suite.isAuditFailure(error)) throw error
    context.stderr.write(`${context.paint.red('error:')} ${error.message}\n`)
    context.exit(EXIT_CODE.threshold)
  }
}

/** Not in `run`: tsc does not rewrite the extension in an import beside a `using`. */
async function load() {
  const [{ BENCHMARKS, runSuite }, { reportRows }, { AuditFailure }] = await Promise.all([
    import('../../bench/suite/suite.ts'),
    import('../../bench/suite/report.ts'),
    import('../../bench/audit/run-audit.ts'),
  ])
  return {
    names: BENCHMARKS.map(({ name }) => name),
    run: runSuite,
    rows: reportRows,
    isAuditFailure: (error: unknown): error is Error => error instanceof AuditFailure,
  }
}
