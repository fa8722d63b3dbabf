import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { checkLog, type Findings } from '../../bench/audit/check-log.ts'
import { RollingCheck } from '../../bench/audit/rolling-check.ts'
import { type History, soundHistory } from '../support/handler-history.ts'
import { FAULTS } from '../support/history-faults.ts'
import { holds } from '../support/property.ts'

/** Without what this check is not for: filters, discards, new starts, and invocations that never end. */
const plan = fc.record({
  seed: fc.nat(),
  records: fc.integer({ min: 2, max: 60 }),
  keys: fc.integer({ min: 1, max: 8 }),
  lanes: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
  failing: fc.constantFrom(0, 0.2),
  filtered: fc.constant(0),
  restarts: fc.constant(0),
})
const isOfThisKind = ({ log, expectation }: History) =>
  expectation.discarded.size === 0 && log.every(({ outcome }) => outcome !== 'running')

function rolled({ log, expectation }: History, windowLog2: number): Findings | undefined {
  const check = new RollingCheck({ ...expectation, keyCount: 8, windowLog2 })
  for (const invocation of log) if (!check.take(invocation)) return undefined
  return check.finish()
}

t.test(
  'it finds what the check of a whole log finds, of sound logs and of broken ones',
  async (t) => {
    const fault = fc.constantFrom('none', 'lose', 'swap', 'repeat', 'overlap', 'invent')
    let broken = 0
    const property = fc.property(plan, fault, fc.nat(), (plan, name, at) => {
      const sound = soundHistory(plan)
      fc.pre(isOfThisKind(sound))
      const history = name === 'none' ? sound : FAULTS[name as keyof typeof FAULTS](sound, at)
      fc.pre(history !== undefined)
      const whole = checkLog(history.log, history.expectation)
      const findings = rolled(history, 6)
      assert.ok(findings)
      assert.equal(findings.first === undefined, whole.first === undefined)
      assert.equal(findings.first === undefined, name === 'none')
      assert.equal(findings.deliveries, whole.deliveries)
      if (name === 'none') assert.equal(findings.repeated, whole.repeated)
      else broken++
    })
    await holds(t, property, { runs: 2000 })
    t.ok(broken > 500)
  },
)

/** Records of one key, each in an invocation of its own. */
const inTurn = (...records: number[]) =>
  records.map((record, i) => ({
    ...{ thread: 1, outcome: 'succeeded', failedFrom: 0 },
    ...{ begunNs: i * 10, endedNs: i * 10 + 5, records: [record] },
  })) as History['log']
const hundred = { recordCount: 100, keyCount: 1, keyNumberOf: () => 0, windowLog2: 3 } as const

t.test('more records than it remembers, as long as they are done in time', (t) => {
  const seen: number[] = []
  const check = new RollingCheck({ ...hundred, firstSeen: (index) => seen.push(index) })
  for (const invocation of inTurn(...Array(100).keys())) t.ok(check.take(invocation))
  t.match(check.finish(), { deliveries: 100, lost: 0, duplicated: 0, reordered: 0 })
  t.strictSame(seen, [...Array(100).keys()])
  t.end()
})

t.test('what is forgotten must not come again', (t) => {
  const check = new RollingCheck(hundred)
  for (const invocation of inTurn(...Array(100).keys(), 3)) t.ok(check.take(invocation))
  t.match(check.finish(), { duplicated: 1, first: { kind: 'duplicated', record: 3 } })
  t.end()
})

t.test('it says when it cannot go on: one record is late, and too many have passed it', (t) => {
  const check = new RollingCheck({ ...hundred, keyCount: 100, keyNumberOf: (n) => n })
  const [first, ...others] = inTurn(...Array(20).keys())
  const taken = others.map((invocation) => check.take(invocation))
  t.strictSame(taken.indexOf(false), 7)
  t.ok(first)
  t.end()
})
