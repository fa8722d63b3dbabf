import t from 'tap'
import { drained, ServerRig, startServerRig } from '../support/server-rig.ts'

const ofType = (rig: ServerRig, type: string) => rig.events.filter((event) => event.type === type)
/** Calls of DescribeStream that ask for children only. */
const childCalls = ({ server }: ServerRig) =>
  server.called('DescribeStream').filter(({ request }) => 'ShardFilter' in request)
const fullCalls = ({ server }: ServerRig) =>
  server.called('DescribeStream').filter(({ request }) => !('ShardFilter' in request))

t.test('§6.5: ResourceNotFound in the middle of a read is the end of the shard', async (t) => {
  const { rig, first } = await startServerRig({ settings: { batchSize: 1 } })
  rig.server.recordsPerPage = 1
  rig.put(['a', 'a'], first)
  await rig.drain()
  const [child] = rig.close(first, 1)
  rig.put(['a'], child!)
  rig.shard(first).isGone = true
  t.same(await drained(t, rig), [1, 2, 3])
})

t.test('§6.5: ResourceNotFound at GetShardIterator is the end of the shard', async (t) => {
  const { rig, first } = await startServerRig()
  rig.put(['a'], first)
  await rig.drain()
  await rig.stop()
  const [child] = rig.close(first, 1)
  rig.put(['a'], child!)
  rig.shard(first).isGone = true
  await rig.start()
  t.same(await drained(t, rig), [1, 2])
  t.equal(rig.server.called('GetShardIterator').length, 3)
})

t.test(
  '§6.3: ResourceNotFound of the stream itself is no end: nothing is passed over',
  async (t) => {
    const { rig, first } = await startServerRig()
    rig.put(['a'], first)
    const message = `Requested resource not found: Stream: ${rig.server.streamArn} not found`
    const gone = { type: 'error', status: 400, code: 'ResourceNotFoundException', message } as const
    rig.server.inject('GetRecords', gone, gone)
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
    const { rig, first } = await startServerRig()
    const before = fullCalls(rig).length
    rig.put(['a'], first)
    const [child] = rig.close(first, 1)
    rig.put(['a'], child!)
    await rig.clock.until(() => rig.calls.length === 2, 5000)
    t.same(
      childCalls(rig).map(({ request }) => request['ShardFilter']),
      [{ Type: 'CHILD_SHARDS', ShardId: first }],
    )
    t.equal(fullCalls(rig).length, before)
    t.same(await drained(t, rig), [1, 2])
  },
)

t.test(
  '§6.5: children that show up late are asked for again, and nobody is caught up before',
  async (t) => {
    const { rig, first } = await startServerRig()
    rig.put(['a'], first)
    await rig.drain()
    const [child] = rig.close(first, 1)
    rig.shard(child!).unlisted = 6
    rig.put(['a'], child!)
    await rig.clock.until(() => childCalls(rig).length > 0, 5000)
    t.equal(rig.isCaughtUp, false)
    const began = rig.clock.now()
    await rig.clock.until(() => rig.calls.length === 2, 60_000)
    const waited = rig.clock.now() - began
    t.equal(childCalls(rig).length, 7)
    // 50 + 100 + 200 + 400 + 800 + 1000 ms, each 20 % more or less.
    t.ok(waited > 0.8 * 2550 && waited < 1.2 * 2550 + 100, `${waited} ms`)
    t.same(await drained(t, rig), [1, 2])
  },
)

t.test('§6.5: a stop while children are looked for: the next start goes on looking', async (t) => {
  const { rig, first } = await startServerRig()
  const [child] = rig.close(first, 1)
  rig.shard(child!).unlisted = 5
  rig.put(['a'], child!)
  await rig.clock.until(() => childCalls(rig).length > 0, 5000)
  await rig.stop()
  t.equal([...rig.backing.shards.values()][0]!.state.finished, true)
  await rig.start()
  t.same(await drained(t, rig), [1])
})

t.test('§6.5: after 10 tries all shards are listed', async (t) => {
  const { rig, first } = await startServerRig()
  rig.shard(first).isClosed = true
  const before = fullCalls(rig).length
  await rig.clock.until(() => fullCalls(rig).length > before + 1, 60_000)
  t.equal(childCalls(rig).length, 10)
  t.same(await drained(t, rig), [])
})

t.test('§6.5: on any other error all shards are listed at once', async (t) => {
  for (const how of ['refused', 'unreachable', 'overlooked'] as const) {
    const { rig, first } = await startServerRig()
    rig.put(['a'], first)
    const [child] = rig.close(first, 1)
    rig.put(['a'], child!)
    const error = { type: 'error', status: 400, code: 'ValidationException' } as const
    if (how === 'refused') rig.server.inject('DescribeStream', error)
    if (how === 'unreachable') rig.server.inject('DescribeStream', { type: 'drop' })
    if (how === 'overlooked') rig.server.knowsShardFilter = false
    await rig.clock.until(() => rig.calls.length === 2, 5000)
    t.equal(childCalls(rig).length, 1, how)
    t.same(await drained(t, rig), [1, 2], how)
  }
})

t.test('§6.5: TRIM_HORIZON begins with all listed ancestors', async (t) => {
  const rig = new ServerRig()
  const first = rig.open()
  const [left, right] = rig.close(first, 2)
  const [last] = rig.close(left!, 1)
  for (const shardId of [last!, right!, left!, first]) rig.put(['a'], shardId)
  await rig.start()
  const delivered = await drained(t, rig)
  t.equal(delivered[0], 4)
  t.ok(delivered.indexOf(3) < delivered.indexOf(1))
  t.equal(delivered.length, 4)
})

t.test(
  '§6.5: LATEST holds for shards that are open at the start; every later child is read whole (D21)',
  async (t) => {
    const rig = new ServerRig({ settings: { startingPosition: 'LATEST' } })
    const old = rig.open()
    rig.put(['a'], old)
    await rig.passHours(4)
    const [open] = rig.close(old, 1)
    rig.put(['a'], open!)
    await rig.passHours(1)
    await rig.start()
    rig.put(['a'], open!)
    await rig.clock.advance(5000)
    await rig.stop()
    const [child] = rig.close(open!, 1)
    rig.put(['a'], child!)
    await rig.passHours(1)
    rig.put(['a'], child!)
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
  const { rig, first } = await startServerRig()
  rig.put(['a'], first)
  await rig.drain()
  rig.server.shards.push({ shardId: 'x', parentShardId: 'y', records: [] })
  rig.server.shards.push({ shardId: 'y', parentShardId: 'x', records: [] })
  await rig.clock.advance(11_000)
  t.match(rig.mapping.sourceFailure, { type: 'refused', reason: /its own ancestor/ })
  rig.server.shards = rig.server.shards.filter(({ shardId }) => shardId === first)
  rig.put(['a'], first)
  t.same(await drained(t, rig), [1, 2])
})
