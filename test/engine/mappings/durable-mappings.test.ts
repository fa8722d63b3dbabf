import t, { type Test } from 'tap'
import { Engine } from '../../../lib/engine/engine.ts'
import type { LibraryOptions } from '../../../lib/index.ts'
import { fromLibraryOptions } from '../../../lib/settings/library-options.ts'
import { createMemoryStateBacking } from '../../../lib/state/memory/memory-state-backing.ts'
import { createMemoryStateStore } from '../../../lib/state/memory/memory-state-store.ts'
import { order, temporaryDirectory } from '../../support/embedded-fixture.ts'
import { serveStreams } from '../../support/fake-dynamodb-streams.ts'
import { ScriptedStreams, STREAM_ARN } from '../../support/scripted-streams.ts'

const STREAM = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] }

/** An engine whose mappings last as long as `backing`, in which writes fail where they are told to. */
async function openDurable(t: Test, options: LibraryOptions, backing = createMemoryStateBacking()) {
  const disk = { writesLeft: Number.POSITIVE_INFINITY }
  const beforeWrite = () => {
    if (disk.writesLeft-- <= 0) throw new Error('the disk is full')
  }
  const store = createMemoryStateStore({ backing, beforeWrite })
  const configuration = fromLibraryOptions(options)
  const engine = await Engine.open(configuration, { store, definitions: 'durable' })
  t.teardown(() => engine.stop())
  await engine.start()
  return { engine, disk, backing }
}

t.test('what cannot be saved is not answered, and changes nothing', async (t) => {
  const data = temporaryDirectory(t)
  const options = { data, streams: { orders: STREAM }, functions: { one: () => {}, two: () => {} } }
  const { engine, disk, backing } = await openDurable(t, options)
  const { mappings } = engine
  const input = {
    EventSourceArn: engine.stream('orders').streamArn,
    FunctionName: 'one',
    StartingPosition: 'TRIM_HORIZON',
    Tags: { team: 'a' },
  }
  const full = { message: /the disk is full/ }
  for (const writesLeft of [0, 1]) {
    disk.writesLeft = writesLeft
    await t.rejects(mappings.create(input), full)
    t.same(mappings.list(), [])
  }
  disk.writesLeft = Number.POSITIVE_INFINITY
  const { UUID, EventSourceMappingArn: arn } = await mappings.create(input)
  const before = mappings.get(UUID)
  disk.writesLeft = 0
  await t.rejects(mappings.update(UUID, { BatchSize: 7, FunctionName: 'two' }), full)
  await t.rejects(mappings.tags.add(arn, new Map([['team', 'b']])), full)
  await t.rejects(mappings.delete(UUID), full)
  t.same(mappings.get(UUID), before)
  t.same(mappings.tags.get(arn), { team: 'a' })
  disk.writesLeft = Number.POSITIVE_INFINITY
  t.match(await mappings.create({ ...input, FunctionName: 'two' }), { State: 'Creating' })
  await mappings.update(UUID, { BatchSize: 8 })
  await mappings.waitUntilUpdated(UUID)
  await engine.stop()
  const again = await openDurable(t, options, backing)
  t.equal(again.engine.mappings.list().length, 2, 'nothing of what was refused came to be')
  t.match(again.engine.mappings.get(UUID), { BatchSize: 8, State: 'Enabled' })
})

t.test('a server that starts after the engine: its mappings begin by themselves', async (t) => {
  const first = await serveStreams(new ScriptedStreams())
  const sources = { DynamoDB: { Endpoint: first.endpoint, Region: 'us-east-1' } }
  const options = { data: temporaryDirectory(t), sources, functions: { one: () => {} } }
  const { engine, backing } = await openDurable(t, options)
  const { UUID } = await engine.mappings.create({
    EventSourceArn: STREAM_ARN,
    FunctionName: 'one',
    StartingPosition: 'TRIM_HORIZON',
  })
  await engine.stop()
  await first.stop()
  const { engine: again } = await openDurable(t, options, backing)
  t.equal(again.mappings.get(UUID).State, 'Enabled')
  t.match(await again.mappings.waitUntilUpdated(UUID), {
    State: 'Enabled',
    LastProcessingResult: /^PROBLEM: .*127\.0\.0\.1/,
  })
  t.match(again.explain(UUID).mappings, [{ lastProcessingResult: /^PROBLEM/, shards: [] }])
  const caughtUp = again.caughtUp()
  const second = await serveStreams(new ScriptedStreams(), Number(new URL(first.endpoint).port))
  t.teardown(() => second.stop())
  await caughtUp
  t.equal(again.mappings.get(UUID).LastProcessingResult, 'No records processed')
})

