import t from 'tap'
import { renderHtmlReport } from '../../bench/report/render-html-report.ts'
import type { Report } from '../../bench/suite/report.ts'
import { sampleBenchmark, sampleFigure, sampleReport } from '../support/sample-report.ts'

/** All that is text: without the styles, scripts and data that are in it. */
const bodyOf = (page: string): string =>
  page.slice(page.indexOf('<body>'), page.indexOf('<script type="application/json"'))

const textOf = (page: string): string =>
  bodyOf(page)
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

const dataOf = (page: string): unknown =>
  JSON.parse(/<script type="application\/json" id="plots">(.*?)<\/script>/s.exec(page)![1]!)

/** One benchmark, with a figure that reached its bound, one that missed it, and one that could not be measured. */
function mixedReport(changes: Partial<Report> = {}): Report {
  const bound = { atLeast: 1.2, aim: 1.5 } as const
  const { value: _, ...rule } = { value: 0, unit: 'x', meaning: 'one by the other', bound } as const
  const benchmark = sampleBenchmark('ceiling', {
    ratio: sampleFigure({ ...rule, value: 1.31 }),
    slow: sampleFigure({ ...rule, value: 0.9 }),
    java: {
      ...sampleFigure(rule),
      value: null,
      passed: null,
      reason: 'Java is not here',
      details: {},
    },
    rate: sampleFigure({ unit: 'records/s', value: 1_234_567 }),
  })
  return { ...sampleReport(0, 0), thresholds: [], benchmarks: [benchmark], ...changes }
}

t.test('tells at a glance what was reached, and by name what was not', (t) => {
  const reached = renderHtmlReport(sampleReport(0, 0))
  t.match(reached, /<title>✓ Both thresholds held, all \d+ bounds reached · Millrace benchmarks</)
  const missed = renderHtmlReport(mixedReport())
  t.match(missed, '<title>✗ 1 of 2 bounds missed ')
  const text = textOf(missed)
  t.match(text, 'missed: ceiling.slow ')
  t.match(text, 'not measured: ceiling.java ')
  for (const [, anchor] of bodyOf(missed).matchAll(/href="#([^"]+)"/g))
    t.match(missed, ` id="${anchor}"`)
  const nothing = renderHtmlReport(mixedReport({ benchmarks: [] }))
  t.match(nothing, '<title>Nothing was held against a bound ')
  t.end()
})

t.test('a figure: value, unit, bound, aim, verdict, extremes, and each run as a dot', (t) => {
  const page = renderHtmlReport(mixedReport())
  const text = textOf(page)
  t.match(text, 'ratio one by the other details')
  t.match(text, '1.31 x ≥ 1.2 aim 1.5 ✓ reached 1.28 … 1.34 x')
  t.match(text, '0.9 x ≥ 1.2 aim 1.5 ✗ missed')
  t.match(text, '– ≥ 1.2 aim 1.5 not measured Java is not here')
  t.match(text, '1,234,567 records/s')
  t.match(text, 'engine records per second 1.31 (1.28 … 1.34)')
  const [strip] = /<svg class="spread".*?<\/svg>/.exec(page)!
  t.match(strip, 'aria-label="5 samples from 1.28 to 1.34, median 1.31, bound 1.2"')
  t.equal(/class="dots" d="([^"]+)"/.exec(strip)![1]!.match(/M/g)!.length, 5)
  t.end()
})

t.test('what must be known to judge the figures, and to take them again', (t) => {
  const text = textOf(
    renderHtmlReport(mixedReport({ commandLine: ['bench', '--threshold', 'p99<5 ms'] })),
  )
  t.match(text, '2 × AMD EPYC 7B13')
  for (const fact of ['8 GB', 'Linux 6.1.0', 'v20.20.2', '0123456789ab', '20260101', '23 min 4 s'])
    t.match(text, fact)
  t.match(text, 'millrace bench --threshold &#39;p99&lt;5 ms&#39;')
  t.match(text, 'begun 2026-01-31 12:34:56 UTC ended 2026-01-31 12:58:01 UTC')
  t.end()
})

t.test('audits: what the handlers saw, of each benchmark and of all', (t) => {
  const [benchmark] = mixedReport().benchmarks
  const audit = {
    ...benchmark!.audit,
    runs: 1,
    deliveries: 1_000_000,
    repeated: 7,
    repeatedAfterRestart: 7,
  }
  const page = renderHtmlReport(mixedReport({ benchmarks: [benchmark!, { ...benchmark!, audit }] }))
  const text = textOf(page)
  t.match(
    text,
    '✓ audited 1 run, 360,000 invocations, 1,000,000 deliveries: 0 lost, 0 duplicated, 0 reordered, 0 unexpected, 7 repeated (7 after a restart)',
  )
  t.match(text, '✓ audited 13 runs, 720,000 invocations, 37,000,000 deliveries')
  const lost = renderHtmlReport(
    mixedReport({ benchmarks: [{ ...benchmark!, audit: { ...audit, lost: 1 } }] }),
  )
  t.match(textOf(lost), '✗ unsound 1 run')
  t.end()
})

