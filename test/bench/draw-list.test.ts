import t from 'tap'
import { drawList } from '../../bench/report/draw-list.ts'
import { fairLimit, type Point, thin } from '../../bench/report/thin.ts'
import type { Axis, Plot } from '../../bench/suite/benchmark.ts'

const MUCH = 1_000_000

const drawn = (points: readonly Point[], x: Partial<Axis> = {}, y: Partial<Axis> = {}) => {
  const plot: Plot = {
    title: 'plot',
    x: { label: 'x', ...x },
    y: { label: 'y', ...y },
    series: [{ name: 'one', points }],
  }
  return drawList([plot], MUCH)[0]!.series[0]!
}

t.test('points by x, with six digits', (t) => {
  t.strictSame(
    drawn([
      [2, 1 / 3],
      [1, 1_234_567.89],
    ]),
    { name: 'one', xs: [1, 2], ys: [1_234_570, 0.333333] },
  )
  t.end()
})

t.test('what has no place on an axis is left out', (t) => {
  t.strictSame(
    drawn(
      [
        [0, 1],
        [1, Number.NaN],
        [2, 5],
      ],
      { scale: 'log' },
    ).xs,
    [2],
  )
  t.strictSame(
    drawn(
      [
        [1, 0],
        [2, -1],
        [3, 5],
      ],
      {},
      { scale: 'log' },
    ).xs,
    [3],
  )
  t.strictSame(
    drawn([
      [0, 0],
      [1, Number.POSITIVE_INFINITY],
    ]).xs,
    [0],
  )
  t.end()
})

t.test('percentiles are told by their nines; the hundredth has infinitely many', (t) => {
  const { xs } = drawn(
    [
      [0, 1],
      [90, 1],
      [99, 1],
      [99.99, 2],
      [100, 3],
    ],
    { scale: 'percentile' },
  )
  t.strictSame(xs, [0, 1, 2, 4])
  t.end()
})

t.test('thinning keeps the ends, every spike and the order', (t) => {
  const points = Array.from(
    { length: 1000 },
    (_, i): Point => [i, i === 617 ? 9 : i === 333 ? -9 : 0],
  )
  const kept = thin(points, 20)
  t.ok(kept.length <= 20)
  t.strictSame([kept[0]![0], kept.at(-1)![0]], [0, 999])
  const xs = kept.map(([x]) => x)
  t.ok(xs.includes(617))
  t.ok(xs.includes(333))
  t.strictSame(
    xs,
    xs.toSorted((a, b) => a - b),
  )
  t.strictSame(thin(points.slice(0, 20), 20), points.slice(0, 20))
  t.end()
})

t.test('short series leave their room to long ones', (t) => {
  t.equal(fairLimit([10, 10, 10], 30), Number.POSITIVE_INFINITY)
  t.equal(fairLimit([10, 1000, 1000], 210), 100)
  t.equal(fairLimit([1000, 1000], 100), 50)
  t.equal(fairLimit([], 100), Number.POSITIVE_INFINITY)
  t.end()
})

t.test('a series that is thinned says of how many points', (t) => {
  const points = Array.from({ length: 5000 }, (_, i): Point => [i, i % 7])
  const { xs, thinnedFrom } = drawn(points)
  t.ok(xs.length <= 1000)
  t.ok(xs.length > 900)
  t.equal(thinnedFrom, 5000)
  t.end()
})
