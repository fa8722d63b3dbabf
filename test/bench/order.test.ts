import t from 'tap'
import { order } from '../../bench/order.ts'
import { smokeBenchmark } from '../support/smoke-benchmark.ts'

t.test('order: every scenario is told, met its trouble, and was audited', async (t) => {
  // Many engines, one after another, on a machine that may be busy.
  t.setTimeout(110_000)
  const { figures, audits } = await smokeBenchmark(t, order)
  t.match(figures, {
    lost: { summary: { median: 0 } },
    reordered: { summary: { median: 0 } },
    duplicated: { summary: { median: 0 } },
  })
  const { details } = figures['lost'] as unknown as {
    details: { scenarios: Record<string, number>[] }
  }
  const { scenarios } = details
  t.equal(scenarios.length, 14)
  t.equal(audits.length, 14)
  for (const { repeated, afterFailure, afterSilence, afterRestart, records } of scenarios) {
    t.equal(repeated, afterFailure! + afterSilence! + afterRestart!)
    t.equal(records, 2000)
  }
})
