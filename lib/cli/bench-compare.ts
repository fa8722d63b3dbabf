import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { Comparison, FigureComparison, Verdict } from '../../bench/suite/compare.ts'
import type { Report } from '../../bench/suite/report.ts'
import type { CommandContext } from './command-context.ts'
import { withExample, withJson } from './options.ts'
import { printResult, tableText } from './print.ts'
import { unreadable } from './unreadable.ts'

const VERDICTS: Readonly<Record<Verdict, string>> = {
  same: 'no difference',
  better: 'better',
  worse: 'WORSE',
  higher: 'higher',
  lower: 'lower',
  unknown: 'cannot tell',
}

/** `millrace bench compare`. @source contract §2 */
export function register(bench: Command, context: CommandContext): void {
  const command = bench
    .command('compare <before> <after>')
    .description(
      'whether two reports of --json differ: ratios with their 95 % interval; - for standard input',
    )
  withExample(withJson(command), 'millrace bench compare before.json after.json')
  command.action((before: string, after: string, flags: { readonly json?: boolean }) =>
    compare(context, [before, after], flags),
  )
}

async function compare(
  context: CommandContext,
  files: readonly [before: string, after: string],
  flags: { readonly json?: boolean },
): Promise<void> {
  const [{ compareReports }, rows] = await Promise.all([
    import('../../bench/suite/compare.ts'),
    import('../../bench/suite/report-rows.ts'),
  ])
  const [before, after] = [await reportIn(files[0], context), await reportIn(files[1], context)]
  const comparison = compareReports(before, after)
  printResult(context, flags, {
    json: comparison,
    text: () => comparisonText(comparison, rows.numberText),
  })
}

/** @throws MillraceError MILLRACE_INPUT_UNREADABLE */
async function reportIn(
  file: string,
  { stdin, workingDirectory }: CommandContext,
): Promise<Report> {
  const { readReport } = await import('../../bench/suite/read-report.ts')
  try {
    const document = file === '-' ? text(stdin) : readFile(resolve(workingDirectory, file), 'utf8')
    return readReport(await document)
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error : new Error(String(error)))
  }
}

function comparisonText(
  { figures, differences, unmatched }: Comparison,
  numberText: (value: number) => string,
): string {
  const row = ({
    name,
    unit,
    before,
    after,
    ratio,
    interval,
    verdict,
    reason,
  }: FigureComparison) => {
    const number = (value: number | null) => (value === null ? '-' : numberText(value))
    const range = interval ? `(${interval.map(numberText).join(' .. ')})` : ''
    const why = reason === undefined ? '' : `: ${reason}`
    return [
      name,
      `${number(before)} -> ${number(after)} ${unit}`.trim(),
      ratio === null ? '' : `${numberText(ratio)} x ${range}`.trim(),
      `${VERDICTS[verdict]}${why}`,
    ]
  }
  return [
    ...(figures.length > 0 ? [tableText(figures.map(row))] : ['no figure is in both reports']),
    ...differences.map((difference) => `differs: ${difference}`),
    ...unmatched.map((name) => `in one report only: ${name}`),
  ].join('\n')
}
