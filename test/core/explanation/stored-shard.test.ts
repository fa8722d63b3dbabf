import t from 'tap'
import type { ShardState } from '../../../lib/core/checkpoint/shard-state.ts'
import { explainStoredShard, type StoredShard } from '../../../lib/core/explanation/stored-shard.ts'
import type { EpochMs, SequenceNumber, ShardId } from '../../../lib/core/ids.ts'
import { NO_COUNTS } from '../../../lib/core/ledger/ledger.ts'
import { sequenceNumberOf } from '../../../lib/core/record/embedded-sequence.ts'

const STATE: ShardState = {
  mark: null,
  generations: [{ factor: 4, positions: [null, sequenceNumberOf(9), null, null] }],
  stacks: {},
  counts: NO_COUNTS,
  start: { type: 'trim-horizon' },
  finished: false,
}
const NOW = 100_000
const explain = (state: Partial<ShardState>, more: Partial<StoredShard> = {}) =>
  explainStoredShard({
    shardId: 'shard-1' as ShardId,
    streamArn: 'arn',
    state: { ...STATE, ...state },
    condition: 'stopped',
    extent: { trimmedThrough: 0, lastOrdinal: 20 },
    graceMs: 1000,
    now: NOW,
    ...more,
  })

t.test('how far a shard is behind the records that there are', (t) => {
  const mark = sequenceNumberOf(12)
  const after = { type: 'after', sequenceNumber: sequenceNumberOf(15) } as const
  const extent = { trimmedThrough: 18, lastOrdinal: 20 }
  const cases: [string, number | undefined, ReturnType<typeof explain>][] = [
    ['nothing settled', 20, explain({})],
    ['settled to a mark', 8, explain({ mark })],
    ['D21: begun behind a position', 5, explain({ start: after })],
    ['D20: unread records are gone', 2, explain({ mark }, { extent })],
    [
      'the mark is newer than what was seen of the source',
      0,
      explain({ mark: sequenceNumberOf(30) }),
    ],
    ['the source cannot tell', undefined, explain({ mark }, { extent: undefined })],
    ['sequence numbers of another server', 20, explain({ mark: '123' as SequenceNumber })],
  ]
  for (const [name, behind, shard] of cases) t.equal(shard.recordsBehind, behind, name)
  t.end()
})

t.test('what it was doing: nothing, by a process that lives, or to its end', (t) => {
  const words = [
    explain({}).words,
    explain({}, { condition: 'saved' }).words,
    explain({ finished: true }, { condition: 'saved' }).words,
  ]
  t.same(words, ['stands still', 'as last saved', 'finished'])
  t.equal(explain({}).laneCount, 4)
  t.equal(explain({ generations: [] }).laneCount, 1)
  t.end()
})

t.test('D26: lanes with batches in hand, at their positions', (t) => {
  const [first, last] = [sequenceNumberOf(10), sequenceNumberOf(11)]
  const entry = { first, last, attempt: 3, requestId: 'id' }
  const { lanes } = explain({ stacks: { 1: [{ ...entry, inDoubt: true }, entry], 3: [entry] } })
  t.match(lanes, [
    { lane: 1, condition: 'parked', position: sequenceNumberOf(9), attempt: 3, inDoubt: true },
    { lane: 3, condition: 'parked', position: null, words: 'parked after 3 attempts' },
  ])
  const saved = explain({ stacks: { 3: [entry] } }, { condition: 'saved' }).lanes
  t.match(saved, [{ condition: 'saved', words: '3 attempts begun' }])
  t.end()
})

t.test('aws-semantics §5: the open window, its state, and a final call that is owed', (t) => {
  const open = {
    start: 90_000 as EpochMs,
    end: 99_000 as EpochMs,
    state: '{"n":"é"}',
    lastArrivedAt: 95_000,
  }
  const windows = { open, closedUntil: 90_000, lateRecords: 2 }
  const of = (more: object, now = NOW) => explain({ windows: { ...windows, ...more } }, { now })
  t.same(of({}).openWindow, {
    start: 90_000,
    end: 99_000,
    stateBytes: 10,
    isFinalCallDue: true,
    finalAttempts: 0,
  })
  t.equal(of({}, NOW - 1).openWindow!.isFinalCallDue, false, 'D8: its grace is not over')
  const final = { isEarly: true, attempt: 2, requestId: 'id' }
  t.match(of({ final }, 95_000).openWindow, { isFinalCallDue: true, finalAttempts: 2 }, 'D10')
  t.equal(of({}).lateRecords, 2)
  const none = explain({ windows: { closedUntil: 90_000, lateRecords: 1 } })
  t.same([none.openWindow, none.lateRecords], [undefined, 1])
  t.notOk('lateRecords' in explain({}), 'no tumbling windows at all')
  t.end()
})
