import fc from 'fast-check'
import t from 'tap'
import { judgePartialResponse } from '../../../lib/core/lane/verdict.ts'

const RECORDS = ['100', '101', '102']
const judge = (value: unknown): string => {
  const verdict = judgePartialResponse(value, (identifier) => RECORDS.indexOf(identifier))
  return verdict.type === 'failed-from' ? `from ${verdict.index}` : verdict.type
}
const failures = (...identifiers: readonly unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
})

t.test('what an answer means (aws-semantics §4.4, D12)', (t) => {
  const rows: readonly (readonly [unknown, string])[] = [
    [undefined, 'succeeded'],
    [null, 'succeeded'],
    ['', 'succeeded'],
    [[], 'succeeded'],
    [{}, 'succeeded'],
    [failures(), 'succeeded'],
    [{ batchItemFailures: null }, 'succeeded'],
    [{ other: 1 }, 'succeeded'],
    [failures('101'), 'from 1'],
    [failures('102', '101'), 'from 1'],
    [failures('101', '101'), 'from 1'],
    [failures('100'), 'failed'],
    [failures('102', '100'), 'failed'],
    [failures('101', '999'), 'failed'],
    [failures(''), 'failed'],
    [failures(null), 'failed'],
    [failures(101), 'failed'],
    [{ batchItemFailures: [null] }, 'failed'],
    [{ batchItemFailures: ['101'] }, 'failed'],
    [{ batchItemFailures: [{}] }, 'failed'],
    [{ batchItemFailures: 0 }, 'failed'],
    [{ batchItemFailures: '' }, 'failed'],
    [{ batchItemFailures: false }, 'failed'],
    [0, 'failed'],
    [false, 'failed'],
    [true, 'failed'],
    ['x', 'failed'],
    [[null], 'failed'],
  ]
  for (const [value, verdict] of rows) t.equal(judge(value), verdict, JSON.stringify(value))
  t.end()
})

t.test('a bad body is a failure without a function error; a reason is given', (t) => {
  const verdict = judgePartialResponse(7, () => -1)
  t.match(verdict, { type: 'failed', functionError: null, error: { errorMessage: /a number/ } })
  t.end()
})

t.test('members of the prototype are no answer', (t) => {
  const tricky = Object.create({ batchItemFailures: [{ itemIdentifier: '101' }] }) as object
  t.equal(judge(tricky), 'succeeded')
  t.equal(judge({ batchItemFailures: [Object.create({ itemIdentifier: '101' })] }), 'failed')
  t.end()
})

t.test(
  'any JSON has a verdict, and the cut is never at the first record or outside the batch',
  (t) => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const verdict = judgePartialResponse(value, (identifier) => RECORDS.indexOf(identifier))
        return verdict.type !== 'failed-from' || (verdict.index >= 1 && verdict.index < 3)
      }),
    )
    t.end()
  },
)
