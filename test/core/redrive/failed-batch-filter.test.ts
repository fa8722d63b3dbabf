import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import {
  type FailedBatchFilter,
  holdsKey,
  matchesFacts,
} from '../../../lib/core/redrive/failed-batch-filter.ts'
import { failedBatchOf, MAPPING, NEW_YEAR, OTHER_MAPPING } from '../../support/state-builders.ts'

const { payload: _, ...facts } = failedBatchOf()
const batch = { id: 'b', facts, state: 'kept' } as const
const later = (NEW_YEAR + 1) as EpochMs

const cases: readonly (readonly [FailedBatchFilter, boolean])[] = [
  [{}, true],
  [{ ids: ['a', 'b'] }, true],
  [{ ids: [] }, false],
  [{ mapping: MAPPING }, true],
  [{ mapping: OTHER_MAPPING }, false],
  [{ condition: 'RetryAttemptsExhausted' }, true],
  [{ condition: 'RecordAgeExceeded' }, false],
  [{ since: NEW_YEAR }, true],
  [{ since: later }, false],
  [{ until: later }, true],
  [{ until: NEW_YEAR }, false],
  [{ mapping: MAPPING, since: NEW_YEAR, until: later, ids: ['b'] }, true],
  [{ mapping: MAPPING, ids: ['a'] }, false],
]

t.test('all members that are given must match', (t) => {
  for (const [filter, matches] of cases)
    t.equal(matchesFacts(batch, filter), matches, JSON.stringify(filter))
  t.end()
})

t.test('a key is the value of any key attribute, of any type', (t) => {
  const Records = [
    { dynamodb: { Keys: { id: { S: 'o-7' } } } },
    { dynamodb: { Keys: { n: { N: '42' } } } },
    { dynamodb: {} },
  ]
  const payload = JSON.stringify({ Records })
  t.equal(holdsKey(payload, 'o-7'), true)
  t.equal(holdsKey(payload, '42'), true)
  t.equal(holdsKey(payload, 'o-'), false)
  t.equal(holdsKey('{"window":{}}', 'o-7'), false, 'the final call of a window')
  t.end()
})
