import t from 'tap'
import { decodeShardState, encodeShardState } from '../../lib/codec/shard-state.ts'
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
