import fc from 'fast-check'
import t from 'tap'
import { holds } from '../support/property.ts'
import { arbitraryScenario, ScenarioRun } from '../support/scenario.ts'

t.test('I1-I8: any settings, any failures, stops and crashes at any step', async (t) => {
  const property = fc.asyncProperty(arbitraryScenario, async (scenario) => {
    const violations = await new ScenarioRun(scenario).play()
    if (violations.length > 0) throw new Error(violations.join('\n'))
  })
  await holds(t, property, { runs: 200 })
})
