import t from 'tap'
import { shardKey } from '../../../lib/core/checkpoint/shard-key.ts'

t.test(
  'addresses that differ in a member have different keys, whatever characters they hold',
  (t) => {
    const address = { mapping: 'm', streamArn: 's', label: 'l', shardId: 'i' }
    const others = [
      { ...address, mapping: 'm2' },
      { ...address, streamArn: 's","l' },
      { ...address, label: 'l2' },
      { ...address, shardId: 'i2' },
      { mapping: 'm","s', streamArn: 'l', label: 'i', shardId: '' },
    ]
    t.equal(shardKey({ ...address }), shardKey(address))
    t.equal(new Set([address, ...others].map(shardKey)).size, 1 + others.length)
    t.end()
  },
)
