import t from 'tap'
import type { LoggedInvocation } from '../../bench/audit/handler-log.ts'
import { cutBatches, demandOf, type FailureRules } from '../../bench/failure-rules.ts'

const told = (batch: readonly number[], rules: FailureRules, ...poison: readonly number[]) => {
  const { invocations, discarded } = demandOf(batch, (record) => poison.includes(record), rules)
  return [invocations.map((records) => records.join('')).join(', '), discarded.join('')]
}

// aws-semantics §4.3 [N]: batch 1234, record 2 always fails
const NATIVE: readonly (readonly [FailureRules, string, string])[] = [
  [{ retries: 2, bisect: false, partial: false }, '1234, 1234, 1234', '1234'],
  [{ retries: 1, bisect: true, partial: false }, '1234, 12, 1, 2, 2, 34', '2'],
  [{ retries: 1, bisect: false, partial: true }, '1234, 234, 234', '234'],
  [{ retries: 1, bisect: true, partial: true }, '1234, 234, 2, 2, 34', '2'],
]

for (const [rules, invocations, discarded] of NATIVE)
  t.test(`as measured: ${JSON.stringify(rules)}`, (t) => {
    t.strictSame(told([1, 2, 3, 4], rules, 2), [invocations, discarded])
    t.end()
  })

t.test('a batch without poison is one invocation, several of its records may be poison', (t) => {
  const rules = { retries: 0, bisect: true, partial: true }
  t.strictSame(told([1, 2, 3], rules), ['123', ''])
  t.strictSame(told([1, 2, 3], rules, 1, 3), ['123, 1, 23, 3', '13'])
  t.strictSame(told([5], { ...rules, retries: 2 }, 5), ['5, 5, 5', '5'])
  t.end()
})

t.test('cut batches are those whose first record is new', (t) => {
  const log = [[1, 2, 3], [5, 6], [1], [2, 3], [3], [7]].map(
    (records): LoggedInvocation => ({
      thread: 1,
      outcome: 'failed',
      failedFrom: 0,
      begunNs: 0,
      endedNs: 0,
      records,
    }),
  )
  t.strictSame([...cutBatches(log)], [[1, 2, 3], [5, 6], [7]])
  t.end()
})
