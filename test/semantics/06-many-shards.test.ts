import type { DynamoDBStreamHandler } from 'aws-lambda'
import t from 'tap'
import { createEngine } from '../../lib/index.ts'
import { EngineRig } from '../support/engine-rig.ts'
import { drained, RigServer } from '../support/server-rig.ts'

const SHARDS = Array.from({ length: 300 }, (_, i) => `shard-${i}`)

const order = (n: number) => ({
  dynamodb: {
    Keys: { id: { S: `o-${n % 3000}` } },
    NewImage: { id: { S: `o-${n % 3000}` }, n: { N: `${n}` } },
  },
})

t.test(
  '1,000 embedded shards: what is put is delivered in order, also when each of them closes',
  async (t) => {
    const last = new Map<string, number>()
    const inverted: string[] = []
    const handler: DynamoDBStreamHandler = async ({ Records }) => {
      for (const { dynamodb } of Records) {
        const { id, n } = dynamodb!.NewImage!
        if (Number(n!.N) <= (last.get(id!.S!) ?? -1)) inverted.push(`${id!.S} ${n!.N}`)
        last.set(id!.S!, Number(n!.N))
      }
    }
    const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }]
    await using engine = await createEngine({
      data: t.testdir(),
      streams: { orders: { ShardCount: 1000, KeySchema } },
      functions: { handler },
      mappings: [{ Stream: 'orders', FunctionName: 'handler', StartingPosition: 'TRIM_HORIZON' }],
    })
    await engine.start()
    const stream = engine.stream('orders')
    await stream.put(Array.from({ length: 6000 }, (_, n) => order(n)))
    for (const { shardId } of stream.shards().slice(0, 50)) await stream.split(shardId)
    await stream.put(Array.from({ length: 6000 }, (_, n) => order(6000 + n)))
    await engine.caughtUp()
    await stream.close()
    await engine.caughtUp()
    t.same(inverted, [])
    t.equal(last.size, 3000)
    t.match(engine.ledger(), { delivered: 12_000, inFlight: 0 })
  },
)

t.test('shards that end together are planned together, not one by one', async (t) => {
  const rig = new EngineRig({ shards: SHARDS })
  let listings = 0
  const { source } = rig
  const describe = source.describe.bind(source)
  source.describe = () => {
    listings++
    return describe()
  }
  let loads = 0
  const { shards: stored } = rig.backing
  const all = stored[Symbol.iterator].bind(stored)
  stored[Symbol.iterator] = () => {
    loads++
    return all()
  }
  await rig.start()
  await rig.drain()
  listings = 0
  loads = 0
  for (const [i, shard] of SHARDS.entries()) {
    rig.split(shard, [`child-${i}`])
    rig.put(['a'], `child-${i}`)
  }
  t.equal((await drained(t, rig)).length, SHARDS.length)
  t.ok(listings < 50, `${listings} listings`)
  t.ok(loads < 50, `the states of all shards were read ${loads} times`)
  t.equal(rig.events.filter(({ type }) => type === 'shard-finished').length, SHARDS.length)
})

t.test(
  '§6.3: ten calls a second: shards that end together do not all ask for their children',
  async (t) => {
    const server = new RigServer()
    const { rig } = server
    const parents = Array.from({ length: 100 }, () => server.open())
    for (const shard of parents) server.put(['a'], shard)
    await rig.start()
    await rig.drain()
    server.script.calls.length = 0
    for (const shard of parents) server.put(['a'], server.close(shard, 1)[0]!)
    t.equal((await drained(t, rig)).length, 200)
    t.ok(server.script.called('DescribeStream').length < 30)
  },
)
