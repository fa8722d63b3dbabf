import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import {
  detailsOf,
  redriveJson,
  skippedJson,
  summaryOf,
} from '../../../lib/core/redrive/failed-batch-json.ts'
import { failedBatchOf } from '../../support/state-builders.ts'

const { payload, ...facts } = failedBatchOf()
const SUMMARY = { id: 'b1', facts, state: 'redriving' } as const
const GIVEN_UP_AT = new Date(facts.discardedAt).toISOString()

t.test('a failed batch: its facts, times as ISO 8601, and with its details the event', (t) => {
  const summary = summaryOf(SUMMARY)
  t.same(summary, { ...facts, id: 'b1', state: 'redriving', discardedAt: GIVEN_UP_AT })
  const failed = { ...facts, payload }
  t.same(detailsOf({ id: 'b1', failed }, SUMMARY), {
    ...summary,
    firstArrivedAt: new Date(facts.firstArrivedAt).toISOString(),
    lastArrivedAt: new Date(facts.lastArrivedAt).toISOString(),
    event: { Records: [{ eventID: '1' }, { eventID: '2' }] },
  })
  t.equal(detailsOf({ id: 'b1', failed }).state, 'kept', 'one that is not listed any more')
  t.end()
})

t.test('a redrive: `endedAt` only when it has ended; what it does not send, and why', (t) => {
  const redrive = { id: 'r1', createdAt: 0 as EpochMs, isActive: true }
  const created = { id: 'r1', createdAt: '1970-01-01T00:00:00.000Z' }
  t.strictSame(redriveJson(redrive), created)
  t.strictSame(redriveJson({ ...redrive, endedAt: 1000 as EpochMs }), {
    ...created,
    endedAt: '1970-01-01T00:00:01.000Z',
  })
  const skipped = { batch: SUMMARY, because: 'stale', reason: 'newer records' } as const
  t.same(skippedJson(skipped), { id: 'b1', because: 'stale', reason: 'newer records' })
  t.end()
})
