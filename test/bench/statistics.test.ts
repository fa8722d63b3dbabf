import t from 'tap'
import { type Bound, figureOf } from '../../bench/suite/figure.ts'
import { perSecond, summarize } from '../../bench/suite/statistics.ts'

t.test('the middle of the samples, whatever their order; they stay as they were taken', (t) => {
  t.strictSame(summarize([3, 1, 2]), { median: 2, min: 1, max: 3, samples: [3, 1, 2] })
  t.equal(summarize([10, 1, 9, 2]).median, 5.5)
  t.equal(summarize([7]).median, 7)
  t.end()
})

t.test('records and nanoseconds to records per second', (t) => {
  t.equal(perSecond(500, 1e9), 500)
  t.equal(perSecond(1, 2e9), 0.5)
  t.end()
})

t.test('a bound holds at its very border, and on its right side', (t) => {
  const figure = (value: number, bound?: Bound) =>
    figureOf(
      { unit: 'x', meaning: '', ...(bound ? { bound } : {}) },
      { summary: summarize([value]) },
    )
  t.equal(figure(1.2, { atLeast: 1.2, aim: 1.5 }).passed, true)
  t.equal(figure(1.19, { atLeast: 1.2 }).passed, false)
  t.equal(figure(400, { atMost: 400 }).passed, true)
  t.equal(figure(401, { atMost: 400 }).passed, false)
  t.equal(figure(1).passed, null)
  t.match(figureOf({ unit: 'ms', meaning: '', bound: { atMost: 5 } }, { missing: 'no Java' }), {
    value: null,
    passed: null,
    reason: 'no Java',
  })
  t.end()
})
