import { EventEmitter } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { listenForReload } from '../../lib/cli/reload-signal.ts'
import { createEngine, type LibraryOptions } from '../../lib/index.ts'
import { fromLibraryOptions } from '../../lib/settings/library-options.ts'
import { idsOf } from '../support/api-engine.ts'
import { RunningDaemon } from '../support/daemon.ts'
import { temporaryDirectory } from '../support/embedded-fixture.ts'
import { lambdaClient } from '../support/lambda-client.ts'

const STREAMS = { orders: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] } }
const toOne = { Stream: 'orders', FunctionName: 'one', StartingPosition: 'TRIM_HORIZON' } as const
const toTwo = { ...toOne, FunctionName: 'two' } as const

/** An engine that is brought from one configuration to the next, with two functions that write down what they get. */
async function openChanging(t: Test, first: Partial<LibraryOptions> = {}) {
  const seen = { one: [] as string[], two: [] as string[] }
  const functions = {
    one: (event: unknown) => void seen.one.push(...idsOf(event)),
    two: (event: unknown) => void seen.two.push(...idsOf(event)),
  }
  const base = { data: temporaryDirectory(t), streams: STREAMS, functions }
  const engine = await createEngine({ ...base, mappings: [toOne], ...first })
  t.teardown(() => engine.stop())
  await engine.start()
  let count = 0
  const put = (records: number) =>
    engine.stream('orders').put(
      Array.from({ length: records }, () => {
        const id = { S: `${count % 7}-${count++}` }
        return { dynamodb: { Keys: { id }, NewImage: { id } } }
      }),
    )
  const change = (options: Partial<LibraryOptions>) =>
    engine.reconfigure(fromLibraryOptions({ ...base, mappings: [toOne], ...options }))
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i % 7}-${i}`)
  return { engine, seen, put, change, numbers }
}

t.test(
  'mappings that change, come and go while records flow: none is lost, none comes twice',
  async (t) => {
    const { engine, seen, put, change, numbers } = await openChanging(t)
    const configurations: LibraryOptions['mappings'][] = [
      [{ ...toOne, BatchSize: 3 }, toTwo],
      [{ ...toOne, ParallelizationFactor: 4 }, toTwo],
      [{ ...toOne, ParallelizationFactor: 2, BatchSize: 2 }],
      [{ ...toOne, Enabled: false }],
      [toTwo, toOne],
    ]
    for (const mappings of configurations) {
      await Promise.all([put(50), change({ mappings: mappings! }), put(50)])
    }
    await engine.caughtUp()
    const all = numbers(500)
    t.same(seen.one.toSorted(), all.toSorted())
    t.same(seen.two.toSorted(), all.toSorted(), 'what was taken from the file went on where it was')
    t.equal(engine.ledger().delivered, 1000)
  },
)

t.test('in one lane order is kept through every change', async (t) => {
  const { engine, seen, put, change, numbers } = await openChanging(t)
  for (const BatchSize of [1, 10, 3, 100])
    await Promise.all([put(40), change({ mappings: [{ ...toOne, BatchSize }] }), put(40)])
  await engine.caughtUp()
  t.same(seen.one, numbers(320))
})

t.test('it says what is other now; the same configuration again changes nothing', async (t) => {
  const { engine, change } = await openChanging(t)
  const nothing = { streams: [], functions: [], mappings: { added: [], changed: [], removed: [] } }
  t.same(await change({}), nothing)
  const [{ UUID: one }] = engine.mappings.list() as unknown as [{ UUID: string }]
  const changed = await change({
    streams: { ...STREAMS, more: STREAMS.orders },
    mappings: [{ ...toOne, BatchSize: 5 }, toTwo],
  })
  const two = engine.mappings.list().find(({ FunctionArn }) => FunctionArn.endsWith(':two'))!.UUID
  t.same(changed, {
    streams: ['more'],
    functions: [],
    mappings: { added: [two], changed: [one], removed: [] },
  })
  t.equal(engine.mappings.get(one).BatchSize, 5)
  const fewer = await change({ mappings: [toTwo] })
  t.same(fewer.mappings, { added: [], changed: [], removed: [one] })
  t.throws(() => engine.mappings.get(one), {
    message: 'The resource you requested does not exist.',
  })
  t.match(engine.stream('more').streamArn, /more/)
})

t.test('what is wrong is refused as a whole, and the one before holds', async (t) => {
  const { engine, seen, put, change, numbers } = await openChanging(t)
  await put(3)
  const broken = { Runtime: 'nodejs20.x', CodeUri: t.testdir(), Handler: 'nothing.handler' }
  const functions = { one: () => {}, broken } as LibraryOptions['functions']
  const toBroken = { ...toOne, FunctionName: 'broken' }
  for (const [options, code] of [
    [{ engine: { MaximumThreads: 3 } }, 'MILLRACE_SETTING_REFUSED'],
    [{ data: temporaryDirectory(t) }, 'MILLRACE_SETTING_REFUSED'],
    [{ sources: { DynamoDB: { Endpoint: 'http://127.0.0.1:1' } } }, 'MILLRACE_SETTING_REFUSED'],
    [{ streams: { orders: { ShardCount: 9 } } }, 'MILLRACE_STREAM_CONFLICT'],
    [{ functions, mappings: [toBroken] }, 'MILLRACE_HANDLER_UNLOADABLE'],
  ] as const)
    await t.rejects(change(options as Partial<LibraryOptions>), { code }, code)
  await put(3)
  await engine.caughtUp()
  t.same(seen.one.toSorted(), numbers(6))
  t.equal(engine.mappings.list().length, 1)
})

t.test('a mapping that the API has made already is not made a second time', async (t) => {
  const { engine, change } = await openChanging(t)
  const EventSourceArn = engine.stream('orders').streamArn
  const { FunctionName, StartingPosition } = toTwo
  await engine.mappings.create({ EventSourceArn, FunctionName, StartingPosition })
  await t.rejects(change({ mappings: [toOne, toTwo] }), {
    code: 'MILLRACE_MAPPING_REFUSED',
    message: /provided mapping already exists/,
  })
  t.equal(engine.mappings.list().length, 2)
})

t.test('an engine that stops meanwhile lets nothing begin', async (t) => {
  const { engine, change } = await openChanging(t)
  const changing = change({ mappings: [toOne, toTwo] })
  const refused = t.rejects(changing, { code: /MILLRACE_(STATE|ABORTED)/ })
  await engine.stop()
  await refused
})

t.test('SIGHUP that comes before anybody listens to it is not lost', (t) => {
  const source = new EventEmitter() as NodeJS.Process
  const signal = listenForReload(source)
  let asked = 0
  source.emit('SIGHUP')
  signal.whenAsked(() => void asked++)
  t.equal(asked, 1)
  source.emit('SIGHUP')
  t.equal(asked, 2)
  signal[Symbol.dispose]()
  t.equal(source.listenerCount('SIGHUP'), 0)
  t.end()
})

t.test('SIGHUP: the daemon takes the file over, or says why not and goes on', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'millrace.json')
  const says = (word: string) => `export const handler = async () => console.log('${word}')\n`
  const of = (Handler: string, BatchSize: number) => ({
    Streams: STREAMS,
    Functions: { one: { Runtime: 'nodejs20.x', CodeUri: '.', Handler } },
    Mappings: [{ ...toOne, BatchSize }],
  })
  const daemon = await RunningDaemon.start(directory, {
    configuration: of('first.handler', 1),
    files: { 'first.mjs': says('the first'), 'second.mjs': says('the second') },
  })
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  const { EventSourceMappings } = await client.send(new ListEventSourceMappingsCommand({}))
  const { UUID } = EventSourceMappings![0]!
  const get = () => client.send(new GetEventSourceMappingCommand({ UUID }))
  writeFileSync(file, JSON.stringify(of('second.handler', 7)))
  daemon.signal('SIGHUP')
  await daemon.logs('"msg":"configuration read again"')
  t.match(
    daemon.log().find(({ msg }) => msg === 'configuration read again'),
    {
      functions: ['one'],
      mappings: { changed: [UUID] },
    },
  )
  t.match(await get(), { BatchSize: 7, State: 'Enabled' })
  const refusals = () => daemon.log().filter(({ msg }) => msg.startsWith('configuration refused'))
  const refused = async (count: number) => {
    daemon.signal('SIGHUP')
    await daemon.logs(new RegExp(`("msg":"configuration refused[^]*){${count}}`))
    return refusals().at(-1)
  }
  writeFileSync(file, JSON.stringify({ ...of('second.handler', 7), Mapings: [] }))
  t.match(await refused(1), { level: 50, code: 'MILLRACE_SETTING_UNKNOWN', reason: /Mapings/ })
  writeFileSync(file, '{')
  t.match(await refused(2), { code: 'MILLRACE_CONFIG_MALFORMED' })
  rmSync(file)
  t.match(await refused(3), { code: 'MILLRACE_CONFIG_UNREADABLE' })
  t.match(await get(), { BatchSize: 7, State: 'Enabled' })
  t.equal((await daemon.request('/readyz')).status, 200)
  t.equal((await daemon.stop()).status, 0)
})
