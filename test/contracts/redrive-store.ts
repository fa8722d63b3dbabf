import type { Test } from 'tap'
import type { EpochMs, MappingUuid, ShardId, StreamArn } from '../../lib/core/ids.ts'
import { NO_COUNTS } from '../../lib/core/ledger/ledger.ts'
import type { RedriveTask } from '../../lib/core/redrive/redrive-task.ts'
import {
  addressOf,
  changeOf,
  failedBatchOf,
  MAPPING,
  NEW_YEAR,
  sequence,
  stateOf,
} from '../support/state-builders.ts'
import type { StateStorePlace, TestedStateStore } from './state-store-place.ts'

const TASK_UUID = '00000000-0000-5000-8000-000000000001' as MappingUuid

const taskOf = (id: string, more: Partial<RedriveTask> = {}): RedriveTask => ({
  id,
  mapping: MAPPING,
  state: 'running',
  createdAt: NEW_YEAR,
  streams: [
    {
      streamArn: 's' as StreamArn,
      uuid: TASK_UUID,
      partitionKeyName: 'id',
      parents: { b: 'a' as ShardId },
    },
  ],
  batchCount: 2,
  recordCount: 4,
  counts: NO_COUNTS,
  ...more,
})

/** Stores failed batches with these request ids. @returns their ids. */
async function discard(
  store: TestedStateStore,
  requestIds: readonly string[],
  destination?: string,
): Promise<readonly string[]> {
  const before = new Set(Array.from(store.failedSummaries(), ({ id }) => id))
  const discards = requestIds.map((requestId) => failedBatchOf({ requestId }))
  await store.save([changeOf(1, 1, { discards, ...(destination ? { destination } : {}) })])
  return Array.from(store.failedSummaries(), ({ id }) => id).filter((id) => !before.has(id))
}

const statesOf = (store: TestedStateStore) =>
  Array.from(store.failedSummaries(), ({ facts, state }) => `${facts.requestId} ${state}`)

type CreatePlace = (t: Test) => Promise<StateStorePlace>

/** The part of the contract about redrives, removals and positions that an operator gives. */
export async function testRedriveStore(t: Test, createPlace: CreatePlace): Promise<void> {
  t.test('batches', (t) => testBatches(t, createPlace))
  t.test('redrives', (t) => testRedrives(t, createPlace))
  t.test('redrives and the outbox', (t) => testOutbox(t, createPlace))
  t.test('positions', (t) => testPositions(t, createPlace))
}

async function testBatches(t: Test, createPlace: CreatePlace): Promise<void> {
  t.test('a list has all but the payload; one batch is found by its id', async (t) => {
    const store = await (await createPlace(t)).open()
    const origin = { task: 't', first: ['0-0'], count: 2 }
    const { payload, ...facts } = failedBatchOf({ redrive: origin })
    await store.save([changeOf(1, 1, { discards: [{ ...facts, payload }] })])
    const [summary, ...none] = [...store.failedSummaries()]
    t.same(none, [])
    t.same(summary, { id: summary?.id, facts, state: 'kept' })
    t.same(store.failedBatch(summary!.id), { id: summary!.id, failed: { ...facts, payload } })
    t.equal(store.failedBatch('000000000000-000000'), undefined)
    await store.close()
  })

  t.test('batches are removed and told, but for those that wait or are held', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const [a, b, c] = await discard(store, ['a', 'b', 'c'])
    const [waiting] = await discard(store, ['waiting'], 'd')
    await store.beginRedrive(taskOf('t'), [b!])
    const { bytes: all } = store.failedTotals
    const removed = await store.removeFailed([a!, a!, b!, waiting!, '000000000000-000000'])
    t.equal(removed.count, 1)
    t.ok(removed.bytes > 0)
    t.same(statesOf(store), ['b redriving', 'c kept', 'waiting waiting'])
    t.match(store.failedTotals, { count: 3, bytes: all - removed.bytes, purgedCount: 0 })
    t.same(await store.removeFailed([c!]), { count: 1, bytes: removed.bytes })
    await store.close()
    const again = await place.open()
    t.same(statesOf(again), ['b redriving', 'waiting waiting'])
    await again.close()
  })
}

