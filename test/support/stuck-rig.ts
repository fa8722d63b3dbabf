import { EngineRig } from './engine-rig.ts'

/** A rig of four lanes with more records than it may read ahead; every other one is of a key that fails until `release`. */
export function stuckRig(): { readonly rig: EngineRig; readonly release: () => void } {
  let isStuck = true
  const rig = new EngineRig({
    settings: { parallelizationFactor: 4, batchSize: 10 },
    readAhead: { lane: 1 << 16, shard: 1 << 18, process: 1 << 18 },
    pageRecordsMax: 100,
    handler: ({ records }) => {
      if (isStuck && records.some(({ dynamodb }) => dynamodb.Keys.id.S === 'stuck'))
        throw new Error('stuck')
    },
  })
  for (let i = 0; i < 60; i++) {
    const keys = Array.from({ length: 50 }, (_, k) => (k % 2 === 0 ? 'stuck' : `key-${k % 30}`))
    rig.put(keys, 'shard-1', 200)
  }
  const release = () => {
    isStuck = false
  }
  return { rig, release }
}
