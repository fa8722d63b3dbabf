import t from 'tap'
import { medianFigure, missingFigure } from '../../bench/figure.ts'
import { perSecond, summarize } from '../../bench/statistics.ts'

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
  const passed = (value: number, bound: Parameters<typeof missingFigure>[1]) =>
    medianFigure(summarize([value]), { unit: 'x', bound }).passed
  t.equal(passed(1.2, { atLeast: 1.2, aim: 1.5 }), true)
  t.equal(passed(1.19, { atLeast: 1.2 }), false)
  t.equal(passed(400, { atMost: 400 }), true)
  t.equal(passed(401, { atMost: 400 }), false)
  t.equal(medianFigure(summarize([1]), { unit: 'x' }).passed, null)
  t.match(missingFigure('ms', { atMost: 5 }, 'no Java'), {
    value: null,
    passed: null,
    reason: 'no Java',
  })
  t.end()
})
