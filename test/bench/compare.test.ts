import t from 'tap'
import { compareFigures, compareReports, directionOf } from '../../bench/suite/compare.ts'
import { type Bound, type Figure, figureOf, type Unit } from '../../bench/suite/figure.ts'
import { NoReport, readReport } from '../../bench/suite/read-report.ts'
import { summarize } from '../../bench/suite/statistics.ts'

type Samples = readonly number[]
const figure = (unit: Unit, samples: Samples, bound?: Bound): Figure =>
  figureOf({ unit, meaning: '', ...(bound ? { bound } : {}) }, { summary: summarize(samples) })
const missing = figureOf({ unit: 'ms', meaning: '' }, { missing: 'no Java' })

const LOW = [10, 11, 10, 12, 11]
const HIGH = [20, 21, 22, 20, 21]
const WIDE = [5, 30, 11, 9, 14]

t.test('which is better: by the bound, or by the unit', (t) => {
  for (const [unit, bound, direction] of [
    ['x', { atLeast: 1 }, 'more'],
    ['x', { atMost: 1 }, 'less'],
    ['records/s', { atMost: 1 }, 'less'],
    ['records/s', null, 'more'],
    ['ms', null, 'less'],
    ['µs', null, 'less'],
    ['MB', null, 'less'],
    ['MB/h', null, 'less'],
    ['x', null, undefined],
    ['', null, undefined],
  ] as const)
    t.equal(directionOf({ unit, bound }), direction, `${unit} ${JSON.stringify(bound)}`)
  t.end()
})

t.test('better, worse, higher, lower, or no difference', (t) => {
  for (const [unit, before, after, verdict] of [
    ['records/s', LOW, HIGH, 'better'],
    ['records/s', HIGH, LOW, 'worse'],
    ['ms', LOW, HIGH, 'worse'],
    ['ms', HIGH, LOW, 'better'],
    ['x', LOW, HIGH, 'higher'],
    ['x', HIGH, LOW, 'lower'],
    ['ms', LOW, LOW, 'same'],
    ['ms', LOW, WIDE, 'same'],
    ['', [0, 0, 0, 0], [0, 0, 0, 0], 'same'],
    ['', [7], [7], 'same'],
  ] as const)
    t.equal(
      compareFigures('a', figure(unit, before), figure(unit, after)).verdict,
      verdict,
      `${unit} ${before} -> ${after}`,
    )
  t.end()
})

t.test('the interval holds the ratio, is wider where samples are, and is the same again', (t) => {
  const compared = (before: Samples, after: Samples) =>
    compareFigures('a', figure('ms', before), figure('ms', after))
  const narrow = compared(LOW, HIGH)
  const [low, high] = narrow.interval!
  t.equal(narrow.ratio, 21 / 11)
  t.ok(low <= 21 / 11 && 21 / 11 <= high)
  t.ok(low >= 20 / 12 && high <= 22 / 10)
  const wide = compared(LOW, WIDE).interval!
  t.ok(wide[1] - wide[0] > high - low)
  t.strictSame(compared(LOW, HIGH), narrow)
  t.end()
})

t.test('says why it cannot tell', (t) => {
  for (const [before, after, expected] of [
    [figure('ms', LOW), missing, { ratio: null, reason: 'not measured: no Java' }],
    [missing, figure('ms', LOW), { reason: 'not measured: no Java' }],
    [figure('ms', LOW), figure('s', LOW), { reason: 'it was in ms, and is in s' }],
    [
      figure('ms', [1, 2, 3]),
      figure('ms', LOW),
      { ratio: 5.5, interval: null, reason: /4 samples/ },
    ],
    [figure('MB/h', [-1, 2, 1, 1]), figure('MB/h', LOW), { ratio: null, reason: /zero or less/ }],
  ] as const)
    t.match(compareFigures('a', before, after), { verdict: 'unknown', ...expected })
  t.end()
})

const report = (
  figures: Readonly<Record<string, Figure>>,
  other: Readonly<Record<string, unknown>> = {},
) => ({
  reportVersion: 1,
  machine: { processor: 'P', processors: 2, system: 'Linux 6', memoryBytes: 1, loadBefore: 0 },
  ...{ node: 'v20', commit: 'abc', seed: 1, records: 10, seconds: null, smoke: false },
  benchmarks: [{ name: 'one', figures }],
  ...other,
})

t.test('figures of both reports; what only one has and what else differs is told', (t) => {
  const before = report({ a: figure('ms', LOW), b: figure('ms', LOW) })
  const after = report({ a: figure('ms', HIGH), c: figure('ms', LOW) }, { node: 'v24', seed: 2 })
  t.match(compareReports(before, after), {
    figures: [{ name: 'one.a', before: 11, after: 21, verdict: 'worse' }],
    unmatched: ['one.b', 'one.c'],
    differences: ['node: v20 and v24', 'seed: 1 and 2'],
  })
  t.equal(compareReports(before, before).differences.length, 0)
  t.end()
})

t.test('a report is read back; what is none is refused with the reason', (t) => {
  const sound = report({ a: figure('ms', LOW), b: missing })
  t.strictSame(readReport(JSON.stringify(sound)), JSON.parse(JSON.stringify(sound)))
  const damaged = { ...figure('ms', LOW), details: { samples: ['1'] } } as Figure
  for (const [text, message] of [
    ['{', 'it is no JSON'],
    ['[]', 'it is no report of millrace bench'],
    ['null', 'it is no report of millrace bench'],
    ['{"benchmarks":{}}', 'it is no report of millrace bench'],
    ['{"benchmarks":[]}', /version undefined, and this is version 1/],
    [JSON.stringify({ ...sound, reportVersion: 99 }), /version 99/],
    [JSON.stringify({ ...sound, machine: null }), /damaged/],
    [JSON.stringify({ ...sound, benchmarks: [{ name: 'one' }] }), /damaged/],
    [JSON.stringify(report({ a: damaged })), /damaged/],
  ] as const)
    t.throws(() => readReport(text), { name: NoReport.name, message }, text)
  t.end()
})
