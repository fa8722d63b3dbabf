import t from 'tap'
import { auditFailedBatches, type FailedBatchFacts } from '../../bench/audit/failed-batches.ts'
import { AuditFailure } from '../../bench/audit/run-audit.ts'

const batch = (...records: readonly number[]): FailedBatchFacts => ({
  condition: 'RetryAttemptsExhausted',
  approximateInvokeCount: 3,
  recordCount: records.length,
  payload: JSON.stringify({
    Records: records.map((n) => ({ dynamodb: { Keys: { pk: { S: 'k' }, sk: { S: `o-${n}` } } } })),
  }),
})
const rules = { name: 'run', retries: 2, bisect: false, isPoison: (n: number) => n % 5 === 0 }

t.test('the records of all failed batches, from their payloads', (t) => {
  t.strictSame([...auditFailedBatches([batch(5, 6), batch(10)], rules)], [5, 6, 10])
  t.end()
})

const WRONG: readonly (readonly [string, readonly FailedBatchFacts[], boolean?])[] = [
  ['run: a failed batch of records 6 to 7 has no record that fails', [batch(6, 7)]],
  ['run: a failed batch of records 5 to 6 could have been halved', [batch(5, 6)], true],
  [
    'run: a failed batch of record 5 had 2 attempts, not 3',
    [{ ...batch(5), approximateInvokeCount: 2 }],
  ],
  [
    'run: a failed batch of record 5 was given up for RecordAgeExceeded',
    [{ ...batch(5), condition: 'RecordAgeExceeded' }],
  ],
  ['run: a failed batch of record 5 says that it has 2 records', [{ ...batch(5), recordCount: 2 }]],
  [
    'run: a failed batch of records 5 to 6 has records that are in another one as well',
    [batch(4, 5), batch(5, 6)],
  ],
]

for (const [message, batches, bisect = false] of WRONG)
  t.test(message, (t) => {
    t.throws(() => auditFailedBatches(batches, { ...rules, bisect }), new AuditFailure(message))
    t.end()
  })
