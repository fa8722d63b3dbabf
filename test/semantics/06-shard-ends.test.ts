import t from 'tap'
import type { EngineRig } from '../support/engine-rig.ts'
import { drained, RigServer, startServerRig } from '../support/server-rig.ts'

const ofType = (rig: EngineRig, type: string) => rig.events.filter((event) => event.type === type)
/** Calls of DescribeStream that ask for children only. */
const childCalls = (server: RigServer) =>
  server.script.called('DescribeStream').filter(({ request }) => 'ShardFilter' in request)
const fullCalls = (server: RigServer) =>
  server.script.called('DescribeStream').filter(({ request }) => !('ShardFilter' in request))

t.test('§6.5: ResourceNotFound in the middle of a read is the end of the shard', async (t) => {
  const { rig, server, first } = await startServerRig({ settings: { batchSize: 1 } })
  server.script.recordsPerPage = 1
  server.put(['a', 'a'], first)
  await rig.drain()
  server.rotate(first, ['a'])
  server.shard(first).isGone = true
  t.same(await drained(t, rig), [1, 2, 3])
})

t.test('§6.5: ResourceNotFound at GetShardIterator is the end of the shard', async (t) => {
  const { rig, server, first } = await startServerRig()
  server.put(['a'], first)
  await rig.drain()
  await rig.stop()
  server.rotate(first, ['a'])
  server.shard(first).isGone = true
  await rig.start()
  t.same(await drained(t, rig), [1, 2])
  t.equal(server.script.called('GetShardIterator').length, 3)
})

t.test(
  '§6.3: ResourceNotFound of the stream itself is no end: nothing is passed over',
  async (t) => {
    const { rig, server, first } = await startServerRig()
    server.put(['a'], first)
    const message = `Requested resource not found: Stream: ${server.script.streamArn} not found`
    const gone = { type: 'error', status: 400, code: 'ResourceNotFoundException', message } as const
    server.script.inject('GetRecords', gone, gone)
    await rig.clock.until(() => ofType(rig, 'source-failed').length > 0, 5000)
    t.match(rig.mapping, {
      sourceFailure: { type: 'refused' },
      lastProcessingResult: /^PROBLEM: ResourceNotFound/,
    })
    t.equal(ofType(rig, 'shard-finished').length, 0)
    t.same(await drained(t, rig), [1])
  },
)

t.test(
  '§6.5: at shard end its children are asked for by ShardFilter, and the rest is not listed',
  async (t) => {
    const { rig, server, first } = await startServerRig()
    const before = fullCalls(server).length
    server.put(['a'], first)
    server.rotate(first, ['a'])
    await rig.clock.until(() => rig.calls.length === 2, 5000)
    t.same(
      childCalls(server).map(({ request }) => request['ShardFilter']),
      [{ Type: 'CHILD_SHARDS', ShardId: first }],
    )
    t.equal(fullCalls(server).length, before)
    t.same(await drained(t, rig), [1, 2])
  },
)

t.test(
  '§6.5: children that show up late are asked for again, and nobody is caught up before',
  async (t) => {
    const { rig, server, first } = await startServerRig()
    server.put(['a'], first)
    await rig.drain()
    const [child] = server.close(first, 1)
    server.shard(child!).unlisted = 6
    server.put(['a'], child!)
    await rig.clock.until(() => childCalls(server).length > 0, 5000)
    t.equal(rig.isCaughtUp, false)
    const began = rig.clock.now()
    await rig.clock.until(() => rig.calls.length === 2, 60_000)
    const waited = rig.clock.now() - began
    t.equal(childCalls(server).length, 7)
    // 50 + 100 + 200 + 400 + 800 + 1000 ms, each 20 % more or less.
    t.ok(waited > 0.8 * 2550 && waited < 1.2 * 2550 + 100, `${waited} ms`)
    t.same(await drained(t, rig), [1, 2])
  },
)

t.test('§6.5: a stop while children are looked for: the next start goes on looking', async (t) => {
  const { rig, server, first } = await startServerRig()
  const [child] = server.close(first, 1)
  server.shard(child!).unlisted = 5
  server.put(['a'], child!)
  await rig.clock.until(() => childCalls(server).length > 0, 5000)
  await rig.stop()
  t.equal([...rig.backing.shards.values()][0]!.state.finished, true)
  await rig.start()
  t.same(await drained(t, rig), [1])
})

t.test('§6.5: after 10 tries all shards are listed', async (t) => {
  const { rig, server, first } = await startServerRig()
  server.shard(first).isClosed = true
  const before = fullCalls(server).length
  await rig.clock.until(() => fullCalls(server).length > before + 1, 60_000)
  t.equal(childCalls(server).length, 10)
  t.same(await drained(t, rig), [])
})

t.test('§6.5: on any other error all shards are listed at once', async (t) => {
  for (const how of ['refused', 'unreachable', 'overlooked'] as const) {
    const { rig, server, first } = await startServerRig()
    server.put(['a'], first)
    server.rotate(first, ['a'])
    const error = { type: 'error', status: 400, code: 'ValidationException' } as const
    if (how === 'refused') server.script.inject('DescribeStream', error)
    if (how === 'unreachable') server.script.inject('DescribeStream', { type: 'drop' })
    if (how === 'overlooked') server.script.knowsShardFilter = false
    await rig.clock.until(() => rig.calls.length === 2, 5000)
    t.equal(childCalls(server).length, 1, how)
    t.same(await drained(t, rig), [1, 2], how)
  }
})

t.test('§6.5: TRIM_HORIZON begins with all listed ancestors', async (t) => {
  const server = new RigServer()
  const { rig } = server
  const first = server.open()
  const [left, right] = server.close(first, 2)
  const [last] = server.close(left!, 1)
  for (const shardId of [last!, right!, left!, first]) server.put(['a'], shardId)
  await rig.start()
  const delivered = await drained(t, rig)
  t.equal(delivered[0], 4)
  t.ok(delivered.indexOf(3) < delivered.indexOf(1))
  t.equal(delivered.length, 4)
})

t.test(
  '§6.5: LATEST holds for shards that are open at the start; every later child is read whole (D21)',
  async (t) => {
    const server = new RigServer({ settings: { startingPosition: 'LATEST' } })
    const { rig } = server
    const old = server.open()
    server.put(['a'], old)
    await server.passHours(4)
    const [open] = server.close(old, 1)
    server.put(['a'], open!)
    await server.passHours(1)
    await rig.start()
    server.put(['a'], open!)
    await rig.clock.advance(5000)
    await rig.stop()
    const [child] = server.close(open!, 1)
    server.put(['a'], child!)
    await server.passHours(1)
    server.put(['a'], child!)
    await rig.start()
    await rig.drain()
    t.same(
      rig.calls.flatMap(({ numbers }) => numbers),
      [3, 4, 5],
    )
    t.notOk(rig.events.some((event) => 'shardId' in event && event.shardId === old))
    await rig.stop()
  },
)

t.test('§6.5: a shard that is its own ancestor is told, and nothing of it is read', async (t) => {
  const { rig, server, first } = await startServerRig()
  server.put(['a'], first)
  await rig.drain()
  server.script.shards.push({ shardId: 'x', parentShardId: 'y', records: [] })
  server.script.shards.push({ shardId: 'y', parentShardId: 'x', records: [] })
  await rig.clock.advance(11_000)
  t.match(rig.mapping.sourceFailure, { type: 'refused', reason: /its own ancestor/ })
  server.script.shards = server.script.shards.filter(({ shardId }) => shardId === first)
  server.put(['a'], first)
  t.same(await drained(t, rig), [1, 2])
})
