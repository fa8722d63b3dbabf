import { EventEmitter, once } from 'node:events'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createEngine, type LibraryOptions } from '../../lib/index.ts'
import { FORMAT_KEY } from '../../lib/state/lmdb/layout.ts'
import { openMeta } from '../../lib/state/lmdb/state-environment.ts'
import { startChild } from '../support/child-program.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const GOOD = 'export const handler = async () => {}'
const recordOf = (id: string, n: number): object => ({
  dynamodb: { Keys: { id: { S: id } }, NewImage: { n: { N: `${n}` } } },
})
const RECORDS = Array.from({ length: 50 }, (_, n) => recordOf(`k-${n % 7}`, n))

/** An engine in the test's folder, over one stream and one module function. */
function optionsIn(folder: string, handler = 'code.handler'): LibraryOptions {
  return {
    data: join(folder, 'data'),
    streams: { orders: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } },
    functions: { code: { Runtime: 'nodejs20.x', CodeUri: folder, Handler: handler, Timeout: 3 } },
    mappings: [{ Stream: 'orders', FunctionName: 'code', StartingPosition: 'TRIM_HORIZON' }],
  }
}

/** A folder with a good handler and records that nobody has read. */
async function prepared(t: Test): Promise<string> {
  const folder = t.testdir({ 'code.mjs': GOOD })
  await using engine = await createEngine(optionsIn(folder))
  await engine.stream('orders').put(RECORDS)
  return folder
}

/** Everything that was put is there, and is delivered. */
async function verifyNothingLost(t: Test, folder: string, records = 50): Promise<void> {
  await using engine = await createEngine(optionsIn(folder))
  await engine.start()
  await engine.caughtUp()
  t.match(engine.ledger(), { polled: records, delivered: records, inFlight: 0 }, 'nothing was lost')
}

const UNLOADABLE: readonly (readonly [what: string, source: string | undefined, reason: RegExp])[] =
  [
    [
      'a handler file that is missing',
      undefined,
      /^function code: Runtime\.ImportModuleError: Error: Cannot find module 'code' \(code\.handler in \/\S+\)$/,
    ],
    [
      'a syntax error',
      '// one\n\nexport const handler = async ( => {}',
      /UserCodeSyntaxError: SyntaxError: Unexpected token '=>' \(code\.handler in \/\S+, at code\.mjs:3\)$/,
    ],
    [
      'an import that is missing',
      'import "./nobody.mjs"\nexport const handler = async () => {}',
      /Cannot find module '\/\S+\/nobody\.mjs' imported from \/\S+\/code\.mjs/,
    ],
    ['a handler that is not exported', 'export const other = 1', /handler is undefined or not/],
    ['a handler that is no function', 'export const handler = 1', /is not a function/],
    [
      'code that throws while it loads',
      '\nthrow new Error("at load")',
      /^function code: Error: at load \(code\.handler in \/\S+, at code\.mjs:2\)$/,
    ],
    ['code that exits while it loads', 'process.exit(7)', /exit status 7/],
    [
      'code that fails late while it loads',
      'setImmediate(() => { throw new Error("late") }); await new Promise(() => setTimeout(() => {}, 60_000))',
      /late/,
    ],
  ]

for (const [what, source, reason] of UNLOADABLE) {
  t.test(`D34: ${what}: start() rejects, nothing is consumed`, async (t) => {
    const folder = await prepared(t)
    const file = join(folder, 'code.mjs')
    if (source === undefined) renameSync(file, `${file}.gone`)
    else writeFileSync(file, source)
    const engine = await createEngine(optionsIn(folder))
    await t.rejects(engine.start(), {
      code: 'MILLRACE_HANDLER_UNLOADABLE',
      message: reason,
      facts: { function: 'code' },
    })
    await engine.stop()
    writeFileSync(file, GOOD)
    await verifyNothingLost(t, folder)
  })
}

t.test('D34: a folder that is missing is named', async (t) => {
  const folder = await prepared(t)
  const options = optionsIn(folder)
  const CodeUri = join(folder, 'nowhere')
  const engine = await createEngine({
    ...options,
    functions: { code: { Runtime: 'nodejs20.x', CodeUri, Handler: 'code.handler' } },
  })
  await t.rejects(engine.start(), {
    message: `there is no such folder (code.handler in ${CodeUri})`,
  })
  await engine.stop()
  await verifyNothingLost(t, folder)
})

t.test('a source that cannot be reached: start() rejects and names it', async (t) => {
  const folder = t.testdir({ 'code.mjs': GOOD })
  const { streams: _, ...options } = optionsIn(folder)
  const engine = await createEngine({
    ...options,
    sources: { DynamoDB: { Endpoint: 'http://127.0.0.1:1', Region: 'us-east-1' } },
    mappings: [{ Table: 'orders', FunctionName: 'code', StartingPosition: 'TRIM_HORIZON' }],
  })
  await t.rejects(engine.start(), {
    code: 'MILLRACE_SOURCE_UNREACHABLE',
    message: /http:\/\/127\.0\.0\.1:1/,
  })
  await engine.stop()
})