t.test('one that waits for its server is deleted, and does not keep the engine', async (t) => {
  const server = await serveStreams(new ScriptedStreams())
  const sources = { DynamoDB: { Endpoint: server.endpoint, Region: 'us-east-1' } }
  const options = {
    data: temporaryDirectory(t),
    sources,
    functions: { one: () => {}, two: () => {} },
  }
  const { engine, backing } = await openDurable(t, options)
  const uuids: string[] = []
  for (const FunctionName of ['one', 'two']) {
    const input = { EventSourceArn: STREAM_ARN, FunctionName, StartingPosition: 'LATEST' }
    uuids.push((await engine.mappings.create(input)).UUID)
  }
  await engine.stop()
  await server.stop()
  const { engine: again } = await openDurable(t, options, backing)
  const { mappings } = again
  for (const uuid of uuids) await mappings.waitUntilUpdated(uuid)
  t.match(await mappings.delete(uuids[0]!), { State: 'Deleting' })
  t.equal(await mappings.waitUntilUpdated(uuids[0]!), undefined)
  t.equal(mappings.list().length, 1)
  t.match(await mappings.update(uuids[1]!, { Enabled: false }), { State: 'Disabling' })
  t.match(await mappings.waitUntilUpdated(uuids[1]!), { State: 'Disabled' })
  await again.caughtUp()
  await mappings.update(uuids[1]!, { Enabled: true })
  await mappings.waitUntilUpdated(uuids[1]!)
  await again.stop()
  t.equal(backing.definitions.size, 1)
})

t.test('many of former processes begin at once', async (t) => {
  const names = Array.from({ length: 20 }, (_, i) => `name-${i}`)
  const seen = new Set<string>()
  const functions = names.map((name) => [
    name,
    (event: unknown) => {
      for (const { eventSourceARN } of (event as { Records: { eventSourceARN: string }[] }).Records)
        seen.add(`${name} of ${eventSourceARN}`)
    },
  ])
  const streams = Object.fromEntries(names.map((name) => [name, STREAM]))
  const data = temporaryDirectory(t)
  const options = { data, streams, functions: Object.fromEntries(functions) }
  const { engine, backing } = await openDurable(t, options)
  const creating = names.flatMap((stream) =>
    names.map((FunctionName) => {
      const EventSourceArn = engine.stream(stream).streamArn
      return engine.mappings.create({ EventSourceArn, FunctionName, StartingPosition: 'LATEST' })
    }),
  )
  await Promise.all(creating)
  await engine.stop()
  const { engine: again } = await openDurable(t, options, backing)
  t.equal(again.mappings.list().length, 400)
  for (const name of names) await again.stream(name).put([order('a')])
  await again.caughtUp()
  t.equal(seen.size, 400)
  t.ok(again.mappings.list().every(({ State }) => State === 'Enabled'))
})

t.test('without it they end with their engine', async (t) => {
  const options = {
    data: temporaryDirectory(t),
    streams: { orders: STREAM },
    functions: { one: () => {} },
  }
  const backing = createMemoryStateBacking()
  const store = createMemoryStateStore({ backing })
  const engine = await Engine.open(fromLibraryOptions(options), { store })
  await engine.start()
  await engine.mappings.create({
    EventSourceArn: engine.stream('orders').streamArn,
    FunctionName: 'one',
    StartingPosition: 'LATEST',
  })
  await engine.stop()
  t.equal(backing.definitions.size, 0)
})

t.test('before the engine starts, a mapping of the configuration is being created', async (t) => {
  const engine = await Engine.open(
    fromLibraryOptions({
      data: temporaryDirectory(t),
      streams: { orders: STREAM },
      functions: { one: () => {}, two: () => {} },
      mappings: [
        { Stream: 'orders', FunctionName: 'one', StartingPosition: 'LATEST' },
        { Stream: 'orders', FunctionName: 'two', StartingPosition: 'LATEST', Enabled: false },
      ],
    }),
  )
  const states = () => engine.mappings.list().map(({ State }) => State)
  t.same(states(), ['Creating', 'Disabled'])
  await engine.start()
  t.same(states(), ['Enabled', 'Disabled'])
  await engine.stop()
})
