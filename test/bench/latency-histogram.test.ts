import t from 'tap'
import { LatencyHistogram } from '../../bench/timing/latency-histogram.ts'
import { LatencyOverTime } from '../../bench/timing/latency-over-time.ts'

/** Of 1 to 1000 milliseconds. */
function thousand(): LatencyHistogram {
  const histogram = new LatencyHistogram()
  for (let ms = 1; ms <= 1000; ms++) histogram.record(ms * 1e6)
  return histogram
}
const isNear = (t: Pick<typeof import('tap').t, 'ok'>, actual: number, expected: number) =>
  t.ok(Math.abs(actual - expected) <= expected * 0.002, `${actual} is near ${expected}`)

t.test('percentiles in milliseconds, to three figures', (t) => {
  const { p50, p90, p99, p999, max, count } = thousand().latency
  isNear(t, p50, 500)
  isNear(t, p90, 900)
  isNear(t, p99, 990)
  isNear(t, p999, 999)
  isNear(t, max, 1000)
  t.equal(count, 1000)
  t.end()
})

t.test('several together say what one with all of it says', (t) => {
  const [odd, even] = [new LatencyHistogram(), new LatencyHistogram()]
  for (let ms = 1; ms <= 1000; ms++) (ms % 2 ? odd : even).record(ms * 1e6)
  const merged = new LatencyHistogram().merge([odd, even, new LatencyHistogram()])
  t.strictSame(merged.latency, thousand().latency)
  merged.reset()
  t.equal(merged.count, 0)
  t.ok(Number.isNaN(merged.latency.p50))
  t.end()
})

t.test('what is shorter than a nanosecond, or longer than an hour, is in it all the same', (t) => {
  const histogram = new LatencyHistogram()
  for (const ns of [-5, 0, 1e15]) histogram.record(ns)
  t.equal(histogram.count, 3)
  isNear(t, histogram.latency.max, 3_600_000)
  t.end()
})

t.test('the percentile plot ends where one record alone is left', (t) => {
  const points = thousand().percentiles
  t.equal(points[0]![0], 0)
  isNear(t, points.at(-1)![0], 99.9)
  isNear(t, points.find(([percentile]) => Math.round(percentile) === 90)![1], 900)
  isNear(t, points.find(([percentile]) => Math.round(percentile * 10) === 990)![1], 990)
  t.strictSame(new LatencyHistogram().percentiles, [])
  t.end()
})

t.test('over time: a point for each tenth of a second that has records', (t) => {
  const overTime = new LatencyOverTime(0.3)
  for (const ms of [1, 2, 3]) overTime.record(50e6, ms * 1e6)
  overTime.record(250e6, 7e6)
  // Due at the very end.
  overTime.record(300e6, 9e6)
  t.strictSame(overTime.lines, {
    p50: [
      [0, 2],
      [0.2, 8],
    ],
    p99: [
      [0, 3],
      [0.2, 9],
    ],
  })
  t.equal(new LatencyOverTime(3600).lines.p50.length, 0)
  t.end()
})
