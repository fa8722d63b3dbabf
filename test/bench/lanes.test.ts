import t from 'tap'
import { lanes } from '../../bench/lanes.ts'
import type { Measured } from '../../bench/suite/figure.ts'
import { medianOf, smokeBenchmark } from '../support/smoke-benchmark.ts'

t.test('lanes: each leg delivers all and is audited, with batches that are full', async (t) => {
  const { figures, plots, audits } = await smokeBenchmark(t, lanes)
  const found = figures as Record<string, Measured>
  t.strictSame(Object.keys(found), Object.keys(lanes.figures))
  for (const [name, figure] of Object.entries(found)) t.ok(medianOf(figure) > 0, name)
  // A lane's last batch is not full, and there are only four of each.
  t.ok(medianOf(found['batchFill']) > 50)
  t.match(found['ofKeyBound'], { details: { allowedByKeys: 6.4 } })
  t.strictSame(
    plots?.map(({ series }) => series.map(({ points }) => points.map(([factor]) => factor))),
    [Array(3).fill([1, 10])],
  )
  // Warm-up and one run of three, two and two legs; three plotted handlers with a leg to warm up and two.
  t.equal(audits.length, 2 * (3 + 2 + 2) + 3 * 3)
  t.ok(audits.every(({ deliveries, lost, reordered }) => deliveries > 0 && lost + reordered === 0))
})
