import t from 'tap'
import { NO_AUDITS } from '../../bench/audit/run-audit.ts'
import { type FigureRule, figureOf, type Unit } from '../../bench/suite/figure.ts'
import { convert } from '../../bench/suite/quantity.ts'
import { summarize } from '../../bench/suite/statistics.ts'
import { judgeThreshold, parseThreshold } from '../../bench/suite/threshold.ts'

const rule = (unit: Unit): FigureRule => ({ unit, meaning: '' })
const CHOSEN = [
  { name: 'latency', figures: { p99: rule('ms'), ratio: rule('x') } },
  { name: 'ceiling', figures: { ratio: rule('x'), cost: rule('µs'), growth: rule('MB/h') } },
]

const report = (
  name: string,
  values: Readonly<Record<string, number | null>>,
  audit: Partial<typeof NO_AUDITS> = {},
) => ({
  name,
  audit: { ...NO_AUDITS, ...audit },
  figures: Object.fromEntries(
    Object.entries(values).map(([id, value]) => [
      id,
      figureOf(
        CHOSEN.find((one) => one.name === name)!.figures[id as 'ratio'],
        value === null ? { missing: 'no Java' } : { summary: summarize([value]) },
      ),
    ]),
  ),
})

const REPORTS = [
  report('latency', { p99: 5, ratio: 2 }, { repeated: 3 }),
  report('ceiling', { ratio: 0.9, cost: null, growth: -1 }, { repeated: 4 }),
]

const judge = (expression: string) => judgeThreshold(parseThreshold(expression, CHOSEN), REPORTS)

t.test('each operator, at its border', (t) => {
  for (const [expression, passed] of [
    ['p99<5', false],
    ['p99<5.001', true],
    ['p99<=5', true],
    ['p99<=4.9', false],
    ['p99>5', false],
    ['p99>4', true],
    ['p99>=5', true],
    ['p99>=5.1', false],
    ['p99==5', true],
    ['p99==4', false],
  ] as const)
    t.equal(judge(expression).passed, passed, expression)
  t.end()
})

t.test('a number in any unit of its kind', (t) => {
  for (const [value, from, to, converted] of [
    [50, 'ms', 'ms', 50],
    [2, 's', 'ms', 2000],
    [50, 'us', 'ms', 0.05],
    [50, 'µs', 'ms', 0.05],
    [1, 'ms', 'µs', 1000],
    [2, 'GB/h', 'MB/h', 2048],
    [512, 'kB', 'MB', 0.5],
    [95, '%', 'x', 0.95],
    [1, 'records/s', 'records/s', 1],
    [1, 'ms', 'MB', undefined],
    [1, 'MB', 'MB/h', undefined],
    [1, 'min', 'ms', undefined],
  ] as const)
    t.equal(convert(value, from, to), converted, `${value} ${from} in ${to}`)
  t.equal(judge('latency.p99 <= 0.005 s').passed, true)
  t.equal(judge('growth < -1023 kB/h').passed, true)
  t.end()
})

t.test('a name without its benchmark is of every figure of that name', (t) => {
  t.match(judge('ratio>=1'), {
    passed: false,
    judged: [
      { name: 'latency.ratio', value: 2, limit: 1, passed: true },
      { name: 'ceiling.ratio', value: 0.9, limit: 1, passed: false },
    ],
  })
  t.equal(judge('latency.ratio>=1').passed, true)
  t.end()
})

t.test('totals of the audits: of all benchmarks, or of one', (t) => {
  t.match(judge('repeated==7'), { passed: true, judged: [{ name: 'repeated', unit: '' }] })
  t.equal(judge('latency.repeated==3').passed, true)
  t.equal(judge('lost==0').passed, true)
  t.end()
})

t.test('what could not be measured does not hold, and says why', (t) => {
  t.strictSame(judge('cost<1ms').judged, [
    {
      name: 'ceiling.cost',
      value: null,
      unit: 'µs',
      limit: 1000,
      passed: false,
      reason: 'no Java',
    },
  ])
  t.end()
})

t.test('what cannot be judged is refused, with what there is', (t) => {
  for (const [expression, message] of [
    ['p99', /a threshold is NAME OPERATOR NUMBER UNIT, .* operators: < <= > >= ==/],
    ['p99=5', /a threshold is/],
    ['p99<fast', /a threshold is/],
    ['p99<5 ms or so', /a threshold is/],
    ['p98<5', /unknown figure p98; there are: lost, .*, p99, .*; did you mean p99\?/],
    ['latency.p98<5', /did you mean latency.p99\?/],
    ['latency.cost<5', /unknown figure latency.cost/],
    ['throughput.p99<5', /unknown figure throughput.p99/],
    ['p99<5MB', /latency.p99 is not in MB; it is in: ms, s, µs, us/],
    ['p99<5Ms', /not in Ms; .*did you mean ms\?/],
    ['lost==0%', /lost is not in %; it is in: a number without a unit/],
  ] as const)
    t.throws(() => parseThreshold(expression, CHOSEN), { name: 'ThresholdError', message })
  t.end()
})
