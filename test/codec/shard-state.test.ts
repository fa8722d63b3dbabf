import t from 'tap'
import { decodeShardState, encodeShardState } from '../../lib/codec/shard-state.ts'
import type { ShardWindows } from '../../lib/core/checkpoint/shard-state.ts'
import type { EpochMs } from '../../lib/core/ids.ts'
import { addressOf, sequence, stateOf } from '../support/state-builders.ts'

t.test('a shard state comes back as it was, batches in doubt included (D15)', (t) => {
  const entry = { first: sequence(1), last: sequence(3), attempt: 2, requestId: 'r-1' }
  const state = stateOf(12, {
    generations: [{ factor: 2, positions: [sequence(5), null] }],
    stacks: {
      0: [
        { ...entry, inDoubt: true },
        { ...entry, first: sequence(4), last: sequence(4), attempt: 0, requestId: '' },
      ],
      1: [entry],
    },
    start: { type: 'after', sequenceNumber: sequence(7) },
  })
  const address = addressOf(1)
  t.same(decodeShardState(encodeShardState({ address, state })), { address, state })
  t.end()
})

t.test('a member that has no place in the bytes is refused, not left out', (t) => {
  const entry = { first: sequence(1), last: sequence(3), attempt: 2, requestId: 'r-1', more: 1 }
  const state = stateOf(12, { stacks: { 0: [entry] } })
  t.throws(() => encodeShardState({ address: addressOf(1), state }), { name: 'InvariantError' })
  t.end()
})

t.test('windows come back as they were, with and without an open one and a final call', (t) => {
  const open = {
    start: 60_000 as EpochMs,
    end: 120_000 as EpochMs,
    state: '{"n":1}',
    lastArrivedAt: 61_000,
  }
  const closed = { closedUntil: 60_000, lateRecords: 2 }
  const final = { isEarly: true, attempt: 2, requestId: 'r-1' }
  const address = addressOf(1)
  const table: readonly ShardWindows[] = [
    closed,
    { ...closed, open },
    { ...closed, open, final },
    { ...closed, open, final: { ...final, isEarly: false, inDoubt: true } },
  ]
  for (const windows of table) {
    const state = stateOf(12, { windows })
    t.same(decodeShardState(encodeShardState({ address, state })), { address, state })
  }
  const more = { ...closed, more: 1 }
  const refused = () => encodeShardState({ address, state: stateOf(12, { windows: more }) })
  t.throws(refused, { name: 'InvariantError' })
  t.end()
})

t.test('where reading began comes back, by kind', (t) => {
  const address = addressOf(1)
  for (const start of [
    { type: 'trim-horizon' },
    { type: 'stamped-since', time: 5 },
    { type: 'after', sequenceNumber: sequence(7) },
  ] as const) {
    const state = stateOf(null, { start })
    t.same(decodeShardState(encodeShardState({ address, state })), { address, state })
  }
  t.end()
})
