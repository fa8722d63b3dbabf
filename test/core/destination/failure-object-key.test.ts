import t from 'tap'
import { failureObjectKey } from '../../../lib/core/destination/failure-object-key.ts'
import type { EpochMs, MappingUuid, ShardId } from '../../../lib/core/ids.ts'
import { failedBatchOf } from '../../support/state-builders.ts'

t.test('§4.6: aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>', (t) => {
  const failed = failedBatchOf({
    mapping: 'a1b2c3d4-0000-4000-8000-000000000000' as MappingUuid,
    shardId: 'shardId-00000001573689847184-864758bb' as ShardId,
    discardedAt: Date.parse('2026-02-03T04:05:06.789Z') as EpochMs,
  })
  t.equal(
    failureObjectKey(failed, 'f0e1d2c3-0000-4000-8000-000000000001'),
    'aws/lambda/a1b2c3d4-0000-4000-8000-000000000000/shardId-00000001573689847184-864758bb/' +
      '2026/02/03/2026-02-03T04.05.06-f0e1d2c3-0000-4000-8000-000000000001',
  )
  t.end()
})
