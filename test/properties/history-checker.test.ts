import t from 'tap'
import type { HistoryAnswer, HistoryEvent, HistoryLedger, SavedState } from '../support/history.ts'
import { checkHistory } from '../support/history-checker.ts'

const put = (...numbers: number[]): HistoryEvent => ({
  type: 'put',
  shard: 's',
  records: numbers.map((number) => ({ number, key: 'k', sequenceNumber: `${100 + number}` })),
})
const invoked = (requestId: string, ...records: number[]): HistoryEvent => ({
  type: 'invoked',
  requestId,
  records,
})
const answered = (
  requestId: string,
  answer: HistoryAnswer['type'] = 'succeeded',
): HistoryEvent => ({
  type: 'answered',
  requestId,
  answer: answer === 'failed-from' ? { type: answer, number: 2 } : { type: answer },
})
const saved = (mark: number | null, more: Partial<SavedState> = {}): HistoryEvent => ({
  type: 'saved',
  shard: 's',
  state: {
    mark: mark === null ? null : `${100 + mark}`,
    generations: [],
    delivered: mark ?? 0,
    filtered: 0,
    sent: 0,
    dropped: 0,
    discards: [],
    finished: false,
    ...more,
  },
})
const ledger = (some: Partial<HistoryLedger>): HistoryEvent => {
  const none = { polled: 0, delivered: 0, filtered: 0, sent: 0, dropped: 0, inFlight: 0 }
  return { type: 'ledger', ledger: { ...none, ...some } }
}
const BEGIN: readonly HistoryEvent[] = [
  { type: 'shard-added', shard: 's' },
  { type: 'started', factor: 1, retriesMax: 1 },
  { type: 'shard-opened', shard: 's' },
]
const CRASH: readonly HistoryEvent[] = [
  { type: 'crashed' },
  { type: 'started', factor: 1, retriesMax: 1 },
  { type: 'shard-opened', shard: 's' },
]

const check = (events: readonly HistoryEvent[], drained = false): string =>
  checkHistory([...BEGIN, ...events], { drained }).join('\n')

t.test('a history that keeps the rules has nothing against it', (t) => {
  const run = [put(1, 2, 3), invoked('a', 1, 2), answered('a'), saved(2)]
  t.equal(check([...run, invoked('b', 3), answered('b'), saved(3)], true), '')
  const repeated = [put(1, 2), invoked('a', 1, 2), answered('a'), ...CRASH]
  t.equal(
    check([...repeated, invoked('b', 1, 2), answered('b'), saved(2)], true),
    '',
    'after a crash',
  )
  const partial = [put(1, 2), invoked('a', 1, 2), answered('a', 'failed-from'), saved(1)]
  t.equal(check([...partial, invoked('b', 2), answered('b'), saved(2)], true), '')
  t.end()
})

