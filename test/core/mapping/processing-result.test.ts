import t from 'tap'
import { NO_COUNTS } from '../../../lib/core/ledger/ledger.ts'
import { storedResult } from '../../../lib/core/mapping/processing-result.ts'
import { sequence } from '../../support/state-builders.ts'

const stored = (counts: Partial<typeof NO_COUNTS>, attempts: readonly number[] = []) => {
  const [first, last] = [sequence(1), sequence(2)]
  const stack = attempts.map((attempt) => ({ first, last, attempt, requestId: 'r' }))
  return { counts: { ...NO_COUNTS, ...counts }, stacks: attempts.length > 0 ? { 0: stack } : {} }
}

t.test('D39: what the last invocation was, as far as it is stored', (t) => {
  const rows = [
    [[], 'No records processed'],
    [[stored({ filtered: 3 })], 'No records processed'],
    [[stored({ delivered: 1, invocations: 1 })], 'OK'],
    [[stored({}), stored({ delivered: 1, invocations: 1 })], 'OK'],
    [[stored({ delivered: 5, invocations: 7 }, [0, 2])], 'PROBLEM: Function call failed'],
    [[stored({ delivered: 5, invocations: 6 }, [0])], 'OK'],
    [[stored({ dropped: 2, invocations: 3 })], 'PROBLEM: Function call failed'],
    [[stored({ sent: 2, invocations: 3 })], 'PROBLEM: Function call failed'],
    [[stored({ dropped: 2 })], 'No records processed'],
  ] as const
  for (const [states, expected] of rows) t.equal(storedResult(states), expected)
  t.end()
})
