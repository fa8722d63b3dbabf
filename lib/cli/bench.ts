import type { Command } from 'commander'
import type { Benchmark } from '../../bench/suite/benchmark.ts'
import type { Report } from '../../bench/suite/report.ts'
import type { Threshold } from '../../bench/suite/threshold.ts'
import { suggestion } from '../core/mapping/did-you-mean.ts'
import type { Rule } from '../core/mapping/setting-rule.ts'
import { register as registerCompare } from './bench-compare.ts'
import { BenchProgress } from './bench-progress.ts'
import { recordsFlag, type TrialFlags, trialFlags, trialIn } from './bench-trial.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import { EXIT_CODE } from './exit-code.ts'
import { ruledOption, withExample, withJson } from './options.ts'
import { printResult, tableText } from './print.ts'
import { listenForStop } from './stop-signal.ts'

const PATH = 'millrace bench'
const DURATION = { kind: 'duration', msMin: 1000, msMax: 86_400_000 } as const

/** Sizes that are not given are those of the suite, or of a smoke run. */
type Flags = TrialFlags & {
  readonly json?: boolean
  readonly threshold?: readonly string[]
  readonly runs?: number
  readonly tableRecords?: number
  readonly duration?: number
  readonly java: boolean
  readonly seed: number
  readonly smoke?: boolean
  readonly check?: boolean
}

const count = (min: number, max: number) => ({ kind: 'integer', min, max }) satisfies Rule

/** `millrace bench [NAME...]`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const command = program
    .command('bench [names...]')
    .description('measure this machine: throughput, latency, memory (default: everything)')
    .enablePositionalOptions()
  for (const option of [...sizeOptions(), ...trialFlags()]) command.addOption(option)
  command
    .addOption(
      ruledOption(
        '--seed <n>',
        'of the records and of every choice',
        count(0, 2 ** 32 - 1),
      ).default(20_260_101),
    )
    .option(
      '--threshold <expression...>',
      "exit 5 when one does not hold: 'p99<50ms' 'lost==0' (give names before it)",
    )
    .option('--smoke', 'everything at its smallest: whether it works, not how fast')
    .option('--no-java', 'leave out what needs DynamoDB Local')
    .option('--check', 'exit 5 when a figure misses its bound')
  withExample(
    withJson(command),
    'millrace bench',
    'millrace bench ceiling --runs 9 --json',
    "millrace bench latency --threshold 'lost==0' 'p99<50ms'",
    'millrace bench handler --config millrace.yaml --rate 1000 --records orders.ndjson',
  )
  registerCompare(command, context)
  command.action((names: readonly string[], flags: Flags) => run(context, names, flags))
}

const sizeOptions = () => [
  ruledOption('--runs <n>', 'measured runs of each (default: 5)', count(1, 1000)),
  recordsFlag(
    ruledOption(
      '--records <n|file>',
      'records of the backlog (default: 3000000); handler: NDJSON to put (default: generated ones)',
      count(10_000, 100_000_000),
    ),
  ),
  ruledOption(
    '--table-records <n>',
    'items in the table of DynamoDB Local (default: 50000)',
    count(1000, 1_000_000),
  ),
  ruledOption(
    '--duration <duration>',
    'length of a measurement that is made over time (default: 5s; soak 60s, alone 1h; handler 30s)',
    DURATION,
  ),
]

async function run(context: CommandContext, names: readonly string[], flags: Flags): Promise<void> {
  const suite = await load()
  const chosen = chooseBenchmarks(suite.benchmarks, names)
  const thresholds = (flags.threshold ?? []).map((one) => readThreshold(suite, one, chosen))
  const trial = trialIn(
    flags,
    chosen.map(({ name }) => name),
  )
  const { smoke = false, java, seed, duration, runs, records, tableRecords } = flags
  const seconds = duration === undefined ? undefined : duration / 1000
  const defaults = smoke ? suite.smokeSizes : suite.fullSizes
  using stop = listenForStop()
  using progress = new BenchProgress(context, chosen.length)
  try {
    const report = await suite.run({
      benchmarks: chosen,
      thresholds,
      runs: runs ?? defaults.runs,
      records: typeof records === 'number' ? records : defaults.records,
      tableRecords: tableRecords ?? defaults.tableRecords,
      seconds: seconds ?? defaults.seconds,
      ...{ smoke, java, seed },
      ...(trial ? { trial } : {}),
      commandLine: process.argv.slice(2),
      signal: stop.signal,
      began: (name, number) => progress.began(name, number),
      progress: (line) => progress.step(line),
    })
    progress[Symbol.dispose]()
    printResult(context, flags, { json: report, text: () => reportText(suite, report) })
    if (isFailed(report, flags)) context.exit(EXIT_CODE.threshold)
  } catch (error) {
    if (stop.exitCode !== undefined) return context.exit(stop.exitCode)
    if (!suite.isAuditFailure(error)) throw error
    progress.say(`${context.paint.red('error:')} ${error.message}`)
    context.exit(EXIT_CODE.threshold)
  }
}

type Suite = Awaited<ReturnType<typeof load>>

/** All that need not be told anything, or those that are named. @throws UsageError */
function chooseBenchmarks(
  known: readonly Benchmark[],
  names: readonly string[],
): readonly Benchmark[] {
  const all = known.map(({ name }) => name)
  for (const name of names)
    if (!all.includes(name))
      throw new UsageError(
        `unknown benchmark ${name}; there are: ${all.join(', ')}${suggestion(name, all)}`,
        PATH,
      )
  return known.filter(({ name, isAskedFor = false }) =>
    names.length > 0 ? names.includes(name) : !isAskedFor,
  )
}

/** @throws UsageError */
function readThreshold(
  { parseThreshold, ThresholdError }: Suite,
  expression: string,
  chosen: readonly Benchmark[],
): Threshold {
  try {
    return parseThreshold(expression, chosen)
  } catch (error) {
    if (!(error instanceof ThresholdError)) throw error
    throw new UsageError(`--threshold ${error.message}`, PATH)
  }
}

function isFailed({ thresholds, benchmarks }: Report, { check }: Flags): boolean {
  const figures = benchmarks.flatMap((benchmark) => Object.values(benchmark.figures))
  return (
    thresholds.some(({ passed }) => !passed) ||
    (check === true && figures.some(({ passed }) => passed === false))
  )
}

function reportText({ figureRows, auditRows, thresholdRows }: Suite, report: Report): string {
  const parts = [figureRows(report), auditRows(report), thresholdRows(report)]
  const warnings = report.warnings.map((warning) => `warning: ${warning}`).join('\n')
  return [...parts.map(tableText), warnings].filter((part) => part !== '').join('\n\n')
}

/** Not in `run`: tsc does not rewrite the extension in an import beside a `using`. */
async function load() {
  const [{ BENCHMARKS, runSuite }, sizes, rows, threshold, { AuditFailure }] = await Promise.all([
    import('../../bench/suite/suite.ts'),
    import('../../bench/suite/sizes.ts'),
    import('../../bench/suite/report-rows.ts'),
    import('../../bench/suite/threshold.ts'),
    import('../../bench/audit/run-audit.ts'),
  ])
  return {
    benchmarks: BENCHMARKS,
    run: runSuite,
    fullSizes: sizes.FULL_SIZES,
    smokeSizes: sizes.SMOKE_SIZES,
    ...rows,
    ...threshold,
    isAuditFailure: (error: unknown): error is Error => error instanceof AuditFailure,
  }
}
