import fc from 'fast-check'
import t from 'tap'
import { answerValue } from '../../../lib/core/function/answer-value.ts'

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
