// Saves in a loop and reports each save that has resolved: `[shard, mark, failed batches so far of the shard]`.
// Arguments: data directory, seed.
import { openLmdbStateStore } from '../../lib/state/lmdb/lmdb-state-store.ts'
import { seededFraction } from './seeded-random.ts'
import { changeOf, failedBatchOf } from './state-builders.ts'

const [directory = '', seed = '0'] = process.argv.slice(2)
const random = seededFraction(Number(seed))
const store = await openLmdbStateStore({ directory, failedBatchBytesMax: Number.MAX_SAFE_INTEGER })
process.on('disconnect', () => process.exit())

async function saveForEver(shard: number): Promise<void> {
  const marks = [...store.loadShards(changeOf(0, 0).address.mapping).values()]
  const before = marks.find(({ address }) => address.shardId === `shardId-${shard}`)
  let mark = Number(before?.state.mark ?? 0)
  while (true) {
    mark++
    const payload = 'x'.repeat(Math.floor(random() ** 4 * 300_000))
    const isDiscard = random() < 0.2
    const requestId = `${shard}/${mark}`
    const discards = isDiscard ? [failedBatchOf({ payload, requestId })] : []
    await store.save([changeOf(shard, mark, { discards, destination: 'd' })])
    process.send!([shard, mark, isDiscard ? payload.length : -1])
  }
}

process.send!('ready')
await Promise.all([0, 1, 2, 3].map(saveForEver))
