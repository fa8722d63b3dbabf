import t from 'tap'
import type { ShardId } from '../../../lib/core/ids.ts'
import { orderHash } from '../../../lib/core/lane/lane-hash.ts'
import {
  descendants,
  parentsAmong,
  planWatches,
} from '../../../lib/engine/redrive/newer-records.ts'
import { failedBatchOf, sequence } from '../../support/state-builders.ts'

const id = (name: string) => name as ShardId
const shard = (name: string, parent?: string) => ({
  shardId: id(name),
  ...(parent ? { parentShardId: id(parent) } : {}),
})
/** a ─ b ─ c, d; and e, which is its own parent. */
const SHARDS = [shard('a'), shard('b', 'a'), shard('c', 'b'), shard('d', 'b'), shard('e', 'e')]

t.test('keys go on in the shards that descend', (t) => {
  t.same(descendants(id('a'), SHARDS), ['b', 'c', 'd'])
  t.same(descendants(id('d'), SHARDS), [])
  t.same(descendants(id('e'), SHARDS), [])
  t.end()
})

t.test('a batch is looked for behind its last record, and in all of its descendants', (t) => {
  const payload = (key: string) =>
    JSON.stringify({ Records: [{ dynamodb: { Keys: { id: { S: key } } } }] })
  const summary = (name: string, shardId: string, last: number) => {
    const lastSequenceNumber = sequence(last)
    const { payload: _, ...facts } = failedBatchOf({ shardId: id(shardId), lastSequenceNumber })
    return { id: name, facts, state: 'kept' as const }
  }
  const plan = planWatches(
    [
      { summary: summary('1', 'b', 20), payload: payload('x') },
      { summary: summary('2', 'b', 9), payload: payload('x') },
      { summary: summary('3', 'd', 30), payload: payload('y') },
    ],
    SHARDS,
    'id',
  )
  t.same(
    plan.map(({ shardId, after }) => [shardId, after]),
    [
      ['b', '9'],
      ['c', null],
      ['d', null],
    ],
  )
  const watchesOf = (n: number, key: string) => plan[n]!.watches.get(orderHash(`S:${key}`))
  t.same(watchesOf(0, 'x'), [
    { id: '1', key: 'S:x', after: '20' },
    { id: '2', key: 'S:x', after: '9' },
  ])
  t.same(watchesOf(2, 'y'), [{ id: '3', key: 'S:y', after: '30' }])
  t.same(
    watchesOf(2, 'x')?.map(({ after }) => after),
    [null, null],
  )
  t.end()
})

t.test('I5: a shard of a redrive waits for its nearest ancestor in it', (t) => {
  const wanted = (...names: string[]) =>
    names.map((name, i) => ({ shardId: id(name), first: sequence(100 - i) }))
  t.same(parentsAmong(wanted('c', 'a', 'd'), SHARDS), { c: 'a', d: 'a' })
  t.same(parentsAmong(wanted('c', 'd', 'e'), SHARDS), {})
  t.same(parentsAmong(wanted('gone', 'c'), SHARDS), {}, 'one that is not listed any more')
  t.same(
    parentsAmong(wanted('c', 'a', 'd'), undefined),
    { a: 'd', c: 'a' },
    'where nobody knows, each waits for the one with lower numbers',
  )
  t.end()
})
