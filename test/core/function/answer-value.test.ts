import fc from 'fast-check'
import t from 'tap'
import { answerValue } from '../../../lib/core/function/answer-value.ts'
import { ANSWER_BYTES_MAX } from '../../../lib/core/function/function-error.ts'

t.test('an answer equals its way through JSON', (t) => {
  fc.assert(
    fc.property(fc.object({ withDate: true, withNullPrototype: true }), (value) => {
      const answer = answerValue(value)
      const json = JSON.stringify(value)
      return answer.type === 'returned' && JSON.stringify(answer.value) === json
    }),
  )
  t.end()
})

t.test('an object that only looks like an empty failure list goes through JSON', (t) => {
  const hidden = Object.defineProperty({ batchItemFailures: [] }, 'toJSON', {
    value: () => 'other',
  })
  const named = { batchItemFailures: Object.assign([], { toJSON: () => 'not empty' }) }
  class Answer {
    batchItemFailures = []
    toJSON(): string {
      return 'class'
    }
  }
  t.same(answerValue(hidden), { type: 'returned', value: 'other' })
  t.same(answerValue(named), { type: 'returned', value: { batchItemFailures: 'not empty' } })
  t.same(answerValue(new Answer()), { type: 'returned', value: 'class' })
  t.end()
})

t.test('§9.3 what has no JSON, and what has too much', (t) => {
  for (const value of [undefined, null, () => {}, Symbol('s')])
    t.same(answerValue(value), { type: 'returned', value: null }, String(value))
  const circle: { self?: unknown } = {}
  circle.self = circle
  const marshal = { errorType: 'Runtime.MarshalError', errorMessage: /Unable to stringify/ }
  for (const value of [circle, 5n, { toJSON: () => circle }])
    t.match(answerValue(value), { type: 'function-error', error: marshal })
  // Two quotes are part of the answer; every `ö` is two bytes.
  const largest = 'ö'.repeat((ANSWER_BYTES_MAX - 2) / 2)
  t.equal(answerValue(largest).type, 'returned')
  t.match(answerValue(`${largest}x`), {
    type: 'function-error',
    error: {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    },
  })
  t.end()
})
