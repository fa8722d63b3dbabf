import t from 'tap'
import type { LoggedInvocation } from '../../bench/audit/handler-log.ts'
import { compareWithRules, demandOf, type FailureRules } from '../../bench/failure-rules.ts'

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

/** Each invocation as its records, one digit each. */
const logOf = (...calls: readonly string[]): readonly LoggedInvocation[] =>
  calls.map((records) => ({
    thread: 1,
    outcome: 'failed',
    failedFrom: 0,
    begunNs: 0,
    endedNs: 0,
    records: [...records].map(Number),
  }))
const compare = (...calls: readonly string[]) =>
  compareWithRules(logOf(...calls), (record) => record === 2, {
    retries: 1,
    bisect: true,
    partial: false,
  })

t.test('batches of several lanes, each as the rules want it', (t) => {
  const { made, demanded, unlike, discarded } = compare(
    ...['1234', '567', '12', '89', '1', '2', '2', '34'],
  )
  t.strictSame([made, demanded, unlike, [...discarded]], [8, 8, 0, [2]])
  t.end()
})

t.test('invocations too many, too few, and of other records', (t) => {
  t.match(compare('567', '567'), { made: 2, demanded: 1, unlike: 1 })
  t.match(compare('1234', '12', '1', '2', '2'), { made: 5, demanded: 6, unlike: 0 })
  t.match(compare('1234', '123', '1', '2', '2', '34'), { made: 6, demanded: 6, unlike: 1 })
  t.match(compare('12', '1', '2', '2', '23'), { made: 5, demanded: 4, unlike: 1 })
  t.end()
})
