import t from 'tap'
import type { EngineRig } from '../support/engine-rig.ts'
import { drained, RigServer, startServerRig } from '../support/server-rig.ts'

const ofType = (rig: EngineRig, type: string) => rig.events.filter((event) => event.type === type)

t.test('§6.5: a parent is read to its end before its children', async (t) => {
  const { rig, server, first } = await startServerRig({ settings: { parallelizationFactor: 2 } })
  server.put(['a', 'b', 'a'], first)
  const [left, right] = server.close(first, 2)
  server.put(['a'], left!)
  server.put(['b'], right!)
  t.same([...(await drained(t, rig))].sort(), [1, 2, 3, 4, 5])
})

t.test('§6.5: a parent may have exactly one child', async (t) => {
  const { rig, server, first } = await startServerRig()
  server.put(['a'], first)
  server.rotate(first, ['a'])
  t.same(await drained(t, rig), [1, 2])
})

t.test('§6.5: a listed parent with children is closed, also where it looks open', async (t) => {
  const { rig, server, first } = await startServerRig()
  server.put(['a', 'a'], first)
  const [child] = server.close(first, 1)
  server.shard(first).looksOpen = true
  server.put(['a'], child!)
  t.same(await drained(t, rig), [1, 2, 3])
})

t.test('§6.5: children that are listed early wait, while their parent gets more', async (t) => {
  const { rig, server, first } = await startServerRig()
  server.put(['a'], first)
  const [child] = [server.open(first)]
  server.put(['a'], child)
  await rig.clock.advance(30_000)
  t.same(rig.trace, '1', 'listed several times, and not begun')
  server.put(['a'], first)
  server.shard(first).isClosed = true
  t.same(await drained(t, rig), [1, 3, 2])
})

t.test('§6.5: a parent that is missing from the list counts as read', async (t) => {
  const server = new RigServer()
  const { rig } = server
  const first = server.open()
  server.rotate(first, ['a'])
  server.script.shards = server.script.shards.filter(({ shardId }) => shardId !== first)
  await rig.start()
  t.same(await drained(t, rig), [1])
})

t.test(
  '§6.5: a parent that vanishes from the list while it is read still comes first',
  async (t) => {
    const { rig, server, first } = await startServerRig({
      handler: () => rig.clock.after(60_000),
      timeoutSeconds: 900,
    })
    server.put(['a', 'a'], first)
    await rig.clock.advance(1000)
    server.rotate(first, ['a'])
    server.script.shardPages = () => [
      server.script.shards.filter(({ shardId }) => shardId !== first),
    ]
    t.same(await drained(t, rig), [1, 2, 3])
  },
)

t.test(
  '§6.5: pages of DescribeStream are no snapshot: a child whose parent a page lacks waits',
  async (t) => {
    const server = new RigServer()
    const { rig } = server
    const first = server.open()
    const [middle] = server.close(first, 1)
    const [last] = server.close(middle!, 1)
    for (const shardId of [first, middle!, last!]) server.put(['a'], shardId)
    const [a, b, c] = server.script.shards
    // Page two was made before the middle one was known, page one after.
    server.script.shardPages = (listing) => (listing % 2 === 1 ? [[a!], [c!]] : [[a!], [b!], [c!]])
    await rig.start()
    t.same(await drained(t, rig), [1, 2, 3])
  },
)

t.test('§6.5: shards close after 4 hours and one child takes over, for a day', async (t) => {
  const { rig, server, first } = await startServerRig({ settings: { parallelizationFactor: 3 } })
  let open = first
  const keys = ['a', 'b', 'c', 'd']
  for (let hours = 0; hours < 24; hours += 4) {
    server.put(keys, open)
    await server.passHours(4)
    const [child] = server.close(open, 1)
    // The old shard's records go after 24 hours, and the shard with them.
    server.put(keys, open === first ? child! : open)
    open = child!
  }
  const delivered = await drained(t, rig)
  t.equal(delivered.length, 48)
  t.equal(new Set(delivered).size, 48, 'each of them once')
  t.equal(ofType(rig, 'shard-finished').length, 6)
})

t.test('§6.5: the same over restarts, from where it stopped', async (t) => {
  const { rig, server, first } = await startServerRig()
  let open = first
  for (let round = 0; round < 6; round++) {
    server.put(['a', 'b'], open)
    await rig.drain()
    await rig.stop()
    const [child] = server.close(open, 1)
    server.put(['a', 'b'], open)
    open = child!
    await server.passHours(4)
    await rig.start()
  }
  t.same(
    await drained(t, rig),
    Array.from({ length: 24 }, (_, i) => i + 1),
  )
})

t.test(
  '§6.5: records go after 24 h: a shard is read from its oldest record, and that is told (D20)',
  async (t) => {
    const { rig, server, first } = await startServerRig()
    server.put(['a'], first)
    await rig.drain()
    await rig.stop()
    server.put(['a', 'a', 'a'], first)
    server.shard(first).trimmed = 3
    await server.passHours(25)
    await rig.start()
    await rig.drain()
    t.same(rig.trace, '1, 4')
    t.equal(ofType(rig, 'records-trimmed').length, 1)
    const { polled, delivered, inFlight } = rig.ledger()
    t.same([polled, delivered, inFlight], [2, 2, 0], 'what was trimmed is outside the ledger')
    await rig.stop()
  },
)

t.test(
  '§6.5: a shard whose records were all trimmed has gone with its children listed',
  async (t) => {
    const { rig, server, first } = await startServerRig()
    server.put(['a'], first)
    await rig.drain()
    await rig.stop()
    server.rotate(first, ['a'])
    server.script.shards = server.script.shards.filter(({ shardId }) => shardId !== first)
    await server.passHours(25)
    await rig.start()
    t.same(await drained(t, rig), [1, 2])
  },
)

t.test(
  '§6.3: a disabled stream stays readable to the end, with all its shards closed',
  async (t) => {
    const { rig, server, first } = await startServerRig()
    server.put(['a', 'a'], first)
    server.shard(first).isClosed = true
    server.script.status = 'DISABLED'
    t.same(await drained(t, rig), [1, 2])
    const calls = server.script.called('DescribeStream')
    t.equal(
      calls.filter(({ request }) => 'ShardFilter' in request).length,
      1,
      'no child is waited for',
    )
  },
)

t.test('§6.5: the leaves of a disabled stream are read though they look open', async (t) => {
  const server = new RigServer()
  const { rig } = server
  const first = server.open()
  server.put(['a'], first)
  server.script.status = 'DISABLED'
  await rig.start()
  t.same(await drained(t, rig), [1])
})

t.test(
  'D31: a new stream under the old table name: what is left of the old one comes first',
  async (t) => {
    const { rig, server, first } = await startServerRig({ settings: { batchSize: 1 } })
    server.put(['a'], first)
    await rig.drain()
    server.put(['a', 'a'], first)
    server.rotate(first, ['a'])
    await rig.stop()
    server.renew('2026-02-01T00:00:00.000')
    const renewed = server.open()
    server.put(['a', 'a'], renewed)
    await rig.start()
    t.same(await drained(t, rig), [1, 2, 3, 4, 5, 6])
  },
)

t.test('§6.3: an old stream that is gone does not keep the new one waiting', async (t) => {
  const { rig, server, first } = await startServerRig()
  server.put(['a'], first)
  await rig.drain()
  await rig.stop()
  server.script.isGone = true
  server.renew('2026-02-01T00:00:00.000')
  const renewed = server.open()
  server.put(['a'], renewed)
  await rig.start()
  t.same(await drained(t, rig), [1, 2])
})
