import t from 'tap'
import type { ShardId } from '../../../lib/core/ids.ts'
import {
  type ChildrenAnswer,
  maybeChildren,
  stepChildSearch,
} from '../../../lib/core/shard/child-search.ts'

const child = { shardId: 'child' as ShardId, parentShardId: 'parent' as ShardId }
const listed = (
  children: readonly (typeof child)[],
  streamStatus: 'ENABLED' | 'DISABLED' = 'ENABLED',
): ChildrenAnswer => ({ type: 'listed', children, streamStatus })
const failed = (type: 'throttled' | 'unreachable' | 'refused'): ChildrenAnswer => ({
  type: 'failed',
  failure: { type, reason: '' },
})

t.test('aws-semantics §6.5: up to 10 tries, 50 ms x 2^n up to 1 s', (t) => {
  const delays = Array.from({ length: 9 }, (_, i) => {
    const step = stepChildSearch(listed([]), i + 1, 0.5)
    return step.type === 'ask-again' ? step.delayMs : step.type
  })
  t.same(delays, [50, 100, 200, 400, 800, 1000, 1000, 1000, 1000])
  t.same(stepChildSearch(listed([]), 10, 0.5), { type: 'list-all' })
  t.end()
})

t.test('aws-semantics §6.5: 20 % jitter', (t) => {
  t.same(stepChildSearch(listed([]), 9, 0), { type: 'ask-again', delayMs: 800 })
  t.match(stepChildSearch(listed([]), 9, 0.9999), { type: 'ask-again', delayMs: 1200 })
  t.same(stepChildSearch(listed([]), 1, 0), { type: 'ask-again', delayMs: 40 })
  t.end()
})

t.test('children that are listed are found, also of a stream that is disabled', (t) => {
  t.same(stepChildSearch(listed([child]), 10, 0), { type: 'found', children: [child] })
  t.same(stepChildSearch(listed([child], 'DISABLED'), 1, 0), { type: 'found', children: [child] })
  t.end()
})

t.test('aws-semantics §6.5: it stops when the stream is disabled', (t) => {
  t.same(stepChildSearch(listed([], 'DISABLED'), 1, 0.5), { type: 'list-all' })
  t.end()
})

t.test('a service that is busy is asked again; any other error leads to the full listing', (t) => {
  t.same(stepChildSearch(failed('throttled'), 2, 0.5), { type: 'ask-again', delayMs: 100 })
  t.same(stepChildSearch(failed('throttled'), 10, 0.5), { type: 'list-all' })
  t.same(stepChildSearch(failed('unreachable'), 1, 0.5), { type: 'list-all' })
  t.same(stepChildSearch(failed('refused'), 1, 0.5), { type: 'list-all' })
  t.end()
})

t.test('an answer with other shards in it is of a server that does not know the filter', (t) => {
  const parent = 'parent' as ShardId
  t.same(maybeChildren(parent, []), [])
  t.same(maybeChildren(parent, [child]), [child])
  t.equal(maybeChildren(parent, [child, { shardId: parent }]), undefined)
  t.end()
})
