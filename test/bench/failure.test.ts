import t from 'tap'
import { failure } from '../../bench/failure.ts'
import { runSmoke } from '../support/smoke-run.ts'

t.test('failure: no more invocations than the rules demand, and all of them those', async (t) => {
  const { figures, plots, audits } = await runSmoke(t, failure)
  t.match(figures, {
    poisonInvocations: { summary: { median: 1 } },
    unlikeRules: { summary: { median: 0 } },
  })
  t.equal(plots?.[0]?.series.length, 4)
  t.equal(audits.length, 15)
})