const FAULTY: readonly (readonly [
  string,
  RegExp,
  readonly HistoryEvent[],
  ('drained' | 'open')?,
])[] = [
  [
    'a count that does not balance',
    /^I1: s counts 1/,
    [put(1, 2), invoked('a', 1, 2), answered('a'), saved(2, { delivered: 1 })],
  ],
  [
    'a discard that is not counted',
    /^I1: s counts 0 of 1/,
    [put(1), saved(1, { delivered: 1, discards: [[1]] })],
  ],
  [
    'a mark that passes an open record',
    /^I2: record 2 was passed/,
    [put(1, 2), invoked('a', 1), answered('a'), saved(2)],
  ],
  [
    'a lane position that passes an open record',
    /^I2: record 1 was passed/,
    [put(1), saved(null, { delivered: 1, generations: [{ factor: 1, positions: ['101'] }] })],
  ],
  [
    'a mark that passes a failed record',
    /^I2/,
    [put(1), invoked('a', 1), answered('a', 'failed'), saved(1)],
  ],
  [
    'a partial success taken for a whole one',
    /^I2: record 2/,
    [put(1, 2), invoked('a', 1, 2), answered('a', 'failed-from'), saved(2)],
  ],
  [
    'a record given up twice',
    /^I2: record 1 was given up twice/,
    [
      put(1),
      saved(1, { delivered: 0, dropped: 1, discards: [[1]] }),
      saved(1, { delivered: 0, dropped: 2, discards: [[1]] }),
    ],
  ],
  ['an end with an open record', /^I2: s was finished/, [put(1), saved(null, { finished: true })]],
  ['an inversion', /^I3: record 2 of k overtook 1/, [put(1, 2), invoked('a', 2)]],
  ['an inversion in a batch', /^I3: 2,1 is out of order/, [put(1, 2), invoked('a', 2, 1)]],
  [
    'a repetition with a gap',
    /^I3: 3 of k was repeated without 2/,
    [
      put(1, 2, 3),
      invoked('a', 1, 2, 3),
      answered('a'),
      ...CRASH,
      invoked('b', 1),
      answered('b'),
      invoked('c', 3),
    ],
  ],
  ['two invocations at a time in a lane', /^I4/, [put(1, 2), invoked('a', 1), invoked('b', 2)]],
  [
    'a mark that goes back',
    /^I6: the mark of s went back/,
    [put(1, 2), invoked('a', 1, 2), answered('a'), saved(2), saved(1, { delivered: 1 })],
  ],
  [
    'an end that is taken back',
    /^I6: s is open again/,
    [put(1), invoked('a', 1), answered('a'), saved(1, { finished: true }), saved(1)],
  ],
  [
    'a repetition of what was saved',
    /^I7: record 1 was invoked though/,
    [put(1), invoked('a', 1), answered('a'), saved(1), ...CRASH, invoked('b', 1)],
  ],
  [
    'a repetition without a crash',
    /^I7: record 1 was invoked again/,
    [put(1), invoked('a', 1), answered('a'), invoked('b', 1)],
  ],
  [
    'an attempt too many',
    /^I8: 1 was invoked 3 times/,
    [
      put(1),
      invoked('a', 1),
      answered('a', 'failed'),
      invoked('a', 1),
      answered('a', 'failed'),
      invoked('a', 1),
    ],
  ],
  [
    'a budget that a restart renews',
    /^I8: 1 failed 3 times/,
    [
      put(1),
      ...['a', 'a', 'b'].flatMap((id) => [invoked(id, 1), answered(id, 'failed')]),
      { type: 'stopped' },
    ],
  ],
  [
    'a ledger that forgets what is durable',
    /^I1: 0 settled while 1 are durable/,
    [put(1), invoked('a', 1), answered('a'), saved(1), ledger({})],
  ],
  [
    'a ledger that delivered more than settled',
    /^I1: 1 delivered of 0 that settled/,
    [put(1), ledger({ polled: 1, delivered: 1 })],
  ],
  [
    'a ledger that does not know what runs',
    /^I1: 0 in flight while 1 are being handled/,
    [put(1), invoked('a', 1), ledger({})],
  ],
  [
    'a ledger that polled more than was put',
    /^I1: 2 polled of 1 that were put/,
    [put(1), ledger({ polled: 2, inFlight: 2 })],
  ],
  [
    'a ledger that does not balance',
    /^I1: 1 polled, 0 settled, 0 in flight/,
    [put(1), ledger({ polled: 1 })],
  ],
  [
    'a batch that changed between attempts',
    /^I8: request a had other records/,
    [put(1, 2), invoked('a', 1), answered('a', 'failed'), invoked('a', 1, 2)],
  ],
  ['a record without an end', /^I10: record 1 was never settled/, [put(1)], 'drained'],
  [
    'a record that settled and was never saved',
    /^I10/,
    [put(1), invoked('a', 1), answered('a')],
    'drained',
  ],
  ['an invocation that outlives a stop', /^stop/, [put(1), invoked('a', 1), { type: 'stopped' }]],
  [
    'a stop that forgets what settled',
    /^stop: record 1 settled unsaved/,
    [put(1), invoked('a', 1), answered('a'), { type: 'stopped' }],
  ],
]

for (const [name, violation, events, drained] of FAULTY) {
  t.test(`a faulty history is found: ${name}`, (t) => {
    t.match(check(events, drained === 'drained'), violation)
    t.end()
  })
}

t.test('a faulty history is found: a child that begins before its parent has ended (I5)', (t) => {
  const child: HistoryEvent = {
    type: 'put',
    shard: 'c',
    records: [{ number: 9, key: 'k', sequenceNumber: '1' }],
  }
  const added: HistoryEvent = { type: 'shard-added', shard: 'c', parent: 's' }
  t.match(check([put(1), added, child, invoked('a', 9)]), /^I5: c began before record 1/)
  t.end()
})

t.test('a faulty history is found: a key in two lanes (I4)', (t) => {
  const two: HistoryEvent = {
    type: 'put',
    shard: 's',
    records: ['a', 'b', 'c', 'd', 'e'].map((key, i) => ({
      number: i + 1,
      key,
      sequenceNumber: `${101 + i}`,
    })),
  }
  const started: HistoryEvent = { type: 'started', factor: 10, retriesMax: 0 }
  t.match(check([started, two, invoked('a', 1, 2, 3, 4, 5)]), /^I4: 1,2,3,4,5 mixes lanes/)
  t.end()
})
