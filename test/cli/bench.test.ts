import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import type { Report } from '../../bench/suite/report.ts'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'

const SMOKE = ['bench', 'ceiling', '--smoke', '--no-java', '--seed', '5'] as const

t.test('what cannot be run is refused before anything runs: 2, and what there is', (t) => {
  for (const [words, message] of [
    [['cieling'], /unknown benchmark cieling; there are: ceiling.*; did you mean ceiling\?/],
    [['ceiling', '--threshold', 'ration>1'], /unknown figure ration; .*did you mean ratio\?/],
    [['ceiling', '--threshold', 'lost==0', 'ratio>1ms'], /ceiling.ratio is not in ms/],
    [['ceiling', '--threshold', 'ratio'], /a threshold is NAME OPERATOR NUMBER UNIT/],
    [['--runs', '0'], /--runs .* an integer from 1 to 1000/],
    [['--duration', '5'], /--duration .* a duration from 1s to 86400s/],
    [['ceiling', 'handler'], /handler runs alone: millrace bench handler --config FILE/],
    [['handler'], /required option '--config <file>' not specified/],
    [['handler', '--config', 'a.yaml', '--rate', '0'], /--rate .* an integer from 1 to /],
    [['compare', 'a.json'], /missing required argument 'after'/],
  ] as const) {
    const { status, stdout, stderr } = millrace(['bench', ...words], t.testdir())
    t.match({ status, stdout, stderr }, { status: 2, stdout: '', stderr: message })
    t.notMatch(stderr, /writing/)
  }
  t.end()
})

const ajv = new Ajv2020({
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
  allErrors: true,
})
const isValid = ajv.compile(
  JSON.parse(readFileSync('docs/reference/bench-report.schema.json', 'utf8')),
)

t.test('--json: one document that keeps its schema; its figures can be taken again', (t) => {
  const words = [...SMOKE, '--json', '--threshold', 'lost==0', 'ratio>=0x']
  const { status, stdout, stderr } = millrace(words, t.testdir())
  t.equal(status, 0)
  t.match(stderr, /^ceiling \(1 of 1\)\nwriting 20000 records\n/)
  const report: Report = JSON.parse(stdout)
  t.ok(isValid(report), JSON.stringify(isValid.errors))
  t.notOk(isValid({ ...report, more: 1 }), 'the schema knows every member')
  t.match(report, {
    commandLine: words,
    ...{ seed: 5, smoke: true, java: false, runs: 1, records: 20_000, seconds: 1 },
    node: process.version,
    thresholds: [
      { expression: 'lost==0', passed: true, judged: [{ name: 'lost', value: 0 }] },
      { expression: 'ratio>=0x', passed: true, judged: [{ name: 'ceiling.ratio', limit: 0 }] },
    ],
    benchmarks: [{ name: 'ceiling', audit: { lost: 0, reordered: 0, duplicated: 0 } }],
  })
  const [{ figures, audit }] = report.benchmarks as [Report['benchmarks'][number]]
  t.ok(audit.runs > 0 && audit.deliveries >= audit.runs * 20_000)
  for (const id of ['ratio', 'ratio1000']) {
    const { value, bound, passed, details } = figures[id]!
    t.ok(value! > 0)
    t.strictSame([bound, passed], [null, null], 'how fast a smoke run is, is nothing')
    t.strictSame(details['samples'], [value])
  }
  t.end()
})

t.test('a threshold that does not hold: 5, and the table says which', (t) => {
  const { status, stdout } = millrace(
    [...SMOKE, '--threshold', 'lost==0', 'ratio>=1000'],
    t.testdir(),
  )
  t.equal(status, 5)
  t.match(stdout, /^ceiling\.ratio +[\d.]+ x +$/m)
  t.match(stdout, /^ceiling +\d+ s +audited runs: \d+ +\d+ deliveries: 0 lost, 0 reordered/m)
  t.match(stdout, /^lost==0 +lost +0 +held/m)
  t.match(stdout, /^ratio>=1000 +ceiling\.ratio +[\d.]+ x +FAILED/m)
  t.end()
})

t.test("handler: a user's own function", (t) => {
  const words = ['--config', 'examples/orders/millrace.yaml', '--rate', '200', '--smoke', '--json']
  const { status, stdout } = millrace(
    ['bench', 'handler', ...words, '--threshold', 'lost==0', 'invocations>0'],
    process.cwd(),
  )
  t.equal(status, 0)
  const report: Report = JSON.parse(stdout)
  t.ok(isValid(report), JSON.stringify(isValid.errors))
  t.match(report.benchmarks, [{ name: 'handler', audit: { lost: 0, reordered: 0 } }])
  t.end()
})

t.test('an interrupted run: 130, and no figures', async (t) => {
  const running = new RunningMillrace([...SMOKE], t.testdir())
  await running.says('warm-up')
  running.signal('SIGINT')
  t.match(await running.ended(), { status: 130, stdout: '' })
})

const figure = (samples: readonly number[]) => ({
  ...{ value: samples[0], unit: 'ms', meaning: '', bound: null, passed: null },
  details: { samples },
})

const reportOf = (samples: readonly number[], node = 'v20') => ({
  ...{ reportVersion: 1, node, commit: 'abc', seed: 1, records: 1, seconds: null, smoke: false },
  machine: { processor: 'P', processors: 2, system: 'Linux', memoryBytes: 1, loadBefore: 0 },
  benchmarks: [{ name: 'latency', figures: { p99: figure(samples), p50: figure([1, 1, 1, 1]) } }],
})

t.test('compare: ratios with their interval, and whether they differ', (t) => {
  const folder = t.testdir({
    'a.json': JSON.stringify(reportOf([10, 10, 11, 12])),
    'b.json': JSON.stringify(reportOf([20, 20, 21, 22], 'v24')),
  })
  const text = millrace(['bench', 'compare', 'a.json', 'b.json'], folder)
  t.equal(text.status, 0)
  t.match(text.stdout, /^latency\.p99 +10 -> 20 ms +2 x \([\d.]+ \.\. [\d.]+\) +WORSE$/m)
  t.match(text.stdout, /^latency\.p50 +1 -> 1 ms +1 x \(1 \.\. 1\) +no difference$/m)
  t.match(text.stdout, /^differs: node: v20 and v24$/m)
  const { stdout } = millrace(['bench', 'compare', 'b.json', '-', '--json'], folder, {
    input: JSON.stringify(reportOf([10, 10, 11, 12])),
  })
  t.match(JSON.parse(stdout), {
    figures: [
      { name: 'latency.p99', ratio: 0.5, verdict: 'better' },
      { name: 'latency.p50', ratio: 1, interval: [1, 1], verdict: 'same' },
    ],
  })
  t.end()
})

t.test('compare refuses what is no report', (t) => {
  const folder = t.testdir({ 'a.json': JSON.stringify(reportOf([1])), 'b.json': '{}' })
  writeFileSync(join(folder, 'c.json'), '{')
  for (const [file, reason] of [
    ['b.json', /cannot read b.json: it is no report of millrace bench/],
    ['c.json', /cannot read c.json: it is no JSON/],
    ['d.json', /cannot read d.json: there is no such file/],
  ] as const)
    t.match(millrace(['bench', 'compare', 'a.json', file], folder), {
      ...{ status: 1, stdout: '' },
      stderr: reason,
    })
  t.end()
})
