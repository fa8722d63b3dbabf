import { join } from 'node:path'
import t from 'tap'
import { openLmdbStateStore } from '../../lib/state/lmdb/lmdb-state-store.ts'
import { startChild } from '../support/child-program.ts'
import { seededFraction, testSeed } from '../support/seeded-random.ts'
import { MAPPING } from '../support/state-builders.ts'

const seed = testSeed()
const ROUNDS = 6

for (const restore of ['safe', 'default'])
  t.test(`kill -9 while saving, restore ${restore}: what resolved is there`, async (t) => {
    t.comment(`seed ${seed}`)
    const random = seededFraction(seed)
    const directory = join(t.testdir(), 'data')
    if (restore === 'safe') process.env['LMDB_RESTORE'] = 'safe'
    t.teardown(() => delete process.env['LMDB_RESTORE'])
    const saved = new Map<string, number>()
    const discarded = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round++) {
      // A point of the work and not of time: the machine may be slow.
      const killAfter = Math.floor(random() * 150)
      let messageCount = 0
      await new Promise<void>((resolve, reject) => {
        const child = startChild({
          name: 'saving-child',
          arguments: [directory, String(seed + round)],
          onMessage: (message) => {
            if (Array.isArray(message)) {
              const [shard, mark, payloadBytes] = message as [number, number, number]
              saved.set(`shardId-${shard}`, mark)
              if (payloadBytes >= 0) discarded.set(`${shard}/${mark}`, payloadBytes)
            }
            if (++messageCount === killAfter + 1) child.kill().then(resolve, reject)
          },
        })
        child.process.on('exit', (code) => {
          if (code !== null) reject(new Error(`the child ended by itself: ${code}`))
        })
      })
      const store = await openLmdbStateStore({ directory, failedBatchBytesMax: 1e12 })
      t.equal(store.uncleanStart, true, `round ${round}: the crash is known`)
      verify(t, store, { saved, discarded })
      await store.close()
    }
    t.ok(saved.size > 0, 'something was saved')
  })

type Expected = {
  readonly saved: ReadonlyMap<string, number>
  readonly discarded: ReadonlyMap<string, number>
}

function verify(
  t: import('tap').Test,
  store: Awaited<ReturnType<typeof openLmdbStateStore>>,
  { saved, discarded }: Expected,
): void {
  const shards = [...store.loadShards(MAPPING).values()]
  const marks = new Map(shards.map(({ address, state }) => [address.shardId, Number(state.mark)]))
  for (const [shard, mark] of saved)
    if (!((marks.get(shard as never) ?? -1) >= mark))
      t.fail(`${shard} has mark ${marks.get(shard as never)}, but ${mark} was saved`)
  const stored = new Map<string, number>()
  let bytes = 0
  for (const { failed } of store.failedBatches()) {
    stored.set(failed.requestId, failed.payload.length)
    bytes += failed.payload.length
    const [shard, mark] = failed.requestId.split('/')
    // All of a save or nothing: a discard without the mark that passes it would be sent twice.
    if (!((marks.get(`shardId-${shard}` as never) ?? -1) >= Number(mark)))
      t.fail(`discard ${failed.requestId} without its mark`)
  }
  for (const [requestId, length] of discarded) {
    if (stored.get(requestId) !== length) t.fail(`discard ${requestId} is lost`)
  }
  const { count, bytes: counted } = store.failedTotals
  t.equal(count, stored.size, 'totals count what is there')
  t.ok(counted >= bytes, 'totals weigh what is there')
  t.equal(store.outbox(1e6).length, stored.size, 'every discard is in the outbox')
}
