import t from 'tap'
import { failure } from '../../bench/failure.ts'
import { smokeBenchmark } from '../support/smoke-benchmark.ts'

t.test('failure: no more invocations than the rules demand, and all of them those', async (t) => {
  // Many engines, one after another, on a machine that may be busy.
  t.setTimeout(110_000)
  const { figures, plots, audits } = await smokeBenchmark(t, failure)
  t.match(figures, {
    poisonInvocations: { summary: { median: 1 } },
    unlikeRules: { summary: { median: 0 } },
  })
  t.equal(plots?.[0]?.series.length, 4)
  t.equal(audits.length, 15)
})
