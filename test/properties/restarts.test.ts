import fc from 'fast-check'
import t from 'tap'
import { holds } from '../support/property.ts'
import { arbitraryScenario, ScenarioRun } from '../support/scenario.ts'

t.test('I1-I8: any settings, any failures, stops and crashes at any step', async (t) => {
  const property = fc.asyncProperty(arbitraryScenario, async (scenario) => {
    const violations = await new ScenarioRun(scenario).play()
    if (violations.length > 0) throw new Error(violations.join('\n'))
  })
  await holds(t, property, { runs: 60 })
})

t.test('the outcomes are the same wherever the run is stopped or crashes', async (t) => {
  const property = fc.asyncProperty(arbitraryScenario, async (any) => {
    // With bisect exactly the poison is given up; two crashes cannot use up two retries of a record that is sound.
    const fixed = { bisect: true, retries: 2, poisonEvery: 3, failing: 0, faulty: 0 }
    const run = new ScenarioRun({ ...any, ...fixed, ends: any.ends.slice(0, 2) })
    const violations = await run.play()
    const given = run.rig.history.flatMap((event) =>
      event.type === 'saved' ? event.state.discards.flat() : [],
    )
    const put = run.rig.history.flatMap((event) => (event.type === 'put' ? event.records : []))
    const poison = put.map(({ number }) => number).filter((number) => number % 3 === 0)
    const wrong = given.sort((a, b) => a - b).join() === poison.join() ? [] : [`${given} given up`]
    if (violations.length + wrong.length > 0) throw new Error([...violations, ...wrong].join('\n'))
  })
  await holds(t, property, { runs: 30 })
})