t.test('data of a newer version is refused and untouched', async (t) => {
  const folder = await prepared(t)
  const meta = openMeta(join(folder, 'data'), 'write')
  const format = meta.getBinary(FORMAT_KEY)!
  await meta.put(FORMAT_KEY, Buffer.from('7'))
  await meta.close()
  await t.rejects(createEngine(optionsIn(folder)), {
    code: 'MILLRACE_DATA_VERSION',
    facts: { actual: 7 },
  })
  const again = openMeta(join(folder, 'data'), 'write')
  await again.put(FORMAT_KEY, format)
  await again.close()
  await verifyNothingLost(t, folder)
})

t.test('a second engine on the data is refused, in this process and in another', async (t) => {
  const folder = await prepared(t)
  const data = join(folder, 'data')
  const engine = await createEngine(optionsIn(folder))
  const inUse = { code: 'MILLRACE_DATA_IN_USE', facts: { pid: process.pid } }
  await t.rejects(createEngine(optionsIn(folder)), inUse)
  await engine.stop()
  const messages = new EventEmitter()
  const child = startChild({
    name: 'holding-child',
    arguments: [data],
    onMessage: (message) => messages.emit('message', message),
  })
  t.match(await once(messages, 'message'), [{ ready: child.process.pid }])
  await t.rejects(createEngine(optionsIn(folder)), {
    code: 'MILLRACE_DATA_IN_USE',
    facts: { pid: child.process.pid },
  })
  await child.kill()
  await verifyNothingLost(t, folder)
})

const PAGE_BYTES = 4096
const DAMAGES: readonly (readonly [what: string, spoil: (bytes: Buffer) => Buffer])[] = [
  ['cut off', (bytes) => bytes.subarray(0, 5000)],
  ['without its last page', (bytes) => bytes.subarray(0, -PAGE_BYTES)],
  ['its first pages zeroed', (bytes) => bytes.fill(0, 0, 2 * PAGE_BYTES)],
  ['its first pages overwritten', (bytes) => bytes.fill(0xa5, 0, 2 * PAGE_BYTES)],
  ['all pages but the first overwritten', (bytes) => bytes.fill(0xa5, 2 * PAGE_BYTES)],
  ['another file', () => Buffer.from('hello\n')],
]

for (const place of ['state', 'streams/orders'])
  t.test(`damaged data in ${place} is found and not believed; the backup is`, async (t) => {
    const folder = await prepared(t)
    const file = join(folder, 'data', place, 'data.mdb')
    const backup = readFileSync(file)
    for (const [what, spoil] of DAMAGES) {
      writeFileSync(file, spoil(Buffer.from(backup)))
      const opening = createEngine(optionsIn(folder))
      await t.rejects(opening, { code: 'MILLRACE_DATA_DAMAGED' }, what)
    }
    writeFileSync(file, backup)
    await verifyNothingLost(t, folder)
  })

t.test('a damaged stream is told and not skipped; the backup is read on', async (t) => {
  const folder = await prepared(t)
  await using second = await createEngine(optionsIn(folder))
  await second.stream('orders').put(RECORDS.map(() => recordOf('later', 1)))
  await second.stop()
  const file = join(folder, 'data', 'streams', 'orders', 'data.mdb')
  const backup = readFileSync(file)
  // The tip is looked at when the stream is opened, what comes before it when it is read.
  writeFileSync(file, spoilt(backup, 'later'))
  await t.rejects(createEngine(optionsIn(folder)), { code: 'MILLRACE_DATA_DAMAGED' })
  writeFileSync(file, spoilt(backup, 'k-3'))
  const engine = await createEngine(optionsIn(folder))
  const events = engine.inspect()
  await engine.start()
  for await (const event of events) {
    if (event.type !== 'source-failed') continue
    t.match(event.failure, { type: 'refused', reason: /damaged data/ })
    break
  }
  t.equal(engine.ledger().polled, 0)
  t.match(engine.status(), [{ lastProcessingResult: /^PROBLEM: damaged data/ }])
  await engine.stop()
  writeFileSync(file, backup)
  await verifyNothingLost(t, folder, 100)
})

/** A copy in which a text stands no more, wherever it stood. */
function spoilt(bytes: Buffer, text: string): Buffer {
  const copy = Buffer.from(bytes)
  for (let at = copy.indexOf(text); at >= 0; at = copy.indexOf(text))
    copy.fill('?', at, at + text.length)
  return copy
}

const disk = mountSmallDisk(16)
const skip = typeof disk === 'string' ? { skip: disk } : {}
if (typeof disk !== 'string') t.teardown(() => disk.unmount())

t.test('a directory that cannot be written to', skip, async (t) => {
  if (typeof disk === 'string') return
  const options = { ...optionsIn(t.testdir({ 'code.mjs': GOOD })), data: join(disk.directory, 'd') }
  disk.remount('ro')
  await t.rejects(createEngine(options), { code: 'MILLRACE_DATA_UNWRITABLE' })
  disk.remount('rw')
  await (await createEngine(options)).stop()
  t.ok(existsSync(join(disk.directory, 'd', 'state')))
  disk.remount('ro')
  await t.rejects(createEngine(options), { code: 'MILLRACE_DATA_UNWRITABLE' })
  disk.remount('rw')
})
