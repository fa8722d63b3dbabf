import { closeSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Benchmark, TrialOptions } from '../../bench/suite/benchmark.ts'
import type { Report } from '../../bench/suite/report.ts'
import type { Threshold } from '../../bench/suite/threshold.ts'
import { suggestion } from '../core/mapping/did-you-mean.ts'
import type { RunFlags } from './bench-options.ts'
import { BenchProgress } from './bench-progress.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import { EXIT_CODE } from './exit-code.ts'
import { printResult, tableText } from './print.ts'
import { listenForStop } from './stop-signal.ts'

const PATH = 'millrace bench'

/** What is to be measured. */
export type BenchUse = {
  /** None: all that need not be told anything. */
  readonly names: readonly string[]
  readonly java: boolean
  /** What `handler` is told. */
  readonly trial?: TrialOptions
}

/** Flags of which those that are not given are the suite's own, or a smoke run's. */
type Flags = RunFlags & {
  readonly runs?: number
  readonly records?: number
  readonly tableRecords?: number
}

/** Measures, prints the report, and exits 5 where something that must hold does not. @throws UsageError */
export async function runBench(
  context: CommandContext,
  flags: Flags,
  use: BenchUse,
): Promise<void> {
  const suite = await load()
  const chosen = chooseBenchmarks(suite.benchmarks, use)
  const thresholds = (flags.threshold ?? []).map((one) => readThreshold(suite, one, chosen))
  const { smoke = false, seed, duration, runs, records, tableRecords } = flags
  const seconds = duration === undefined ? undefined : duration / 1000
  const html = flags.html === undefined ? undefined : writable(context, flags.html)
  const defaults = smoke ? suite.smokeSizes : suite.fullSizes
  using stop = listenForStop()
  using progress = new BenchProgress(context, chosen.length)
  try {
    const report = await suite.run({
      benchmarks: chosen,
      thresholds,
      runs: runs ?? defaults.runs,
      records: records ?? defaults.records,
      tableRecords: tableRecords ?? defaults.tableRecords,
      seconds: seconds ?? defaults.seconds,
      ...{ smoke, seed, java: use.java },
      ...(use.trial ? { trial: use.trial } : {}),
      commandLine: process.argv.slice(2),
      signal: stop.signal,
      began: (name, number) => progress.began(name, number),
      progress: (line) => progress.step(line),
    })
    progress[Symbol.dispose]()
    if (html !== undefined) writeFileSync(html, suite.renderHtmlReport(report))
    printResult(context, flags, { json: report, text: () => reportText(suite, report) })
    if (isFailed(report, flags)) context.exit(EXIT_CODE.threshold)
  } catch (error) {
    if (stop.exitCode !== undefined) return context.exit(stop.exitCode)
    if (!suite.isAuditFailure(error)) throw error
    progress.say(`${context.paint.red('error:')} ${error.message}`)
    context.exit(EXIT_CODE.threshold)
  }
}

/** It is found out before anything is measured. @returns the absolute path. @throws UsageError */
function writable({ workingDirectory }: CommandContext, file: string): string {
  const path = resolve(workingDirectory, file)
  try {
    closeSync(openSync(path, 'a'))
    return path
  } catch (error) {
    throw new UsageError(`--html ${file} cannot be written: ${(error as Error).message}`, PATH)
  }
}

type Suite = Awaited<ReturnType<typeof load>>

/** @throws UsageError */
function chooseBenchmarks(
  known: readonly Benchmark[],
  { names, trial }: BenchUse,
): readonly Benchmark[] {
  const all = known.map(({ name }) => name)
  for (const name of names)
    if (!all.includes(name))
      throw new UsageError(
        `unknown benchmark ${name}; there are: ${all.join(', ')}${suggestion(name, all)}`,
        PATH,
      )
  if (names.length === 0) return known.filter(({ isAskedFor = false }) => !isAskedFor)
  const chosen = known.filter(({ name }) => names.includes(name))
  const lonely = chosen.find(({ isAskedFor = false }) => isAskedFor)
  if (lonely && !trial)
    throw new UsageError(`${lonely.name} runs alone: ${PATH} ${lonely.name} --config FILE`, PATH)
  return chosen
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

/** Not in `runBench`: tsc does not rewrite the extension in an import beside a `using`. */
async function load() {
  const [{ BENCHMARKS, runSuite }, sizes, rows, threshold, report, { AuditFailure }] =
    await Promise.all([
      import('../../bench/suite/suite.ts'),
      import('../../bench/suite/sizes.ts'),
      import('../../bench/suite/report-rows.ts'),
      import('../../bench/suite/threshold.ts'),
      import('../../bench/report/render-html-report.ts'),
      import('../../bench/audit/run-audit.ts'),
    ])
  return {
    benchmarks: BENCHMARKS,
    run: runSuite,
    fullSizes: sizes.FULL_SIZES,
    smokeSizes: sizes.SMOKE_SIZES,
    ...rows,
    ...threshold,
    ...report,
    isAuditFailure: (error: unknown): error is Error => error instanceof AuditFailure,
  }
}
