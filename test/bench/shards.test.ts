import t from 'tap'
import { shards } from '../../bench/shards.ts'
import type { Measured } from '../../bench/suite/figure.ts'
import { medianOf, smokeBenchmark } from '../support/smoke-benchmark.ts'

t.test(
  'shards: with few and with many, in processes of their own, all comes in order',
  async (t) => {
    const { figures, plots, audits } = await smokeBenchmark(t, shards)
    const found = figures as Record<string, Measured>
    t.strictSame(Object.keys(found), Object.keys(shards.figures))
    t.ok(medianOf(found['processorPerRecord']) > 0)
    t.match(found['processorRatio'], {
      details: { meanBatch: { shards10: { median: Number }, shards1000: { median: Number } } },
    })
    if (process.platform === 'linux') t.ok(medianOf(found['residentMegabytes']) > 10)
    t.equal(plots?.length, 3)
    for (const { series } of plots ?? [])
      t.strictSame(
        series[0]!.points.map(([count]) => count),
        [10, 1000],
      )
    t.equal(audits.length, 2)
    for (const { deliveries, lost, reordered } of audits)
      t.match({ deliveries, lost, reordered }, { deliveries: 1500, lost: 0, reordered: 0 })
  },
)
