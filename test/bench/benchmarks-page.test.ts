import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { NO_AUDITS } from '../../bench/audit/run-audit.ts'
import { benchmarksPage } from '../../bench/suite/benchmarks-page.ts'
import { figureOf, type Rival } from '../../bench/suite/figure.ts'
import { type BenchmarkReport, REPORT_VERSION, type Report } from '../../bench/suite/report.ts'
import { summarize } from '../../bench/suite/statistics.ts'

t.test('docs/benchmarks.md is current: npm run docs:benchmarks writes it', (t) => {
  const folder = 'docs/benchmarks'
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  t.ok(names.length > 0)
  const files = names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
  t.equal(readFileSync('docs/benchmarks.md', 'utf8'), benchmarksPage(files))
  t.end()
})

const ms = { unit: 'ms', meaning: 'from put | to handler', bound: { atMost: 5, aim: 2 } } as const
const RIVAL: Rival = { name: 'a loop', version: '7.1', started: 'in process', note: 'no ledger' }
const BENCHMARK: BenchmarkReport = {
  name: 'latency',
  question: 'How soon?',
  seconds: 3,
  audit: { ...NO_AUDITS, runs: 2, deliveries: 40 },
  noise: { spinSpread: 1, stolen: 0 },
  figures: {
    p99: figureOf(ms, { summary: summarize([4, 3, 9]) }),
    p50: figureOf(ms, { summary: summarize([6.789, 6.5, 7]) }),
    p10: figureOf({ unit: 'ms', meaning: '' }, { missing: 'no Java' }),
  },
  rivals: [RIVAL],
  plots: [],
}
const REPORT: Report = {
  reportVersion: REPORT_VERSION,
  commandLine: ['bench', 'latency', '--threshold', 'p99<5ms'],
  ...{ seed: 7, records: 1, tableRecords: 1, runs: 3, seconds: null, java: false, smoke: false },
  machine: {
    ...{ processor: 'P', processors: 2, memoryBytes: 8 * 1024 ** 3, system: 'Linux 6' },
    loadBefore: 0.1,
  },
  node: 'v20.1.0',
  commit: 'abc',
  begunAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:01:00.000Z',
  warnings: ['it was loud'],
  thresholds: [],
  benchmarks: [BENCHMARK],
}

t.test('a report: where it was measured, how to measure it again, figures, audits, rivals', (t) => {
  const page = benchmarksPage([{ name: 'quiet.json', text: JSON.stringify(REPORT) }])
  for (const line of [
    '## [quiet](benchmarks/quiet.json)',
    '| machine | 2 x P, 8 GB, Linux 6 |',
    '| Node | v20.1.0 |',
    '| begun | 2026-01-01T00:00:00.000Z |',
    '| commit | abc |',
    "| command | `millrace bench latency --threshold 'p99<5ms'` |",
    '| seed | 7 |',
    '- Warning: it was loud',
    '### latency',
    'How soon?',
    '| `p99` | 4 ms | 3 .. 9 | <= 5 (aim 2) | reached | from put \\| to handler |',
    '| `p50` | 6.79 ms | 6.50 .. 7 | <= 5 (aim 2) | MISSED | from put \\| to handler |',
    '| `p10` | - | no Java |  |  |  |',
    'Audited: 2 runs, 40 deliveries; 0 lost, 0 reordered, 0 duplicated, 0 repeated.',
    '| a loop | 7.1 | in process | no ledger |',
  ])
    t.ok(page.split('\n').includes(line), line)
  t.end()
})

t.test('files by name; what is no report of this version is named, with the reason', (t) => {
  const page = benchmarksPage([
    { name: 'b.json', text: JSON.stringify(REPORT) },
    { name: 'a.json', text: '{"figures":{}}' },
  ])
  t.match(
    page,
    /## \[a\]\(benchmarks\/a\.json\)\n\nNot shown: it is no report of millrace bench, .*\.\n\n## \[b\]/,
  )
  t.match(benchmarksPage([]), /Nothing was measured yet/)
  t.end()
})
