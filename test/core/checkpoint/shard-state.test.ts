import t from 'tap'
import { type StackEntry, unsettledStack } from '../../../lib/core/checkpoint/shard-state.ts'
import type { SequenceNumber } from '../../../lib/core/ids.ts'

const seq = (value: number): SequenceNumber => String(value) as SequenceNumber
const entry = (first: number, last: number): StackEntry => ({
  first: seq(first),
  last: seq(last),
  attempt: 1,
  requestId: `${first}`,
})

t.test('D26: of a stack stays what the lane has not settled', (t) => {
  const stack = [entry(8, 9), entry(10, 12), entry(13, 20)]
  t.same(unsettledStack(stack, null), stack)
  t.same(unsettledStack(stack, seq(7)), stack)
  t.same(unsettledStack(stack, seq(8)), stack, 'part of the first')
  t.same(unsettledStack(stack, seq(9)), stack.slice(1))
  t.same(unsettledStack(stack, seq(12)), stack.slice(2))
  t.same(unsettledStack(stack, seq(100)), [], 'as numbers, not as text')
  t.end()
})