async function testRedrives(t: Test, createPlace: CreatePlace): Promise<void> {
  t.test('a task holds its batches, across restarts; each batch is held by one', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const [a, b, c] = await discard(store, ['a', 'b', 'c'])
    t.same(await store.beginRedrive(taskOf('1'), [a!, b!, '000000000000-000000']), [a, b])
    t.same(await store.beginRedrive(taskOf('2'), [b!, c!]), [c])
    await store.close()
    const again = await place.open()
    t.same(
      again.redrives().map(({ id }) => id),
      ['1', '2'],
    )
    t.same(again.redrives()[0], taskOf('1'))
    t.same(
      Array.from(again.redriveBatches('1'), ({ id, facts }) => [id, facts.requestId]),
      [
        [a, 'a'],
        [b, 'b'],
      ],
    )
    t.same(statesOf(again), ['a redriving', 'b redriving', 'c redriving'])
    await again.close()
  })

  t.test('its end is one transaction: batches leave or are free, positions are gone', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const [a, b] = await discard(store, ['a', 'b'])
    await store.beginRedrive(taskOf('1'), [a!, b!])
    const address = addressOf(1, { mapping: TASK_UUID })
    await store.save([{ address, state: stateOf(7), discards: [], keepsDoubt: true }])
    const { bytes } = store.failedTotals
    const counts = { ...NO_COUNTS, delivered: 2, invocations: 1 }
    const ended = taskOf('1', { state: 'done', endedAt: (NEW_YEAR + 1) as EpochMs, counts })
    await store.endRedrive({ task: ended, settled: new Set([a!]) })
    await store.close()
    const again = await place.open()
    t.same(again.redrives(), [ended])
    t.same(statesOf(again), ['b kept'])
    t.equal(again.failedBatch(a!), undefined)
    t.same([...again.redriveBatches('1')], [])
    t.match(again.failedTotals, { count: 1, bytes: bytes / 2, purgedCount: 0 })
    t.equal(again.loadShards(TASK_UUID).size, 0)
    t.equal(again.loadShards(MAPPING).size, 1)
    t.same(await again.beginRedrive(taskOf('2'), [b!]), [b])
    await again.close()
  })

  t.test(
    'what a task holds is not purged when the store is full, and is when it ended',
    async (t) => {
      const store = await (await createPlace(t)).open({ failedBatchBytesMax: 25_000 })
      const payload = 'x'.repeat(10_000)
      const add = (requestId: string) =>
        store.save([changeOf(1, 1, { discards: [failedBatchOf({ requestId, payload })] })])
      await add('held')
      const [held] = Array.from(store.failedSummaries(), ({ id }) => id)
      // All in one turn: a purge in the same transaction must see the claim.
      await Promise.all([store.beginRedrive(taskOf('1'), [held!]), add('b'), add('c'), add('d')])
      await add('e')
      t.same(statesOf(store), ['held redriving', 'e kept'])
      t.equal(store.failedTotals.purgedCount, 3)
      await store.endRedrive({ task: taskOf('1', { state: 'cancelled' }), settled: new Set() })
      await add('f')
      t.same(statesOf(store), ['e kept', 'f kept'])
      t.equal(store.failedTotals.purgedCount, 4)
      await store.close()
    },
  )
}

async function testOutbox(t: Test, createPlace: CreatePlace): Promise<void> {
  const done = (id: string) => taskOf(id, { state: 'done' })

  t.test(
    'D16: a batch that was redriven before its report was delivered leaves with it',
    async (t) => {
      const place = await createPlace(t)
      const store = await place.open()
      const [a] = await discard(store, ['a'], 'd')
      t.same(await store.beginRedrive(taskOf('1'), [a!]), [a])
      await store.endRedrive({ task: done('1'), settled: new Set([a!]) })
      await store.close()
      const again = await place.open()
      t.same(statesOf(again), [], 'it is listed no more')
      t.same([...again.failedBatches()], [])
      t.same(await again.beginRedrive(taskOf('2'), [a!]), [], 'nor redriven again')
      t.same(
        again.outbox(9).map(({ failed }) => failed.requestId),
        ['a'],
      )
      await again.delivered(a!)
      t.same(again.outbox(9), [])
      t.match(again.failedTotals, { count: 0, bytes: 0, purgedCount: 0 })
      await again.close()
    },
  )

  t.test(
    'a report delivered while a task holds its batch changes nothing for the task',
    async (t) => {
      const store = await (await createPlace(t)).open({ failedBatchBytesMax: 700 })
      const [a] = await discard(store, ['a'], 'd')
      await Promise.all([store.beginRedrive(taskOf('1'), [a!]), store.delivered(a!)])
      await discard(store, ['b'])
      t.same(statesOf(store), ['a redriving', 'b kept'])
      await Promise.all([
        store.endRedrive({ task: done('1'), settled: new Set([a!]) }),
        store.delivered(a!),
      ])
      t.same(statesOf(store), ['b kept'])
      t.equal(store.failedTotals.count, 1)
      await store.close()
    },
  )
}

async function testPositions(t: Test, createPlace: CreatePlace): Promise<void> {
  t.test('positions of several shards and new mappings are saved together', async (t) => {
    const store = await (await createPlace(t)).open()
    const shards = [1, 2].map((n) => ({ address: addressOf(n), state: stateOf(n) }))
    const record = { uuid: MAPPING, createdAt: NEW_YEAR, streams: [] }
    await store.savePositions(shards, [record])
    t.same([...store.loadShards(MAPPING).values()], shards)
    t.equal(store.loadShards(MAPPING).get('none'), undefined)
    t.same(store.loadMapping(MAPPING), record)
    t.equal([...store.loadShards(MAPPING).values()][1]?.state.mark, sequence(2))
    await store.close()
  })

  t.test(
    'D15: positions of an operator, and redrives, leave an unclean start unclean',
    async (t) => {
      const place = await createPlace(t)
      await place.crash()
      const store = await place.open()
      await store.savePositions([{ address: addressOf(1), state: stateOf(1) }], [])
      await store.save([changeOf(1, 1, { keepsDoubt: true })])
      await store.close()
      const next = await place.open()
      t.equal(next.uncleanStart, true)
      await next.save([changeOf(1, 2, { keepsDoubt: true }), changeOf(2, 2)])
      await next.close()
      const last = await place.open()
      t.equal(last.uncleanStart, false)
      await last.close()
    },
  )
}
