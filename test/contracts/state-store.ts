import type { Test } from 'tap'
import { shardKey } from '../../lib/core/checkpoint/shard-key.ts'
import type { ShardState } from '../../lib/core/checkpoint/shard-state.ts'
import type { FailedBatchTotals } from '../../lib/core/destination/failed-batch.ts'
import type { EpochMs, StreamArn } from '../../lib/core/ids.ts'
import type { StateStore } from '../../lib/ports/state-store.ts'
import {
  addressOf,
  changeOf,
  failedBatchOf,
  MAPPING,
  NEW_YEAR,
  OTHER_MAPPING,
  STREAM,
  sequence,
  stateOf,
} from '../support/state-builders.ts'

export type TestedStateStore = StateStore & { readonly failedTotals: FailedBatchTotals }

/** One place of durable data, empty at first: each `open` after a `close` finds what was there. */
export type StateStorePlace = {
  open(options?: { readonly failedBatchBytesMax?: number }): Promise<TestedStateStore>
  /** A run that opens the place and ends without `close`. */
  crash(): Promise<void>
}

const FULL_STATE: ShardState = {
  mark: sequence('9'.repeat(129)),
  generations: [
    { factor: 3, positions: [sequence(12), null, sequence(11)] },
    { factor: 1, positions: [null] },
  ],
  stacks: {
    0: [
      { first: sequence(13), last: sequence(13), attempt: 2, requestId: 'a' },
      { first: sequence(14), last: sequence(20), attempt: 0, requestId: 'b' },
    ],
    2: [],
  },
  counts: {
    delivered: 1,
    filtered: 2,
    sent: 3,
    dropped: 4,
    retries: 5,
    splits: 6,
    invocations: 2 ** 52,
  },
  start: { type: 'after', sequenceNumber: sequence(7) },
  finished: true,
}

/** The contract of {@link StateStore}: every implementation runs it. */
export function testStateStore(t: Test, createPlace: (t: Test) => Promise<StateStorePlace>): void {
  t.test('shard states', (t) => testShardStates(t, createPlace))
  t.test('failed batches', (t) => testFailedBatches(t, createPlace))
  t.test('outbox', (t) => testOutbox(t, createPlace))
  t.test('life', (t) => testLife(t, createPlace))
}

async function testShardStates(
  t: Test,
  createPlace: (t: Test) => Promise<StateStorePlace>,
): Promise<void> {
  t.test('a saved state is loaded whole, at once and after a restart', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const starts: ShardState[] = [
      FULL_STATE,
      stateOf(null),
      stateOf(1, { start: { type: 'stamped-since', time: NEW_YEAR } }),
    ]
    await store.save(starts.map((state, shard) => ({ ...changeOf(shard, 1), state })))
    const expected = starts.map((state, shard) => ({ address: addressOf(shard), state }))
    t.same([...store.loadShards(MAPPING).values()], expected)
    await store.close()
    const again = await place.open()
    t.same([...again.loadShards(MAPPING).values()], expected)
    t.same(again.loadShards(MAPPING).get(shardKey(addressOf(0)))?.state, FULL_STATE)
    await again.close()
  })

  t.test('the last save of a shard counts, also among saves that were not awaited', async (t) => {
    const store = await (await createPlace(t)).open()
    await Promise.all([1, 2, 3, 4, 5].map((mark) => store.save([changeOf(1, mark)])))
    t.equal(store.loadShards(MAPPING).get(shardKey(addressOf(1)))?.state.mark, '5')
    await store.close()
  })

  t.test('mapping, stream, label and shard keep states apart, however long they are', async (t) => {
    const store = await (await createPlace(t)).open()
    const long = 'x'.repeat(3000)
    const addresses = [
      addressOf(1),
      addressOf(2),
      addressOf(1, { label: 'other' }),
      addressOf(1, { streamArn: 'other' as StreamArn }),
      addressOf(`${long}1`),
      addressOf(`${long}2`),
      addressOf(1, { streamArn: `${long}é"\u0000` as StreamArn, label: long }),
      addressOf(1, { mapping: OTHER_MAPPING }),
    ]
    await store.save(addresses.map((address, i) => ({ address, state: stateOf(i), discards: [] })))
    const loaded = store.loadShards(MAPPING)
    t.equal(loaded.size, 7)
    for (const [i, address] of addresses.slice(0, 7).entries())
      t.same(loaded.get(shardKey(address)), { address, state: stateOf(i) })
    t.equal(store.loadShards(OTHER_MAPPING).size, 1)
    t.equal(store.loadShards('none' as typeof MAPPING).size, 0)
    await store.close()
  })

  t.test('a saved state is a copy', async (t) => {
    const store = await (await createPlace(t)).open()
    const stacks: Record<number, []> = {}
    const saved = store.save([{ ...changeOf(1, 1), state: stateOf(1, { stacks }) }])
    stacks[7] = []
    await saved
    t.same([...store.loadShards(MAPPING).values()][0]?.state.stacks, {})
    await store.close()
  })

  t.test('facts of a mapping are kept', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const record = {
      uuid: MAPPING,
      createdAt: NEW_YEAR,
      streams: [{ streamArn: STREAM, label: 'a' }],
    }
    t.equal(store.loadMapping(MAPPING), undefined)
    await store.saveMapping({ ...record, streams: [] })
    await store.saveMapping(record)
    t.same(store.loadMapping(MAPPING), record)
    await store.close()
    const again = await place.open()
    t.same(again.loadMapping(MAPPING), record)
    t.equal(again.loadMapping(OTHER_MAPPING), undefined)
    await again.close()
  })
}

