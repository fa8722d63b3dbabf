import t from 'tap'
import type { FailedBatchSummary } from '../../../lib/core/destination/failed-batch.ts'
import {
  type Freshness,
  obstacle,
  selectForRedrive,
} from '../../../lib/core/redrive/redrive-selection.ts'
import { addressOf, failedBatchOf, sequence } from '../../support/state-builders.ts'

const { payload: _, ...facts } = failedBatchOf()
const batchOf = (id: string, more: Partial<FailedBatchSummary> = {}): FailedBatchSummary => ({
  id,
  facts,
  state: 'kept',
  ...more,
})
const newer = { shardId: addressOf(1).shardId, sequenceNumber: sequence(9) }
const freshness = new Map<string, Freshness>([
  ['fresh', { type: 'fresh' }],
  ['stale', { type: 'stale', key: 'S:a', newer }],
  ['unknown', { type: 'unknown', reason: 'gone' }],
])
const batches = [
  batchOf('fresh'),
  batchOf('stale'),
  batchOf('unknown'),
  batchOf('held', { state: 'redriving' }),
  batchOf('final call', { facts: { ...facts, recordCount: 0 } }),
  batchOf('waiting', { state: 'waiting' }),
]

t.test('stale and unknown batches are sent on demand only; what cannot be sent never is', (t) => {
  const careful = selectForRedrive(batches, freshness, { includeStale: false })
  t.same(
    careful.sent.map(({ id }) => id),
    ['fresh', 'waiting'],
  )
  t.same(
    careful.skipped.map(({ batch, because }) => `${batch.id}: ${because}`),
    ['stale: stale', 'unknown: unknown', 'held: impossible', 'final call: impossible'],
  )
  const all = selectForRedrive(batches, freshness, { includeStale: true })
  t.same(
    all.sent.map(({ id }) => id),
    ['fresh', 'stale', 'unknown', 'waiting'],
  )
  t.same(
    all.skipped.map(({ batch }) => batch.id),
    ['held', 'final call'],
  )
  t.end()
})

t.test('every reason is a sentence', (t) => {
  const { skipped } = selectForRedrive(batches, freshness, { includeStale: false })
  t.match(
    skipped.map(({ reason }) => reason),
    [/^S:a: a newer record was delivered since, 9 in shardId-1$/, 'gone', /holds it/, /no records/],
  )
  t.equal(obstacle(batches[0]!), undefined)
  t.end()
})
