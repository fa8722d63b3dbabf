import t from 'tap'
import {
  type OutboxEffect,
  type OutboxMessage,
  type OutboxState,
  stepOutbox,
} from '../../../lib/core/destination/outbox.ts'
import type { EpochMs } from '../../../lib/core/ids.ts'

const now = 1000 as EpochMs
const failed: OutboxMessage = { type: 'delivery-failed', reason: 'down', now, fraction: 0.5 }
const idle: OutboxState = { state: 'idle' }
const delivering = (attempt: number): OutboxState => ({ state: 'delivering', id: 'a', attempt })
const backingOff = (attempt: number, wait: number): OutboxState => ({
  state: 'backing-off',
  id: 'a',
  attempt,
  retryAt: (1000 + wait) as EpochMs,
  reason: 'down',
})
const deliver = (attempt: number): OutboxEffect => ({ type: 'deliver', id: 'a', attempt })
const armed = (wait: number): OutboxEffect => ({
  type: 'arm-retry',
  at: (1000 + wait) as EpochMs,
})

t.test('D16: transitions', async (t) => {
  const found: OutboxMessage = { type: 'entry-found', id: 'a' }
  const due: OutboxMessage = { type: 'retry-due' }
  const removing: OutboxState = { state: 'removing', id: 'a' }
  const cases: [string, OutboxState, OutboxMessage, OutboxState, OutboxEffect[]][] = [
    ['an entry is delivered', idle, found, delivering(1), [deliver(1)]],
    ['one at a time', delivering(3), { ...found, id: 'b' }, delivering(3), []],
    ['nobody jumps the wait', backingOff(1, 9), { ...found, id: 'b' }, backingOff(1, 9), []],
    ['the first failure waits 200 ms', delivering(1), failed, backingOff(1, 200), [armed(200)]],
    ['the next one twice as long', delivering(2), failed, backingOff(2, 400), [armed(400)]],
    ['60 s at most', delivering(99), failed, backingOff(99, 60_000), [armed(60_000)]],
    ['after the wait it is tried again', backingOff(2, 9), due, delivering(3), [deliver(3)]],
    ['a timer too late changes nothing', idle, due, idle, []],
    [
      'what was accepted is removed',
      delivering(4),
      { type: 'delivery-accepted' },
      removing,
      [{ type: 'remove', id: 'a' }],
    ],
    [
      'then the next is looked for',
      removing,
      { type: 'entry-removed' },
      idle,
      [{ type: 'look-up' }],
    ],
  ]
  for (const [why, state, message, next, effects] of cases)
    t.same(stepOutbox(state, message), [next, effects], why)
})

t.test('the wait is spread by 10 %', async (t) => {
  for (const [fraction, wait] of [
    [0, 180],
    [0.75, 210],
  ] as const)
    t.same(stepOutbox(delivering(1), { ...failed, fraction })[1], [armed(wait)])
})

t.test('answers to nothing are broken invariants', async (t) => {
  for (const type of ['delivery-accepted', 'entry-removed'] as const)
    t.throws(() => stepOutbox(idle, { type }), { name: 'InvariantError' })
  t.throws(() => stepOutbox(idle, failed), { name: 'InvariantError' })
})
