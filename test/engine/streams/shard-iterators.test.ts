import t from 'tap'
import { ShardIterators } from '../../../lib/engine/streams/shard-iterators.ts'
import { SYSTEM_RANDOM } from '../../../lib/engine/system-random.ts'
import { createMemoryStateStore } from '../../../lib/state/memory/memory-state-store.ts'

const POSITION = {
  streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/a.b-c/stream/2026-01-01T00:00:00.000',
  shardId: 'shardId-00000001767225600000-9e3779b1',
  ordinal: Number.MAX_SAFE_INTEGER,
  issuedAt: 1_767_225_600_000,
}

t.test('what was issued is read, by those who have the key of the data directory', async (t) => {
  const store = createMemoryStateStore()
  const iterators = await ShardIterators.open(store, SYSTEM_RANDOM)
  const iterator = iterators.issue(POSITION)
  t.same(iterators.maybePosition(iterator), POSITION)
  t.same((await ShardIterators.open(store, SYSTEM_RANDOM)).maybePosition(iterator), POSITION)
  const others = await ShardIterators.open(createMemoryStateStore(), SYSTEM_RANDOM)
  t.equal(others.maybePosition(iterator), undefined)
})

t.test('no change of it is taken for ours', async (t) => {
  const iterators = await ShardIterators.open(createMemoryStateStore(), SYSTEM_RANDOM)
  const iterator = iterators.issue(POSITION)
  for (let i = 0; i < iterator.length; i++) {
    // The last character of 43 carries bits that are no part of the signature.
    const changed = `${iterator.slice(0, i)}${iterator[i] === 'A' ? 'Q' : 'A'}${iterator.slice(i + 1)}`
    const read = iterators.maybePosition(changed)
    if (i < iterator.length - 1) t.equal(read, undefined, `character ${i}`)
  }
  for (const text of ['', '.', '||', iterator.slice(1), iterator.split('.').slice(0, -1).join('.')])
    t.equal(iterators.maybePosition(text), undefined)
})

t.test('a key that cannot be saved serves all the same', async (t) => {
  const store = {
    definitions: () => [],
    saveDefinitions: () => Promise.reject(new Error('the disk is full')),
  }
  const iterators = await ShardIterators.open(store, SYSTEM_RANDOM)
  t.match(iterators.maybePosition(iterators.issue(POSITION)), { ordinal: POSITION.ordinal })
})
