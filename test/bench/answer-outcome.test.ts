import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { outcomeOf } from '../../bench/handlers/answer-outcome.ts'
import { answerVerdict } from '../../lib/actors/host/answer-verdict.ts'
import { answerValue, answerWithState } from '../../lib/core/function/answer-value.ts'
import { holds } from '../support/property.ts'

const NUMBERS = ['4001', '4002', '4003']
const PARTIAL = { partial: true, window: false }
const failures = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
})
const circle: { self?: unknown } = {}
circle.self = circle

const CASES = [
  ['nothing', undefined, PARTIAL, { type: 'succeeded' }],
  ['no failures', failures(), PARTIAL, { type: 'succeeded' }],
  ['from the second on', failures('4003', '4002'), PARTIAL, { type: 'failed-from', position: 1 }],
  ['from the first on', failures('4001'), PARTIAL, { type: 'failed' }],
  ['of another batch', failures('4002', '9'), PARTIAL, { type: 'failed' }],
  ['a number for a name', failures(4002), PARTIAL, { type: 'failed' }],
  ['no list', { batchItemFailures: 'x' }, PARTIAL, { type: 'failed' }],
  ['no object', 7, PARTIAL, { type: 'failed' }],
  ['not asked for', failures('4001'), { partial: false, window: false }, { type: 'succeeded' }],
  ['a circle', circle, { partial: false, window: false }, { type: 'failed' }],
  ['a window without state', {}, { partial: false, window: true }, { type: 'failed' }],
  ['a window with state', { state: 0 }, { partial: false, window: true }, { type: 'succeeded' }],
] as const

for (const [name, value, rules, outcome] of CASES)
  t.test(name, (t) => {
    t.strictSame(outcomeOf(value, NUMBERS, rules), outcome)
    t.end()
  })

t.test('it says of any answer what the engine says, and shares nothing with it', async (t) => {
  const identifier = fc.constantFrom<unknown>(...NUMBERS, '9', '', 4002, null)
  const item = fc.oneof(
    fc.record({ itemIdentifier: identifier }, { requiredKeys: [] }),
    fc.constant(null),
  )
  const answer = fc.oneof(
    fc.record(
      { batchItemFailures: fc.oneof(fc.array(item), fc.jsonValue()), state: fc.jsonValue() },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
    fc.constantFrom(undefined, circle, 1n, () => {}),
  )
  const property = fc.property(answer, fc.boolean(), fc.boolean(), (value, partial, window) => {
    const verdict = answerVerdict(window ? answerWithState(value) : answerValue(value), {
      partialResponses: partial,
      inWindow: window,
      sequenceNumbers: () => NUMBERS,
    })
    const outcome = outcomeOf(value, NUMBERS, { partial, window })
    assert.equal(outcome.type, verdict.type)
    if (verdict.type === 'failed-from')
      assert.deepEqual(outcome, { type: 'failed-from', position: verdict.index })
  })
  await holds(t, property, { runs: 3000 })
})
