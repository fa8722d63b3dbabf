import fc from 'fast-check'
import t from 'tap'
import type { SequenceNumber, ShardId } from '../../../lib/core/ids.ts'
import type { ShardReader } from '../../../lib/ports/stream-source.ts'
import { FailedBatchSource } from '../../../lib/sources/failed-batches/failed-batch-source.ts'
import { RecordAllowance } from '../../../lib/sources/failed-batches/record-allowance.ts'
import { holds } from '../../support/property.ts'
import { STREAM, sequence } from '../../support/state-builders.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const SHARD = 'shardId-1' as ShardId

const payloadOf = (numbers: readonly number[]): string =>
  JSON.stringify({
    Records: numbers.map((n) => ({
      eventID: String(n),
      dynamodb: {
        ApproximateCreationDateTime: 1,
        Keys: { id: { S: `k${n % 3}` }, range: { N: String(n) } },
        SequenceNumber: `000${n}`,
      },
    })),
    shardId: 'a window has more members',
  })

/** A source over batches of these numbers, all in one shard. */
function sourceOf(
  batches: readonly (readonly number[])[],
  recordsPerSecond = Number.POSITIVE_INFINITY,
) {
  const clock = new VirtualClock()
  const loads: string[] = []
  const source = new FailedBatchSource({
    streamArn: STREAM,
    partitionKeyName: 'id',
    parents: {},
    batches: batches.map((numbers, i) => ({
      id: String(i),
      shardId: SHARD,
      firstSequenceNumber: sequence(numbers[0]!),
      lastSequenceNumber: sequence(numbers.at(-1)!),
    })),
    load: (id) => {
      loads.push(id)
      return payloadOf(batches[Number(id)]!)
    },
    allowance: new RecordAllowance(recordsPerSecond),
    clock,
  })
  return { source, clock, loads }
}

function readAll(reader: ShardReader): SequenceNumber[] {
  const read: SequenceNumber[] = []
  while (true) {
    const result = reader.read()
    if (result instanceof Promise || result.type === 'failed') throw new Error('it failed')
    if (result.type !== 'page') return read
    const { page } = result
    for (let i = 0; i < page.count; i++) {
      read.push(page.sequenceNumberAt(i))
      const body = Buffer.from(page.bytes.subarray(page.starts[i], page.ends[i])).toString()
      if ((JSON.parse(body) as { eventID: string }).eventID !== read.at(-1))
        throw new Error(`the body of ${read.at(-1)} is another's`)
    }
  }
}

t.test('any batches are one sequence without gaps and repeats, from any position', async (t) => {
  const arbitraryBatches = fc.array(
    fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
    { minLength: 1, maxLength: 8 },
  )
  const property = fc.property(arbitraryBatches, fc.integer({ min: 0, max: 60 }), (any, after) => {
    const batches = any.map((numbers) => numbers.sort((a, b) => a - b))
    const start =
      after === 0
        ? ({ type: 'trim-horizon' } as const)
        : ({ type: 'after', sequenceNumber: sequence(after) } as const)
    const { source } = sourceOf(batches)
    const read = readAll(source.openReader(SHARD, start))
    const wanted = [...new Set(batches.flat())].sort((a, b) => a - b).filter((n) => n > after)
    if (read.join() !== wanted.join()) throw new Error(`${read} of ${wanted}`)
  })
  await holds(t, property, { runs: 300, perFile: 1 })
})

t.test('shards are closed, in their order; payloads are loaded when they are needed', async (t) => {
  const { source, loads } = sourceOf([[7, 9], [1, 3], [20]])
  t.match(await source.describe(), {
    streamArn: STREAM,
    status: 'ENABLED',
    partitionKeyName: 'id',
    shards: [{ shardId: SHARD, startingSequenceNumber: '1', endingSequenceNumber: '20' }],
  })
  const reader = source.openReader(SHARD, { type: 'trim-horizon' })
  reader.read()
  t.same(loads, ['1'])
  t.same(readAll(source.openReader(SHARD, { type: 'after', sequenceNumber: sequence(9) })), ['20'])
  t.same(loads, ['1', '2'])
  t.throws(() => source.openReader('x' as ShardId, { type: 'trim-horizon' }), {
    code: 'MILLRACE_SHARD_UNKNOWN',
  })
  await source.close()
  t.match(reader.read(), { type: 'failed' })
})

t.test('order hashes follow the partition key, records are as old as their reading', (t) => {
  const { source, clock } = sourceOf([[1, 2, 4]])
  const result = source.openReader(SHARD, { type: 'trim-horizon' }).read()
  if (result instanceof Promise || result.type !== 'page') throw new Error('no page')
  const [first, second, third] = result.page.orderHashes
  t.equal(first, third)
  t.not(first, second)
  t.same([...result.page.arrivedAt], Array(3).fill(clock.now()))
  t.end()
})

t.test('what the rate does not allow yet is no end: it arrives', async (t) => {
  const { source, clock } = sourceOf([[1, 2, 3]], 1)
  const reader = source.openReader(SHARD, { type: 'trim-horizon' })
  t.match(reader.read(), { type: 'page', page: { count: 1 } })
  t.same(reader.read(), { type: 'empty' })
  let arrived = 0
  reader.onArrival!(() => arrived++)
  await clock.advance(999)
  t.equal(arrived, 0)
  await clock.advance(1)
  t.equal(arrived, 1)
  t.match(reader.read(), { type: 'page', page: { count: 1 } })
})

t.test('a batch that is gone or is no event fails the read, in words', (t) => {
  for (const [payload, reason] of [
    [undefined, /failed batch b is gone/],
    ['{"Records":[{}]}', /failed batch b: malformed/],
  ] as const) {
    const place = { firstSequenceNumber: sequence(1), lastSequenceNumber: sequence(2) }
    const source = new FailedBatchSource({
      streamArn: STREAM,
      parents: {},
      batches: [{ id: 'b', shardId: SHARD, ...place }],
      load: () => payload,
      allowance: new RecordAllowance(Number.POSITIVE_INFINITY),
      clock: new VirtualClock(),
    })
    const result = source.openReader(SHARD, { type: 'trim-horizon' }).read()
    t.match(result, { type: 'failed', failure: { type: 'refused', reason } })
  }
  t.end()
})
