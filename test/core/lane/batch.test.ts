import t from 'tap'
import { countExpired, sliceBatch } from '../../../lib/core/lane/batch.ts'
import {
  laneRules,
  recordsAhead,
  recordsForBatch,
  recordsTakenForBatch,
} from '../../../lib/core/lane/lane-rules.ts'
import type { MappingSettings } from '../../../lib/core/mapping/settings.ts'
import { DEFAULT_MAPPING } from '../../support/rig-settings.ts'

const FUNCTION = { functionArn: 'arn:function', executedVersion: '$LATEST' }

t.test('expired records are the first ones, up to the border itself (aws-semantics §4.5)', (t) => {
  const batch = { arrivals: [10, 20, 20, 30] }
  const rows = [
    [5, 0],
    [10, 0],
    [11, 1],
    [20, 1],
    [21, 3],
    [31, 4],
    [Number.NEGATIVE_INFINITY, 0],
  ] as const
  for (const [oldest, count] of rows) t.equal(countExpired(batch, oldest), count, `${oldest}`)
  t.end()
})

t.test('a slice is another batch; the first is as it was', (t) => {
  const batch = { arrivals: [1, 2, 3] }
  t.same(sliceBatch(batch, 1, 3), { arrivals: [2, 3] })
  t.same(batch, { arrivals: [1, 2, 3] })
  t.end()
})

t.test('D5: with a filter a batch waits for more records than it takes', (t) => {
  t.equal(recordsForBatch({ batchSize: 100, filterPatterns: [] }), 100)
  t.equal(recordsForBatch({ batchSize: 100, filterPatterns: ['{}'] }), 256)
  t.equal(recordsForBatch({ batchSize: 10_000, filterPatterns: ['{}'] }), 20_000)
  for (const batchSize of [1, 100, 10_000]) {
    const rules = { batchSize, filterPatterns: ['{}'] }
    t.ok(recordsForBatch(rules) < recordsAhead(rules), 'what may be read ahead suffices for it')
    t.ok(recordsForBatch(rules) <= recordsTakenForBatch(rules))
  }
  t.end()
})

t.test('rules of a mapping in the lane’s units: -1 is without end', (t) => {
  const backoff = { baseMs: 200, maximumMs: 60_000 }
  const rules = (more: Partial<MappingSettings>) =>
    laneRules({ ...DEFAULT_MAPPING, ...more }, { ...FUNCTION, backoff, tumblingGraceMs: 1000 })
  t.match(rules({}), {
    batchSize: 100,
    batchingWindowMs: 0,
    retriesMax: Number.POSITIVE_INFINITY,
    recordAgeMsMax: Number.POSITIVE_INFINITY,
    bisect: false,
    partialResponses: false,
    backoff,
  })
  t.match(
    rules({
      maximumBatchingWindowInSeconds: 300,
      maximumRetryAttempts: 0,
      maximumRecordAgeInSeconds: 60,
      functionResponseTypes: ['ReportBatchItemFailures'],
      retryBackoff: { baseMs: 1, maximumMs: 2 },
    }),
    {
      batchingWindowMs: 300_000,
      retriesMax: 0,
      recordAgeMsMax: 60_000,
      partialResponses: true,
      backoff: { baseMs: 1, maximumMs: 2 },
    },
  )
  t.end()
})