async function testFailedBatches(
  t: Test,
  createPlace: (t: Test) => Promise<StateStorePlace>,
): Promise<void> {
  t.test('discards are kept whole, oldest first, by mapping', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const payload = JSON.stringify({ Records: ['ä€𝄞"\\\n'.repeat(1_000_000)] })
    const large = failedBatchOf({ payload })
    const { response, ...neverRun } = failedBatchOf({ condition: 'RecordAgeExceeded' })
    const other = failedBatchOf({
      mapping: OTHER_MAPPING,
      discardedAt: (NEW_YEAR - 3_600_000) as EpochMs, // the clock went back: it is newer all the same
      lastError: { errorType: 'Error', errorMessage: 'no' },
    })
    await store.save([changeOf(1, 1, { discards: [large, neverRun] })])
    await store.save([changeOf(1, 2, { discards: [other] })])
    await store.close()
    const again = await place.open()
    const stored = [...again.failedBatches()]
    t.equal(stored[0]?.failed.payload === payload, true)
    t.same(
      stored.slice(1).map(({ failed }) => failed),
      [neverRun, other],
    )
    const ids = stored.map(({ id }) => id)
    t.same(ids, [...new Set(ids)].sort())
    t.same(
      [...again.failedBatches({ mapping: OTHER_MAPPING })].map(({ failed }) => failed),
      [other],
    )
    t.same([...again.failedBatches({ mapping: 'none' as typeof MAPPING })], [])
    await again.close()
  })

  t.test('more batches than a page of keys are listed once each', async (t) => {
    const store = await (await createPlace(t)).open()
    const discards = Array.from({ length: 250 }, (_, i) => failedBatchOf({ requestId: `r${i}` }))
    await store.save([changeOf(1, 1, { discards })])
    t.same(
      [...store.failedBatches()].map(({ failed }) => failed.requestId),
      discards.map(({ requestId }) => requestId),
    )
    await store.close()
  })

  t.test('the oldest are purged and counted when the store is full', async (t) => {
    const place = await createPlace(t)
    const store = await place.open({ failedBatchBytesMax: 50_000 })
    const payload = 'x'.repeat(10_000)
    for (let i = 0; i < 10; i++) {
      const discards = [failedBatchOf({ payload, requestId: `r${i}` })]
      await store.save([changeOf(1, i, { discards })])
      t.ok(store.failedTotals.bytes <= 50_000)
    }
    const { count, bytes, purgedCount } = store.failedTotals
    t.same([count, purgedCount], [4, 6])
    t.ok(bytes > 40_000, `${bytes} are the payloads and more`)
    t.same(
      [...store.failedBatches()].map(({ failed }) => failed.requestId),
      ['r6', 'r7', 'r8', 'r9'],
    )
    await store.close()
    const again = await place.open({ failedBatchBytesMax: 50_000 })
    t.same(again.failedTotals, { count, bytes, purgedCount })
    await again.close()
  })

  t.test('a batch larger than the whole store is kept until the next one', async (t) => {
    const store = await (await createPlace(t)).open({ failedBatchBytesMax: 100 })
    const save = (requestId: string) =>
      store.save([changeOf(1, 1, { discards: [failedBatchOf({ requestId })] })])
    await save('a')
    t.equal(store.failedTotals.count, 1)
    await save('b')
    t.same(
      [...store.failedBatches()].map(({ failed }) => failed.requestId),
      ['b'],
    )
    await store.close()
  })

  t.test('an id is not given twice, also when all batches are gone', async (t) => {
    const place = await createPlace(t)
    const ids = new Set<string>()
    for (let i = 0; i < 4; i++) {
      const store = await place.open({ failedBatchBytesMax: 1 })
      await store.save([changeOf(1, 1, { discards: [failedBatchOf()] })])
      for (const { id } of store.failedBatches()) ids.add(id)
      await store.close()
    }
    t.equal(ids.size, 4)
  })
}

