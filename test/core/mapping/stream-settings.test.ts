import t from 'tap'
import { SettingError } from '../../../lib/core/mapping/setting-rule.ts'
import { parseStream } from '../../../lib/core/mapping/stream-settings.ts'

const HASH = { AttributeName: 'id', KeyType: 'HASH' }
const RANGE = { AttributeName: 'at', KeyType: 'RANGE' }

t.test('defaults', (t) => {
  t.same(parseStream({}), { shardCount: 1, streamViewType: 'NEW_AND_OLD_IMAGES', keySchema: [] })
  t.same(parseStream({ ShardCount: 1000, KeySchema: [HASH, RANGE] }), {
    shardCount: 1000,
    streamViewType: 'NEW_AND_OLD_IMAGES',
    keySchema: [
      { attributeName: 'id', keyType: 'HASH' },
      { attributeName: 'at', keyType: 'RANGE' },
    ],
  })
  t.end()
})

t.test('what is no stream', (t) => {
  for (const bad of [
    { ShardCount: 0 },
    { ShardCount: 1001 },
    { StreamViewType: 'ALL' },
    { KeySchema: [] },
    { KeySchema: [RANGE] },
    { KeySchema: [HASH, HASH] },
    { KeySchema: [RANGE, HASH] },
    { KeySchema: [HASH, { ...RANGE, AttributeName: 'id' }] },
    { KeySchema: [{ AttributeName: 'id' }] },
    { Shards: 1 },
    null,
    [],
  ])
    t.throws(() => parseStream(bad), SettingError, JSON.stringify(bad))
  t.end()
})
