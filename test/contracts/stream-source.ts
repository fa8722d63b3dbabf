import type { Test } from 'tap'
import { compareSequenceNumbers, type SequenceNumber, type ShardId } from '../../lib/core/ids.ts'
import { orderHash } from '../../lib/core/lane/lane-hash.ts'
import type { Page, ReadStart, ShardReader, StreamSource } from '../../lib/ports/stream-source.ts'

/** A source with one open shard, and hands to change it. */
export type SourceFixture = {
  readonly source: StreamSource
  readonly shardId: ShardId
  /** Puts one record for each partition key (an `S`), in this order; resolves when they may be read. */
  put(keys: readonly string[]): Promise<void>
  /** Closes the shard in favour of two children. */
  split(): Promise<void>
  /** Forgets all records put so far. */
  trimAll(): Promise<void>
  /** The partition key of a record of a page. */
  keyAt(page: Page, index: number): string
}

type Read = { readonly key: string; readonly sequenceNumber: SequenceNumber }

const FROM_START: ReadStart = { type: 'trim-horizon' }
const keys = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `key-${from + i}`)

async function drain(fixture: SourceFixture, reader: ShardReader): Promise<Read[]> {
  const found: Read[] = []
  for (;;) {
    const result = await reader.read()
    if (result.type !== 'page') return found
    const { page } = result
    for (let i = 0; i < page.count; i++) {
      found.push({ key: fixture.keyAt(page, i), sequenceNumber: page.sequenceNumberAt(i) })
    }
  }
}