async function testOutbox(
  t: Test,
  createPlace: (t: Test) => Promise<StateStorePlace>,
): Promise<void> {
  t.test('D16: a discard with a destination is in the outbox until it was delivered', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const [first, second] = [failedBatchOf({ requestId: '1' }), failedBatchOf({ requestId: '2' })]
    await store.save([
      changeOf(1, 1, { discards: [first, second], destination: 'file:./failed.ndjson' }),
      changeOf(2, 1, { discards: [failedBatchOf({ requestId: 'no destination' })] }),
    ])
    await store.close()
    const again = await place.open()
    const entries = again.outbox(10)
    t.same(
      entries.map(({ destination, failed }) => [destination, failed]),
      [
        ['file:./failed.ndjson', first],
        ['file:./failed.ndjson', second],
      ],
    )
    t.same(again.outbox(1), entries.slice(0, 1))
    await again.delivered(entries[0]!.id)
    await again.delivered(entries[0]!.id)
    await again.delivered('000000000000-000000')
    t.same(again.outbox(10), entries.slice(1))
    t.equal([...again.failedBatches()].length, 3)
    t.equal([...again.failedBatches()][0]?.id, entries[0]?.id)
    await again.close()
  })

  t.test('what was not delivered is never purged, and is once it was', async (t) => {
    const store = await (await createPlace(t)).open({ failedBatchBytesMax: 1 })
    const discard = (requestId: string, destination?: string) =>
      store.save([
        changeOf(1, 1, {
          discards: [failedBatchOf({ requestId })],
          ...(destination === undefined ? {} : { destination }),
        }),
      ])
    const kept = () => [...store.failedBatches()].map(({ failed }) => failed.requestId)
    await discard('sent', 'd')
    await discard('dropped')
    await discard('dropped later')
    t.same(kept(), ['sent', 'dropped later'])
    t.equal(store.outbox(9)[0]?.failed.requestId, 'sent')
    await store.delivered(store.outbox(9)[0]!.id)
    await discard('last')
    t.same(kept(), ['last'])
    t.same(store.outbox(9), [])
    t.equal(store.failedTotals.purgedCount, 3)
    await store.close()
  })
}

async function testLife(
  t: Test,
  createPlace: (t: Test) => Promise<StateStorePlace>,
): Promise<void> {
  t.test('D15: a start is clean the first time and after a close', async (t) => {
    const place = await createPlace(t)
    for (let i = 0; i < 3; i++) {
      const store = await place.open()
      t.equal(store.uncleanStart, false)
      await store.save([changeOf(1, i)])
      await store.close()
    }
  })

  t.test(
    'D15: a run that saves nothing of a shard does not make an unclean start clean',
    async (t) => {
      const place = await createPlace(t)
      await place.crash()
      const only = await place.open()
      t.equal(only.uncleanStart, true)
      await only.close()
      const next = await place.open()
      t.equal(next.uncleanStart, true)
      await next.save([changeOf(1, 2)])
      await next.close()
      const last = await place.open()
      t.equal(last.uncleanStart, false)
      await last.close()
    },
  )

  t.test('close waits for saves, may be repeated, and ends writing', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    const saved = store.save([changeOf(1, 5)])
    await Promise.all([store.close(), store.close(), saved])
    await t.rejects(store.save([changeOf(1, 6)]), { code: 'MILLRACE_STATE' })
    await t.rejects(store.delivered('x'), { code: 'MILLRACE_STATE' })
    const again = await place.open()
    t.equal([...again.loadShards(MAPPING).values()][0]?.state.mark, '5')
    await again.close()
  })

  t.test('a save of nothing is a save', async (t) => {
    const store = await (await createPlace(t)).open()
    await store.save([])
    t.equal(store.loadShards(MAPPING).size, 0)
    await store.close()
  })
}
