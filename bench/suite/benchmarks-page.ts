import type { Figure } from './figure.ts'
import { NoReport, readReport } from './read-report.ts'
import type { BenchmarkReport, Report } from './report.ts'
import { boundText, rangeText, valueText, verdictText } from './report-rows.ts'

/** A file of docs/benchmarks. */
export type ReportFile = { readonly name: string; readonly text: string }

const INTRODUCTION = `# Benchmarks

<!-- Written by \`npm run docs:benchmarks\` from docs/benchmarks/*.json. -->

What \`millrace bench --json\` measured, and where. Figures are of these machines: measure yours. A value is the median of the runs, beside the
lowest and the highest of them; a ratio is made of runs that took turns in one process. In every run the handlers wrote down what they saw,
and that was compared with what had been put: a run that lost, doubled or reordered a record has no figures
([how](decisions/0013-benchmark-suite.md)). The samples are in the files; \`millrace bench compare\` says whether two of them differ.
`

/** The text of docs/benchmarks.md. @param files in any order. */
export function benchmarksPage(files: readonly ReportFile[]): string {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const sections = sorted.map(sectionOf)
  return [INTRODUCTION, ...(sections.length > 0 ? sections : ['Nothing was measured yet.\n'])].join(
    '\n',
  )
}

function sectionOf({ name, text }: ReportFile): string {
  const heading = `## [${name.replace(/\.json$/, '')}](benchmarks/${name})`
  try {
    const report = readReport(text)
    const warnings = report.warnings.map((warning) => `- Warning: ${warning}`)
    return [
      `${heading}\n`,
      tableOf(['', ''], surroundingsOf(report)),
      ...(warnings.length > 0 ? [`${warnings.join('\n')}\n`] : []),
      ...report.benchmarks.map(benchmarkText),
    ].join('\n')
  } catch (error) {
    if (!(error instanceof NoReport)) throw error
    return `${heading}\n\nNot shown: ${error.message}.\n`
  }
}

function surroundingsOf(report: Report): readonly (readonly string[])[] {
  const { machine, node, begunAt, commit, commandLine, seed } = report
  const gigabytes = (machine.memoryBytes / 1024 ** 3).toFixed(0)
  return [
    ['machine', `${machine.processors} x ${machine.processor}, ${gigabytes} GB, ${machine.system}`],
    ['load before', machine.loadBefore.toFixed(2)],
    ['Node', node],
    ['begun', begunAt],
    ['commit', commit ?? 'not of a clone'],
    ['command', `\`millrace ${commandLine.map(quoted).join(' ')}\``],
    ['seed', String(seed)],
  ]
}

/** As a shell takes it. */
const quoted = (word: string): string => (/^[\w.,:/=-]+$/.test(word) ? word : `'${word}'`)

function benchmarkText(benchmark: BenchmarkReport): string {
  const { name, question, audit, rivals, figures } = benchmark
  const { runs, deliveries, lost, reordered, duplicated, repeated } = audit
  const rivalTable = tableOf(
    ['compared with', 'version', 'started', 'what is unfair'],
    rivals.map((rival) => [rival.name, rival.version, rival.started, rival.note]),
  )
  return [
    `### ${name}\n`,
    `${question}\n`,
    tableOf(
      ['figure', 'value', 'of the runs', 'must be', '', 'what it is'],
      Object.entries(figures).map(([id, figure]) => figureRow(id, figure)),
    ),
    `Audited: ${runs} runs, ${deliveries} deliveries; ${lost} lost, ${reordered} reordered, ${duplicated} duplicated, ${repeated} repeated.\n`,
    ...(rivals.length > 0 ? [rivalTable] : []),
  ].join('\n')
}

const figureRow = (id: string, figure: Figure): readonly string[] => [
  `\`${id}\``,
  valueText(figure),
  figure.reason ?? rangeText(figure),
  figure.bound ? boundText(figure.bound) : '',
  verdictText(figure),
  figure.meaning,
]

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(' | ')} |`
  const rule = `| ${head.map(() => '---').join(' | ')} |`
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`
}

/** A bar would end the cell, even in code; a line break the row. */
const cellText = (text: string): string => text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')
