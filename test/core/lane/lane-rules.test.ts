import t from 'tap'
import { recordsAhead } from '../../../lib/core/lane/lane-rules.ts'

t.test('D6: a lane reads ahead four batches, and at least 512 records', (t) => {
  for (const [batchSize, expected] of [
    [1, 512],
    [128, 512],
    [129, 516],
    [10_000, 40_000],
  ] as const)
    t.equal(recordsAhead({ batchSize, filterPatterns: [] }), expected)
  t.end()
})

t.test('D6: of records that are filtered it reads ahead eight times as many', (t) => {
  for (const batchSize of [1, 1000])
    t.equal(
      recordsAhead({ batchSize, filterPatterns: ['{}'] }),
      8 * recordsAhead({ batchSize, filterPatterns: [] }),
    )
  t.end()
})