t.test('thresholds, warnings, rivals', (t) => {
  const [benchmark] = mixedReport().benchmarks
  const rival = {
    name: 'KCL',
    version: '3.0.1',
    started: 'java -jar kcl.jar',
    note: 'It takes leases.',
  }
  const judged = { name: 'latency.p99', unit: 'ms', limit: 50 }
  const page = renderHtmlReport(
    mixedReport({
      smoke: true,
      warnings: ['the load of this machine was 1.4 before the run'],
      benchmarks: [{ ...benchmark!, rivals: [rival] }],
      thresholds: [
        {
          expression: 'p99<50ms',
          passed: false,
          judged: [{ ...judged, value: 61.2, passed: false }],
        },
        {
          expression: 'age<1s',
          passed: false,
          judged: [{ ...judged, value: null, passed: false, reason: 'no Java' }],
        },
      ],
    }),
  )
  const text = textOf(page)
  t.match(page, '<title>✗ 2 of 2 thresholds failed, 1 of 2 bounds missed ')
  t.match(text, 'p99&lt;50ms latency.p99 61.2 ms ✗ failed')
  t.match(text, 'age&lt;1s latency.p99 no Java ✗ failed')
  t.match(text, '⚠ the load of this machine was 1.4 before the run')
  t.match(text, '⚠ a smoke run')
  t.match(text, 'KCL 3.0.1 It takes leases. java -jar kcl.jar')
  t.end()
})

t.test('what stands in names is text, wherever it stands', (t) => {
  const bad = `</script><script>alert(1)</script><img src=x onerror="alert(2)">'"&<!--`
  const [benchmark] = mixedReport().benchmarks
  const { ratio } = benchmark!.figures
  const report = mixedReport({
    commandLine: [bad],
    node: bad,
    commit: bad,
    begunAt: bad,
    warnings: [bad],
    machine: { ...mixedReport().machine, processor: bad, system: bad },
    thresholds: [
      {
        expression: bad,
        passed: false,
        judged: [{ name: bad, unit: bad, limit: 1, value: null, passed: false, reason: bad }],
      },
    ],
    benchmarks: [
      {
        ...benchmark!,
        name: bad,
        question: bad,
        rivals: [{ name: bad, version: bad, started: bad, note: bad }],
        figures: {
          [bad]: {
            ...ratio!,
            meaning: bad,
            details: { ...ratio!.details, [bad]: bad, list: [bad], deep: { [bad]: [bad] } },
          },
          other: { ...ratio!, value: null, reason: bad },
        },
        plots: [
          {
            title: bad,
            x: { label: bad },
            y: { label: bad },
            series: [{ name: bad, points: [[1, 2]] }],
          },
        ],
      },
    ],
  })
  const page = renderHtmlReport(report)
  const body = bodyOf(page)
  t.notMatch(body, /<(script|img)|<!--/)
  const tags = [...body.matchAll(/<([a-z][a-z0-9]*)((?: [\w-]+="[^"<>]*")*)\/?>/g)]
  t.equal(tags.length, body.match(/<[a-z]/g)!.length, 'each tag is whole, with quoted attributes')
  t.notMatch(body, / on\w+="/)
  t.equal(page.match(/<script/g)!.length, 4, 'the data and the three scripts of ours')
  t.match(dataOf(page), [
    { title: bad, x: { label: bad }, series: [{ name: bad, xs: [1], ys: [2] }] },
  ])
  t.end()
})

t.test('nothing is loaded, and only what stands in the file from the start is run', (t) => {
  const page = renderHtmlReport(sampleReport(1, 10))
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!
  t.match(policy, 'default-src &#39;none&#39;')
  t.notMatch(policy, /unsafe|http/)
  t.equal(policy.match(/sha256-/g)!.length, 5)
  t.notMatch(bodyOf(page), /(src|href)="(?!#)/)
  t.notMatch(page, /<link(?! rel="icon" href="data:,")|@import|url\(/)
  t.match(page, 'Copyright (c) 2022 Leon Sorokin')
  t.end()
})

t.test('a report of all benchmarks with 20 plots of 500 points is under 400 kB', (t) => {
  const page = renderHtmlReport(sampleReport(20, 500))
  t.ok(Buffer.byteLength(page) < 400_000, `${Buffer.byteLength(page)} bytes`)
  const drawn = dataOf(page) as readonly {
    readonly series: readonly { readonly xs: readonly number[] }[]
  }[]
  t.equal(drawn.length, 20)
  t.ok(drawn.every(({ series }) => series.every(({ xs }) => xs.length >= 90)))
  t.end()
})

t.test('longer plots are cut down, and the page says so', (t) => {
  const page = renderHtmlReport(sampleReport(20, 20_000))
  t.ok(Buffer.byteLength(page) < 400_000, `${Buffer.byteLength(page)} bytes`)
  t.match(textOf(page), /delivered: \d+ of 20,000 points are drawn/)
  t.end()
})
