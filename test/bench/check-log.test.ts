import t from 'tap'
import { checkLog, type Expectation } from '../../bench/audit/check-log.ts'
import type { LoggedInvocation } from '../../bench/audit/handler-log.ts'

type Outcome = LoggedInvocation['outcome']

/** Invocations one after another, each as its records and what became of it. */
function inTurn(
  ...calls: readonly (readonly [records: readonly number[], outcome?: Outcome, from?: number])[]
): readonly LoggedInvocation[] {
  return calls.map(([records, outcome = 'succeeded', failedFrom = 0], i) => ({
    thread: 1,
    outcome,
    failedFrom,
    begunNs: i * 10,
    endedNs: i * 10 + 5,
    records,
  }))
}

/** Four records; even ones are of key 0, odd ones of key 1. */
const four: Expectation = { recordCount: 4, keyNumberOf: (n) => n % 2 }

const SOUND: readonly (readonly [string, readonly LoggedInvocation[], Partial<Expectation>?])[] = [
  ['everything once', inTurn([[0, 1]], [[2, 3]])],
  ['keys beside one another', inTurn([[1, 3]], [[0, 2]])],
  ['a batch that failed comes again', inTurn([[0, 1], 'failed'], [[0, 1]], [[2, 3]])],
  ['a batch that failed, in halves', inTurn([[0, 2], 'failed'], [[0]], [[2]], [[1, 3]])],
  ['from the failed item on', inTurn([[0, 1, 2, 3], 'partly', 2], [[2, 3]])],
  ['a thread that died', inTurn([[0, 1], 'running'], [[0, 1]], [[2, 3]])],
  [
    'a record that was given up',
    inTurn([[0], 'failed'], [[2]], [[1, 3]]),
    { discarded: new Set([0]) },
  ],
  ['filtered records', inTurn([[2]], [[3]]), { isFiltered: (n) => n < 2 }],
  [
    'a whole batch that was given up',
    inTurn([[0, 2], 'failed'], [[1, 3]]),
    { discarded: new Set([0, 2]) },
  ],
  ['after a new start', inTurn([[0, 1]], [[0, 1]], [[2, 3]]), { restartsNs: [8] }],
  ['after a new start, from the midst', inTurn([[0, 2]], [[1, 3]], [[2]]), { restartsNs: [18] }],
  [
    'after two new starts',
    inTurn([[0, 1]], [[0, 1], 'running'], [[0, 1]], [[2, 3]]),
    { restartsNs: [8, 18] },
  ],
]

for (const [name, log, expected] of SOUND)
  t.test(`sound: ${name}`, (t) => {
    const { lost, duplicated, reordered, unexpected, first } = checkLog(log, {
      ...four,
      ...expected,
    })
    t.strictSame([lost, duplicated, reordered, unexpected, first], [0, 0, 0, 0, undefined])
    t.end()
  })

type Fault = readonly [
  name: string,
  log: readonly LoggedInvocation[],
  found: Record<string, unknown>,
  expected?: Partial<Expectation>,
]
const FAULTS: readonly Fault[] = [
  ['a lost record', inTurn([[0, 1]], [[2]]), { lost: 1, first: { kind: 'lost', record: 3 } }],
  ['lost when it failed for good', inTurn([[0, 1, 2]], [[3], 'failed']), { lost: 1 }],
  ['lost from the failed item on', inTurn([[0, 1, 2, 3], 'partly', 3]), { lost: 1 }],
  [
    'a swapped pair in an event',
    inTurn([[2, 0, 1, 3]]),
    { reordered: 1, first: { kind: 'reordered', key: 0, record: 0, other: 2 } },
  ],
  ['a swapped pair of events', inTurn([[1]], [[2]], [[0]], [[3]]), { reordered: 1 }],
  [
    'an event before the one before has ended',
    [
      { ...inTurn([[0]])[0]!, endedNs: 20 },
      { ...inTurn([[2]])[0]!, begunNs: 10 },
      ...inTurn([[1, 3]]),
    ],
    { reordered: 1 },
  ],
  ['past a batch that failed', inTurn([[0], 'failed'], [[2]], [[0]], [[1, 3]]), { reordered: 1 }],
  ['a duplicate', inTurn([[0, 1]], [[1]], [[2, 3]]), { duplicated: 1, first: { record: 1 } }],
  ['a duplicate in an event', inTurn([[0, 1, 1]], [[2, 3]]), { duplicated: 1 }],
  [
    'a duplicate beside the first one',
    [{ ...inTurn([[0, 1], 'failed'])[0]!, endedNs: 15 }, ...inTurn([[]], [[0, 1]], [[2, 3]])],
    { duplicated: 2 },
  ],
  [
    'what was given up comes again after its follower',
    inTurn([[0], 'failed'], [[2]], [[0], 'failed'], [[1, 3]]),
    { duplicated: 1, first: { kind: 'duplicated', record: 0 } },
    { discarded: new Set([0]) },
  ],
  [
    'past a batch that was given up only in part',
    inTurn([[0, 2, 4], 'failed'], [[6]], [[0]], [[2]], [[1, 3, 5, 7]]),
    { reordered: 1, first: { kind: 'reordered', record: 2, other: 6 } },
    { recordCount: 8, discarded: new Set([4]) },
  ],
  [
    'given up without a try',
    inTurn([[0, 1, 3]]),
    { lost: 1, first: { kind: 'lost', record: 2 } },
    { discarded: new Set([2]) },
  ],
  [
    'given up after it had succeeded',
    inTurn([[0, 1, 2, 3]]),
    { unexpected: 1, first: { kind: 'unexpected', record: 2 } },
    { discarded: new Set([2]) },
  ],
  [
    'a duplicate before the new start that would allow it',
    inTurn([[0, 1]], [[0]], [[2, 3]]),
    { duplicated: 1 },
    { restartsNs: [18] },
  ],
  [
    'a second duplicate after one new start',
    inTurn([[0, 1]], [[0]], [[0]], [[2, 3]]),
    { duplicated: 1, repeatedAfterRestart: 1 },
    { restartsNs: [8] },
  ],
  [
    'a new start that goes back and forth',
    inTurn([[0, 2, 1, 3]], [[2]], [[0]]),
    { reordered: 1, first: { kind: 'reordered', record: 0, other: 2 } },
    { restartsNs: [8] },
  ],
  [
    'a gap in what a new start repeats',
    inTurn([[0, 2, 4, 1, 3, 5]], [[0]], [[4]]),
    { reordered: 1, first: { kind: 'reordered', record: 2, other: 4 } },
    { recordCount: 6, restartsNs: [8] },
  ],
  [
    'lost when it is repeated after a new start, and fails for good',
    inTurn([[0, 2, 1, 3]], [[2], 'failed']),
    { lost: 1 },
    { restartsNs: [8] },
  ],
  [
    'what was given before the failed item again',
    inTurn([[0, 1, 2, 3], 'partly', 2], [[1, 2, 3]]),
    { duplicated: 1 },
  ],
  ['a record that nobody put', inTurn([[0, 1, 2, 3, 4]]), { unexpected: 1 }],
  [
    'a record that a filter should have stopped',
    inTurn([[0, 1, 2, 3]]),
    { unexpected: 1 },
    { isFiltered: (n) => n === 1 },
  ],
]

for (const [name, log, found, expected] of FAULTS)
  t.test(`caught: ${name}`, (t) => {
    t.match(checkLog(log, { ...four, ...expected }), found)
    t.end()
  })
