import t from 'tap'
import { sequenceNumbersIn, writeBacklog } from '../../bench/load/backlog.ts'
import { partitionKeyOf, Workload } from '../../bench/load/workload.ts'
import { orderHash } from '../../lib/core/lane/lane-hash.ts'
import { sequenceNumberOf } from '../../lib/core/record/embedded-sequence.ts'

const SETTINGS = {
  streamViewType: 'NEW_AND_OLD_IMAGES',
  keySchema: [
    { attributeName: 'pk', keyType: 'HASH' },
    { attributeName: 'sk', keyType: 'RANGE' },
  ],
} as const

for (const shardCount of [1, 4])
  t.test(`sequence numbers of records are found, shards: ${shardCount}`, async (t) => {
    const workload = new Workload()
    const settings = { ...SETTINGS, shardCount }
    const backlog = await writeBacklog(t.testdir(), 2000, { settings, workload })
    const shards = Array.from({ length: 2000 }, (_, record) => {
      const hash = orderHash(`S:${partitionKeyOf(workload.keyNumberOf(record))}`)
      return Math.floor((hash / 2 ** 32) * shardCount)
    })
    t.equal(new Set(shards).size, shardCount)
    const ordinalOf = (record: number) =>
      shards.slice(0, record + 1).filter((shard) => shard === shards[record]).length
    const wanted = [1999, 0, 700, 1200]
    t.strictSame(
      await sequenceNumbersIn(backlog, wanted),
      wanted.map((record) => sequenceNumberOf(ordinalOf(record))),
    )
    t.strictSame(await sequenceNumbersIn(backlog, [5000]), ['unknown'])
  })
