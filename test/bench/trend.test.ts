import t from 'tap'
import { trendOf } from '../../bench/timing/trend.ts'
import { seededFraction } from '../support/seeded-random.ts'

/** A value for each time; some noise, whose neighbours have nothing in common. */
const points = (value: (time: number) => number, noise = 0, seed = 1) => {
  const fraction = seededFraction(seed)
  return Array.from(
    { length: 400 },
    (_, i) => [i / 400, value(i / 400) + noise * (fraction() - 0.5)] as const,
  )
}

t.test('a line is told by its slope', (t) => {
  const { slope, standardError, isDistinguishable } = trendOf(points((time) => 100 + 8 * time))!
  t.ok(Math.abs(slope - 8) < 1e-9)
  t.ok(standardError < 1e-9)
  t.ok(isDistinguishable)
  t.end()
})

t.test('what is flat cannot be told from flat; what grows can, through the same noise', (t) => {
  const found = (value: (time: number) => number) =>
    Array.from({ length: 100 }, (_, seed) => trendOf(points(value, 10, seed + 1))!)
  const flat = found(() => 100).filter(({ isDistinguishable }) => isDistinguishable)
  t.ok(flat.length <= 10, `${flat.length} of 100`)
  const growing = found((time) => 100 + 8 * time)
  t.ok(growing.every(({ interval: [low] }) => low > 0))
  const within = growing.filter(({ interval: [low, high] }) => low <= 8 && 8 <= high)
  t.ok(within.length >= 90, `${within.length} of 100`)
  t.end()
})

t.test('the teeth of a saw are no slope', (t) => {
  const saw = points((time) => 100 + 20 * ((time * 37) % 1), 1)
  t.notOk(trendOf(saw)!.isDistinguishable)
  t.end()
})

t.test('a value that never changes, and too few of them', (t) => {
  t.match(trendOf(points(() => 5)), { slope: 0, standardError: 0, isDistinguishable: false })
  t.equal(trendOf(points(() => 5).slice(0, 19)), undefined)
  t.equal(trendOf([]), undefined)
  t.end()
})
