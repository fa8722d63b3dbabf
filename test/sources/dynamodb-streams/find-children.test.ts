import t from 'tap'
import type { ShardId } from '../../../lib/core/ids.ts'
import { startRig } from '../../support/dynamodb-rig.ts'

const PARENT = 'shardId-parent' as ShardId
const shard = (shardId: string, parentShardId?: string) => ({
  shardId,
  records: [],
  ...(parentShardId === undefined ? {} : { parentShardId }),
})

t.test('aws-semantics §6.3: one call with ShardFilter CHILD_SHARDS', async (t) => {
  const { server, source } = await startRig(t)
  server.shards = [shard(PARENT), shard('a', PARENT), shard('b', PARENT), shard('c', 'a')]
  t.match(await source.findChildren!(PARENT), {
    type: 'listed',
    streamStatus: 'ENABLED',
    children: [{ shardId: 'a', parentShardId: PARENT }, { shardId: 'b' }],
  })
  t.same(
    server.calls.map(({ operation, request }) => [operation, request]),
    [
      [
        'DescribeStream',
        { StreamArn: server.streamArn, ShardFilter: { Type: 'CHILD_SHARDS', ShardId: PARENT } },
      ],
    ],
  )
  server.status = 'DISABLED'
  t.same(await source.findChildren!('c' as ShardId), {
    type: 'listed',
    streamStatus: 'DISABLED',
    children: [],
  })
})

t.test('a server that overlooks the filter is not believed', async (t) => {
  const { server, source } = await startRig(t)
  server.knowsShardFilter = false
  server.shards = [shard(PARENT), shard('a', PARENT)]
  const refusal = { type: 'failed', failure: { type: 'refused', reason: /does not know/ } }
  t.match(await source.findChildren!(PARENT), refusal)
  server.listPageLength = 1
  server.shards = [shard('a', PARENT), shard('b', PARENT)]
  t.match(await source.findChildren!(PARENT), refusal, 'it goes on on another page')
})

t.test('what goes wrong is an answer', async (t) => {
  const { server, source } = await startRig(t)
  server.inject(
    'DescribeStream',
    { type: 'error', status: 400, code: 'LimitExceededException' },
    { type: 'error', status: 400, code: 'ValidationException' },
    { type: 'error', status: 500, code: 'InternalServerError' },
    { type: 'drop' },
    { type: 'drop' },
    { type: 'body', body: '{}' },
    { type: 'body', body: '{"StreamDescription":{"Shards":[7]}}' },
  )
  const types: string[] = []
  for (let i = 0; i < 6; i++) {
    const answer = await source.findChildren!(PARENT)
    types.push(answer.type === 'failed' ? answer.failure.type : answer.type)
  }
  t.same(types, [
    'throttled',
    'refused',
    'unreachable',
    'unreachable',
    'unreachable',
    'unreachable',
  ])
})
