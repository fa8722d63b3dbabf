import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createEngine, type Engine, type InspectionEvent } from '../../lib/index.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { checkStory, readJournal } from './journal.ts'

const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
const UNWRITABLE = { code: 'MILLRACE_DATA_UNWRITABLE' }

const disk = mountSmallDisk(32)
if (typeof disk !== 'string') t.teardown(() => disk.unmount())
const skip = typeof disk === 'string' ? { skip: disk } : {}

type Setting = { readonly retries: number; readonly destination?: boolean }

/** An engine whose data is on the small disk; what its handler writes down is elsewhere. */
async function startEngine(t: Test, name: string, { retries, destination }: Setting) {
  const elsewhere = t.testdir({ gates: {} })
  const journal = join(elsewhere, 'journal')
  writeFileSync(journal, '')
  const folder = join((disk as SmallDisk).directory, name)
  mkdirSync(folder)
  const failed = join(folder, 'failed.ndjson')
  const engine = await createEngine({
    data: join(folder, 'data'),
    streams: { orders: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } },
    functions: {
      journal: {
        Runtime: 'nodejs20.x',
        CodeUri: HANDLERS,
        Handler: 'journal.handler',
        Timeout: 900,
        Environment: { Variables: { JOURNAL: journal, GATES: join(elsewhere, 'gates') } },
      },
    },
    mappings: [
      {
        Stream: 'orders',
        FunctionName: 'journal',
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 1,
        MaximumRetryAttempts: retries,
        ...(destination
          ? { DestinationConfig: { OnFailure: { Destination: `file:${failed}` } } }
          : {}),
      },
    ],
    engine: { RetryBackoff: { Base: '10ms', Maximum: '10ms' } },
  })
  t.teardown(() => engine.stop())
  await engine.start()
  const openGate = () => writeFileSync(join(elsewhere, 'gates', '0'), '')
  return { engine, journal, failed, openGate }
}

const recordOf = (n: number, poison?: string, textBytes = 100): object => {
  const id = { S: 'one-key' }
  const image = { id, n: { N: `${n}` }, text: { S: 'x'.repeat(textBytes) } }
  const poisoned = poison ? { ...image, poison: { S: poison } } : image
  return { dynamodb: { Keys: { id }, NewImage: poisoned } }
}

/** Resolves with the first event of this kind from now on. */
async function eventOf<Type extends InspectionEvent['type']>(
  engine: Engine,
  type: Type,
): Promise<Extract<InspectionEvent, { type: Type }>> {
  for await (const event of engine.inspect())
    if (event.type === type) return event as Extract<InspectionEvent, { type: Type }>
  throw new Error(`no ${type} before the engine stopped`)
}

function verify(t: Test, engine: Engine, journal: string, records: number) {
  const failed = [...engine.failedBatches()].map(({ failed }) => ({
    attempts: failed.approximateInvokeCount,
    records: (
      JSON.parse(failed.payload) as { Records: { dynamodb: { NewImage: { n: { N: string } } } }[] }
    ).Records.map(({ dynamodb }) => Number(dynamodb.NewImage.n.N)),
  }))
  const { violations } = checkStory({
    keys: Array.from({ length: records }, () => 'one-key'),
    journal: readJournal(journal),
    failed,
    ledger: engine.ledger(),
    // What was not saved is tried again by a poller that starts from the store.
    retriesMax: Number.POSITIVE_INFINITY,
    threadsDie: false,
    threadsAreShared: false,
  })
  t.same(violations, [])
  return failed
}

t.test(
  'full while records are put: refused, nothing of them stored, then it goes on',
  skip,
  async (t) => {
    const small = disk as SmallDisk
    const { engine, journal } = await startEngine(t, 'put', { retries: 0 })
    await engine.stream('orders').put([recordOf(0)])
    await engine.caughtUp()
    small.fill()
    const large = [recordOf(1, undefined, 900_000), recordOf(2, undefined, 900_000)]
    await t.rejects(engine.stream('orders').put(large), UNWRITABLE)
    await t.rejects(engine.stream('orders').put(large), UNWRITABLE, 'and again')
    small.empty()
    await engine.stream('orders').put(large)
    await engine.caughtUp()
    verify(t, engine, journal, 3)
  },
)

t.test(
  'full while batches fail and positions move: nothing is lost, and it resumes',
  skip,
  async (t) => {
    const small = disk as SmallDisk
    const { engine, journal, openGate } = await startEngine(t, 'save', { retries: 1 })
    const records = [
      recordOf(0, 'wait-0'),
      ...[1, 2, 3, 4].map((n) => recordOf(n, 'throw', 600_000)),
      ...Array.from({ length: 40 }, (_, i) => recordOf(5 + i)),
    ]
    await engine.stream('orders').put(records)
    small.fill()
    const failure = eventOf(engine, 'poller-failed')
    openGate()
    t.match((await failure).reason, /^cannot write to .*save.data: /)
    t.match(engine.status(), [{ lastProcessingResult: /^PROBLEM: cannot write to / }])
    t.ok(engine.ledger().inFlight > 0, 'it is alive, and knows what it owes')
    small.empty()
    await engine.caughtUp()
    t.match(engine.ledger(), { polled: 45, delivered: 41, dropped: 4, inFlight: 0 })
    const failed = verify(t, engine, journal, 45)
    t.same(
      failed.flatMap(({ records }) => records),
      [1, 2, 3, 4],
      'each once, payload and all',
    )
  },
)

t.test(
  'full under a file destination: the report is sent when there is room (D16)',
  skip,
  async (t) => {
    const small = disk as SmallDisk
    const setting = { retries: 0, destination: true }
    const { engine, journal, failed, openGate } = await startEngine(t, 'sent', setting)
    await engine.stream('orders').put([recordOf(0, 'wait-0'), recordOf(1, 'throw', 400_000)])
    small.fill()
    const failure = Promise.race([
      eventOf(engine, 'delivery-failed'),
      eventOf(engine, 'poller-failed'),
    ])
    openGate()
    t.match((await failure).reason, /cannot write to /)
    small.empty()
    await engine.caughtUp()
    t.match(engine.ledger(), { polled: 2, delivered: 1, sent: 1, inFlight: 0 })
    verify(t, engine, journal, 2)
    const lines = readFileSync(failed, 'utf8').trimEnd().split('\n')
    for (const line of lines) t.match(JSON.parse(line), { version: '1.0' }, 'no line is torn')
  },
)
