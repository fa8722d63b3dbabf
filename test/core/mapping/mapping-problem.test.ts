import t from 'tap'
import { toApiError } from '../../../lib/core/mapping/mapping-problem.ts'

t.test('members start with a small letter, entries of lists are counted from 1', (t) => {
  const error = toApiError(
    {
      type: 'invalid',
      path: ['FilterCriteria', 'Filters', 0, 'Pattern'],
      rule: { kind: 'text', lengthMax: 3 },
      value: 'long',
    },
    {},
  )
  t.equal(
    error.message,
    "1 validation error detected: Value 'long' at 'filterCriteria.filters.1.member.pattern' failed to satisfy constraint: Member must have length less than or equal to 3",
  )
  t.end()
})

t.test('a text that breaks a pattern is told the pattern', (t) => {
  const rule = { kind: 'text', pattern: /^[a-z]+$/ } as const
  const error = toApiError({ type: 'invalid', path: ['FunctionName'], rule, value: 'A' }, {})
  t.equal(error.exception, 'ValidationException')
  t.match(error.message, 'Member must satisfy regular expression pattern: [a-z]+')
  t.end()
})
