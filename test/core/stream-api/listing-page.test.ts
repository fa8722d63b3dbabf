import t from 'tap'
import { shardPage, streamPage } from '../../../lib/core/stream-api/listing-page.ts'

const SHARDS = [
  { shardId: 'a' },
  { shardId: 'b' },
  { shardId: 'c', parentShardId: 'a' },
  { shardId: 'd', parentShardId: 'a' },
  { shardId: 'e', parentShardId: 'c' },
]

t.test('shards: pages are cuts of one list', (t) => {
  for (const limit of [1, 2, 3, 4, 5, 100]) {
    const found: string[] = []
    let exclusiveStartShardId: string | undefined
    do {
      const { page, last } = shardPage(SHARDS, { limit, exclusiveStartShardId })
      t.ok(page.length <= limit)
      found.push(...page.map(({ shardId }) => shardId))
      exclusiveStartShardId = last?.shardId
    } while (exclusiveStartShardId)
    t.equal(found.join(''), 'abcde', `limit ${limit}`)
  }
  t.same(shardPage(SHARDS, { limit: 9, exclusiveStartShardId: 'e' }), { page: [] })
  t.same(shardPage(SHARDS, { limit: 9, exclusiveStartShardId: 'zzz' }), { page: [] })
  t.end()
})

t.test('shards: the children of one', (t) => {
  const ids = (parentShardId: string, more = {}) =>
    shardPage(SHARDS, { limit: 9, parentShardId, ...more }).page.map(({ shardId }) => shardId)
  t.same(ids('a'), ['c', 'd'])
  t.same(ids('a', { exclusiveStartShardId: 'c' }), ['d'])
  t.same(ids('e'), [])
  t.match(shardPage(SHARDS, { limit: 1, parentShardId: 'a' }), { last: { shardId: 'c' } })
  t.end()
})

t.test('streams: by ARN, after the one that was last', (t) => {
  const streams = ['c', 'a', 'b'].map((streamArn) => ({ streamArn }))
  const arns = (limit: number, exclusiveStartStreamArn?: string) => {
    const { page, last } = streamPage(streams, { limit, exclusiveStartStreamArn })
    return [page.map(({ streamArn }) => streamArn).join(''), last?.streamArn]
  }
  t.same(arns(9), ['abc', undefined])
  t.same(arns(2), ['ab', 'b'])
  t.same(arns(2, 'b'), ['c', undefined])
  t.same(arns(2, 'bb'), ['c', undefined], 'one that is not there any more')
  t.end()
})
