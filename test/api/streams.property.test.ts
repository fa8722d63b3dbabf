import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { attributes } from '../support/arbitrary-record.ts'
import { holds } from '../support/property.ts'
import { type ServedApi, serveApi } from '../support/served-api.ts'

const KEY = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] }

type Wire = {
  readonly eventName: string
  readonly dynamodb: {
    readonly Keys: { readonly id: { readonly S: string } }
    readonly SequenceNumber: string
  } & Readonly<Record<string, unknown>>
}

const record = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    NewImage: attributes,
    hasOld: fc.boolean(),
  })
  .map(({ id, NewImage, hasOld }) => ({
    eventName: hasOld ? 'MODIFY' : 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000,
      Keys: { id: { S: id } },
      NewImage,
      ...(hasOld ? { OldImage: NewImage } : {}),
    },
  }))

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ records: fc.array(record, { maxLength: 12 }) }),
  },
  { weight: 1, arbitrary: fc.record({ split: fc.nat(20) }) },
)

async function call(api: ServedApi, operation: string, request: object) {
  const headers = { 'x-amz-target': `DynamoDBStreams_20120810.${operation}` }
  const answer = await fetch(api.url, { method: 'POST', headers, body: JSON.stringify(request) })
  return (await answer.json()) as Readonly<Record<string, unknown>>
}

async function readShard(api: ServedApi, shard: object, limit: number): Promise<readonly Wire[]> {
  const start = { ...shard, ShardIteratorType: 'TRIM_HORIZON' }
  let { ShardIterator } = await call(api, 'GetShardIterator', start)
  const records: Wire[] = []
  while (ShardIterator !== undefined) {
    const page = await call(api, 'GetRecords', { ShardIterator, Limit: limit })
    const found = page['Records'] as readonly Wire[]
    if (found.length === 0) break
    records.push(...found)
    ShardIterator = page['NextShardIterator']
  }
  return records
}

function byKey<Record extends Pick<Wire, 'dynamodb'>>(
  records: readonly Record[],
): ReadonlyMap<string, readonly Record[]> {
  const keys = new Map<string, Record[]>()
  for (const record of records) {
    const id = record.dynamodb.Keys.id.S
    keys.set(id, [...(keys.get(id) ?? []), record])
  }
  return keys
}

t.test('what was put over HTTP is what GetRecords gives, in order per key', async (t) => {
  const api = await serveApi(t, t.testdir())
  let run = 0
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 1, max: 1000 }),
    async (steps, limit) => {
      const name = `orders-${++run}`
      const path = `${api.url}/millrace/streams/${name}`
      await fetch(path, { method: 'PUT', body: JSON.stringify({ ShardCount: 2, ...KEY }) })
      const stream = api.engine.stream(name)
      const put: Pick<Wire, 'eventName' | 'dynamodb'>[] = []
      for (const step of steps) {
        if ('split' in step) {
          const open = stream.shards().filter(({ status }) => status === 'OPEN')
          await stream.split(open[step.split % open.length]!.shardId)
          continue
        }
        const { records } = step
        const body = records.map((one) => JSON.stringify(one)).join('\n')
        const answer = await fetch(`${path}/records`, { method: 'POST', body })
        if (answer.status !== 200) throw new Error(await answer.text())
        put.push(...(JSON.parse(JSON.stringify(records)) as typeof put))
      }
      const found: Wire[] = []
      for (const { shardId: ShardId } of stream.shards())
        found.push(...(await readShard(api, { StreamArn: stream.streamArn, ShardId }, limit)))
      return isSame(put, found)
    },
  )
  await holds(t, property, { runs: 30, perFile: 1 })
})

function isSame(
  put: readonly Pick<Wire, 'eventName' | 'dynamodb'>[],
  found: readonly Wire[],
): boolean {
  const gotten = byKey(found)
  const given = byKey(put)
  if (gotten.size !== given.size) return false
  return [...given].every(([id, records]) => {
    const ours = gotten.get(id) ?? []
    const numbers = ours.map(({ dynamodb }) => dynamodb.SequenceNumber)
    const bare = ours.map(({ eventName, dynamodb }) => {
      const { SequenceNumber: _, SizeBytes: __, StreamViewType: ___, ...rest } = dynamodb
      return { eventName, dynamodb: rest }
    })
    return isDeepStrictEqual(bare, records) && isDeepStrictEqual(numbers.toSorted(), numbers)
  })
}