/** What every `StreamSource` does. `create` makes a fresh one for each test. */
export function streamSourceContract(t: Test, create: (t: Test) => Promise<SourceFixture>): void {
  t.test('describes its shard', async (t) => {
    const { source, shardId } = await create(t)
    const description = await source.describe()
    t.ok(description.streamArn.includes(description.label))
    t.equal(description.status, 'ENABLED')
    t.same(
      description.shards.map((shard) => shard.shardId),
      [shardId],
    )
    t.equal(description.shards[0]?.endingSequenceNumber, undefined)
  })

  t.test('an open shard without records is empty', async (t) => {
    const { source, shardId } = await create(t)
    t.same(await source.openReader(shardId, FROM_START).read(), { type: 'empty' })
  })

  t.test(
    'gives all records in the order of the puts, with ascending sequence numbers',
    async (t) => {
      const fixture = await create(t)
      for (let i = 0; i < 40; i++) await fixture.put(keys(i * 3, i * 3 + 3))
      const reader = fixture.source.openReader(fixture.shardId, FROM_START)
      const found = await drain(fixture, reader)
      t.same(
        found.map(({ key }) => key),
        keys(0, 120),
      )
      const sorted = found.every(
        ({ sequenceNumber }, i) =>
          i === 0 || compareSequenceNumbers(found[i - 1]!.sequenceNumber, sequenceNumber) < 0,
      )
      t.ok(sorted)
      t.same(await reader.read(), { type: 'empty' })
    },
  )

  t.test('the columns of a page say what the records are', async (t) => {
    const fixture = await create(t)
    await fixture.put(['a', 'b', 'ü'])
    const result = await fixture.source.openReader(fixture.shardId, FROM_START).read()
    if (result.type !== 'page') throw new Error(`a page, got ${result.type}`)
    const { page } = result
    t.equal(page.count, 3)
    ;['a', 'b', 'ü'].forEach((key, i) => {
      t.equal(page.orderHashes[i], orderHash(`S:${key}`))
      t.ok(page.starts[i]! < page.ends[i]! && page.ends[i]! <= page.bytes.length)
      t.ok(page.jsonBytes[i]! > 100)
      t.ok(page.arrivedAt[i]! > 0)
    })
    t.ok(page.structureCount <= fixture.source.structures().length)
  })

  t.test('goes on after any record, in the middle of a page as well', async (t) => {
    const fixture = await create(t)
    await fixture.put(keys(0, 10))
    await fixture.put(keys(10, 12))
    const { source, shardId } = fixture
    const all = await drain(fixture, source.openReader(shardId, FROM_START))
    for (let i = 0; i < all.length; i++) {
      const { sequenceNumber } = all[i]!
      const rest = await drain(
        fixture,
        source.openReader(shardId, { type: 'after', sequenceNumber }),
      )
      t.same(rest, all.slice(i + 1))
    }
  })

  t.test('readers do not disturb one another', async (t) => {
    const fixture = await create(t)
    const { source, shardId } = fixture
    const early = source.openReader(shardId, FROM_START)
    await fixture.put(keys(0, 5))
    const late = source.openReader(shardId, FROM_START)
    t.equal((await drain(fixture, early)).length, 5)
    await fixture.put(keys(5, 9))
    const latest = source.openReader(shardId, { type: 'latest' })
    t.equal((await drain(fixture, early)).length, 4)
    t.equal((await drain(fixture, late)).length, 9)
    t.equal((await drain(fixture, latest)).length, 0)
  })

  t.test('latest is where the shard ends when the reader is opened', async (t) => {
    const fixture = await create(t)
    await fixture.put(['before'])
    const reader = fixture.source.openReader(fixture.shardId, { type: 'latest' })
    await fixture.put(['after'])
    t.same(
      (await drain(fixture, reader)).map(({ key }) => key),
      ['after'],
    )
  })

  t.test('a position beyond the end is refused, not waited for', async (t) => {
    const fixture = await create(t)
    const other = await create(t)
    await other.put(keys(0, 3))
    const ahead = await drain(other, other.source.openReader(other.shardId, FROM_START))
    const sequenceNumber = ahead[2]!.sequenceNumber
    const reader = fixture.source.openReader(fixture.shardId, { type: 'after', sequenceNumber })
    const result = await reader.read()
    t.match(result, { type: 'failed', failure: { type: 'refused' } })
  })

  t.test('a reader at the tip is woken once by the next put', async (t) => {
    const fixture = await create(t)
    const reader = fixture.source.openReader(fixture.shardId, FROM_START)
    t.same(await reader.read(), { type: 'empty' })
    let wakes = 0
    const woken = new Promise<void>((resolve) => {
      reader.onArrival?.(() => {
        wakes++
        resolve()
      })
    })
    await fixture.put(['a'])
    await woken
    await fixture.put(['b'])
    t.equal(wakes, 1)
    t.equal((await drain(fixture, reader)).length, 2)
  })

  t.test('a request to be woken can be taken back, and comes late without harm', async (t) => {
    const fixture = await create(t)
    const reader = fixture.source.openReader(fixture.shardId, FROM_START)
    let wakes = 0
    reader.onArrival?.(() => wakes++)()
    await fixture.put(['a'])
    t.equal(wakes, 0)
    // Records are there already: it is woken although no put follows.
    await new Promise<void>((resolve) => reader.onArrival?.(resolve))
    t.equal((await drain(fixture, reader)).length, 1)
  })

  t.test('a closed shard is read to its end, then says so; its children are listed', async (t) => {
    const fixture = await create(t)
    const { source, shardId } = fixture
    const waiting = source.openReader(shardId, { type: 'latest' })
    await waiting.read()
    const woken = new Promise<void>((resolve) => waiting.onArrival?.(resolve))
    await fixture.put(['a', 'b'])
    await woken
    const closing = new Promise<void>((resolve) => {
      void drain(fixture, waiting).then(() => waiting.onArrival?.(resolve))
    })
    await fixture.split()
    await closing
    t.same(await waiting.read(), { type: 'closed' })
    const reader = source.openReader(shardId, FROM_START)
    const found = await drain(fixture, reader)
    t.equal(found.length, 2)
    t.same(await reader.read(), { type: 'closed' })
    const { shards } = await source.describe()
    const parent = shards.find((shard) => shard.shardId === shardId)
    t.equal(parent?.endingSequenceNumber, found[1]?.sequenceNumber)
    const children = shards.filter((shard) => shard.parentShardId === shardId)
    t.equal(children.length, 2)
    for (const child of children) t.equal(child.endingSequenceNumber, undefined)
  })

  t.test(
    'a reader whose position is gone is told so, and goes on at the oldest record',
    async (t) => {
      const fixture = await create(t)
      const { source, shardId } = fixture
      await fixture.put(['a', 'b', 'c'])
      const [first] = await drain(fixture, source.openReader(shardId, FROM_START))
      const { sequenceNumber } = first!
      const reader = source.openReader(shardId, { type: 'after', sequenceNumber })
      await fixture.trimAll()
      await fixture.put(['d'])
      t.same(await reader.read(), { type: 'trimmed' })
      t.same(
        (await drain(fixture, reader)).map(({ key }) => key),
        ['d'],
      )
      const fresh = await drain(fixture, source.openReader(shardId, FROM_START))
      t.same(
        fresh.map(({ key }) => key),
        ['d'],
      )
    },
  )

  t.test('a closed reader fails, an unknown shard throws', async (t) => {
    const { source, shardId } = await create(t)
    const reader = source.openReader(shardId, FROM_START)
    await source.close()
    t.match(await reader.read(), { type: 'failed' })
    t.throws(() => source.openReader('shardId-none' as ShardId, FROM_START), {
      code: 'MILLRACE_SHARD_UNKNOWN',
    })
  })
}
