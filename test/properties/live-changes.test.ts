import fc from 'fast-check'
import t from 'tap'
import { arbitraryLiveScenario, LiveRun } from '../support/live-scenario.ts'
import { holds } from '../support/property.ts'

t.test('I1-I8, D3, D7: any changes of a running mapping, between any steps', async (t) => {
  const property = fc.asyncProperty(arbitraryLiveScenario, async (scenario) => {
    const violations = await new LiveRun(scenario).play()
    if (violations.length > 0) throw new Error(violations.join('\n'))
  })
  await holds(t, property, { runs: 120 })
})
