import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { checkLog } from '../../bench/audit/check-log.ts'
import { soundHistory } from '../support/handler-history.ts'
import { FAULTS } from '../support/history-faults.ts'
import { holds } from '../support/property.ts'

const plan = fc.record({
  seed: fc.nat(),
  records: fc.integer({ min: 2, max: 60 }),
  keys: fc.integer({ min: 1, max: 8 }),
  lanes: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
  failing: fc.constantFrom(0, 0.2, 0.6),
  filtered: fc.constantFrom(0, 0.2),
  restarts: fc.integer({ min: 0, max: 2 }),
})
const names = Object.keys(FAULTS) as (keyof typeof FAULTS)[]

t.test('what an engine may do is sound', async (t) => {
  const property = fc.property(plan, (plan) => {
    const { log, expectation } = soundHistory(plan)
    const findings = checkLog(log, expectation)
    assert.equal(findings.first, undefined)
    const { repeated, repeatedAfterFailure, repeatedAfterSilence, repeatedAfterRestart } = findings
    assert.equal(repeated, repeatedAfterFailure + repeatedAfterSilence + repeatedAfterRestart)
    assert.equal(findings.invocations, log.length)
  })
  await holds(t, property, { runs: 1000 })
})

t.test('a single fault in it is found', async (t) => {
  const found = new Map<string, number>()
  const property = fc.property(plan, fc.constantFrom(...names), fc.nat(), (plan, name, at) => {
    const broken = FAULTS[name](soundHistory(plan), at)
    fc.pre(broken !== undefined)
    assert.notEqual(checkLog(broken.log, broken.expectation).first, undefined)
    found.set(name, (found.get(name) ?? 0) + 1)
  })
  await holds(t, property, { runs: 3000 })
  t.comment(`found: ${JSON.stringify(Object.fromEntries(found))}`)
})
