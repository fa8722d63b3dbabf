import type { Test } from 'tap'
import { shardKey } from '../../lib/core/checkpoint/shard-key.ts'
import type { ShardState } from '../../lib/core/checkpoint/shard-state.ts'
import type { StreamArn } from '../../lib/core/ids.ts'
import type { StateStore } from '../../lib/ports/state-store.ts'
import {
  addressOf,
  changeOf,
  MAPPING,
  NEW_YEAR,
  OTHER_MAPPING,
  STREAM,
  sequence,
  stateOf,
} from '../support/state-builders.ts'
import { testDefinitionStore } from './definition-store.ts'
import { testFailedBatches, testOutbox } from './failed-batch-store.ts'
import { testRedriveStore } from './redrive-store.ts'
import type { StateStorePlace } from './state-store-place.ts'

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
  t.test('redrives', (t) => testRedriveStore(t, createPlace))
  t.test('definitions', (t) => testDefinitionStore(t, createPlace))
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
