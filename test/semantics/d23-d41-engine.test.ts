import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createEngine, type LibraryOptions } from '../../lib/index.ts'
import { temporaryDirectory } from '../support/embedded-fixture.ts'

const STREAMS = {
  orders: { ShardCount: 1, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] },
}
type Mapping = NonNullable<LibraryOptions['mappings']>[number]
type Seen = {
  readonly Records: readonly {
    readonly eventID: string
    readonly dynamodb: { readonly NewImage: { readonly number: { readonly N: string } } }
  }[]
}

const mapping = (more: Partial<Mapping> = {}): Mapping => ({
  Stream: 'orders',
  FunctionName: 'fn',
  StartingPosition: 'TRIM_HORIZON',
  ...more,
})

const record = (number: number, more: Record<string, unknown> = {}) => ({
  dynamodb: {
    Keys: { id: { S: `key-${number}` } },
    NewImage: { id: { S: `key-${number}` }, number: { N: String(number) }, ...more },
  },
})

/** An engine that is stopped at the end of the test. */
async function open(t: Test, options: LibraryOptions) {
  const engine = await createEngine({ streams: STREAMS, ...options })
  t.teardown(() => engine.stop())
  return engine
}

t.test('D23: caughtUp resolves when all that was put before is settled and durable', async (t) => {
  const data = temporaryDirectory(t)
  let seen = 0
  const count = (event: unknown) => {
    seen += (event as Seen).Records.length
  }
  const engine = await open(t, { data, functions: { fn: count }, mappings: [mapping()] })
  await engine.start()
  await engine.caughtUp()
  for (let i = 0; i < 20; i++) {
    await engine.stream('orders').put([record(i), record(1000 + i)])
    await engine.caughtUp()
    t.equal(seen, 2 * (i + 1))
    t.match(engine.ledger(), { delivered: seen, inFlight: 0 })
  }
})

t.test(
  'D23: it waits for retries and for the outbox, and rejects on abort and on stop',
  async (t) => {
    const data = temporaryDirectory(t)
    let failures = 2
    const fn = () => {
      if (failures-- > 0) throw new Error('not yet')
    }
    const engine = await open(t, { data, functions: { fn }, mappings: [mapping()] })
    await engine.start()
    await engine.stream('orders').put([record(1)])
    await engine.caughtUp()
    t.equal(failures, -1)
    failures = Number.POSITIVE_INFINITY
    await engine.stream('orders').put([record(2)])
    const abort = new AbortController()
    const aborted = engine.caughtUp({ signal: abort.signal })
    abort.abort()
    await t.rejects(aborted, { code: 'MILLRACE_ABORTED' })
    await t.rejects(engine.caughtUp({ signal: abort.signal }), { code: 'MILLRACE_ABORTED' })
    const waiting = engine.caughtUp()
    const rejected = t.rejects(waiting, { code: 'MILLRACE_ABORTED' })
    await engine.stop()
    await rejected
  },
)

t.test(
  'D35: eventID is the same at each delivery, after a retry and after a restart',
  async (t) => {
    const data = temporaryDirectory(t)
    const ids: string[] = []
    let failing = true
    const fn = (event: unknown) => {
      ids.push(...(event as Seen).Records.map(({ eventID }) => eventID))
      if (failing) throw new Error('not yet')
    }
    const options = { data, functions: { fn }, mappings: [mapping()] }
    const first = await open(t, options)
    await first.start()
    await first.stream('orders').put([record(1)])
    while (ids.length < 2) await new Promise((resolve) => setImmediate(resolve))
    await first.stop()
    failing = false
    const second = await open(t, options)
    await second.start()
    await second.caughtUp()
    t.ok(ids.length >= 3)
    t.equal(new Set(ids).size, 1)
    t.match(ids[0], /^[0-9a-f]{32}$/)
  },
)

t.test(
  'D34: a handler that cannot be loaded: the start is refused, nothing is consumed',
  async (t) => {
    const data = temporaryDirectory(t)
    const broken = { Runtime: 'nodejs20.x', CodeUri: data, Handler: 'nothing.handler' }
    const engine = await open(t, { data, functions: { fn: broken }, mappings: [mapping()] })
    await engine.stream('orders').put([record(1)])
    await t.rejects(engine.start(), { code: 'MILLRACE_HANDLER_UNLOADABLE' })
    await engine.stop()
    let seen = 0
    const fn = () => void seen++
    const mended = await open(t, { data, functions: { fn }, mappings: [mapping()] })
    await mended.start()
    await mended.caughtUp()
    t.equal(seen, 1)
  },
)

t.test(
  'D36: a file: destination is legal in the library, and gets the document with its payload',
  async (t) => {
    const data = temporaryDirectory(t)
    const file = join(data, 'failed.ndjson')
    const fn = () => {
      throw new Error('always')
    }
    const DestinationConfig = { OnFailure: { Destination: `file:${file}` } }
    const mappings = [mapping({ MaximumRetryAttempts: 0, DestinationConfig })]
    const engine = await open(t, { data, functions: { fn }, mappings })
    await engine.start()
    await engine.stream('orders').put([record(1), record(2)])
    await engine.caughtUp()
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    t.equal(lines.length, 1)
    const document = JSON.parse(lines[0]!)
    t.match(document.requestContext, {
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
    })
    t.equal(JSON.parse(document.payload).Records.length, 2)
    t.match(engine.ledger(), { sent: 2, dropped: 0 })
  },
)

t.test('D41: data in use is refused, and free again after a stop', async (t) => {
  const data = temporaryDirectory(t)
  const first = await open(t, { data })
  await t.rejects(createEngine({ data, streams: STREAMS }), { code: 'MILLRACE_DATA_IN_USE' })
  await first.stop()
  const second = await open(t, { data })
  await second.start()
})

t.test('contract §8: two engines live in one process', async (t) => {
  const seen: string[] = []
  const engines = await Promise.all(
    ['a', 'b'].map((name) =>
      open(t, {
        data: temporaryDirectory(t),
        functions: { fn: () => void seen.push(name) },
        mappings: [mapping()],
      }),
    ),
  )
  for (const engine of engines) await engine.start()
  for (const engine of engines) await engine.stream('orders').put([record(1)])
  for (const engine of engines) await engine.caughtUp()
  t.same(seen.sort(), ['a', 'b'])
})

/** What the handler `deadly` told, in its order. */
function journalOf(path: string): { numbers: number[]; requestId: string; does: string[] }[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function runDeadly(
  t: Test,
  what: 'exit' | 'block' | 'hang' | 'throw',
  more: { readonly settings?: Partial<Mapping>; readonly concurrency?: number } = {},
) {
  const data = temporaryDirectory(t)
  const JOURNAL = join(data, 'journal')
  const fn = {
    Runtime: 'nodejs20.x',
    CodeUri: 'test/fixtures/handlers',
    Handler: 'deadly.handler',
    Timeout: 1,
    Environment: { Variables: { JOURNAL } },
    PerExecutionEnvironmentMaxConcurrency: more.concurrency ?? 1,
  }
  const settings = {
    BatchSize: 1,
    MaximumRetryAttempts: 1,
    ParallelizationFactor: 4,
    ...more.settings,
  }
  const engine = await open(t, { data, functions: { fn }, mappings: [mapping(settings)] })
  await engine.start()
  const records = Array.from({ length: 12 }, (_, i) =>
    record(i + 1, i === 5 ? { do: { S: what } } : {}),
  )
  await engine.stream('orders').put(records)
  await engine.caughtUp()
  return { engine, journal: journalOf(JOURNAL), failed: [...engine.failedBatches()] }
}

const ENDS = [
  ['exit', 'Runtime.ExitError', /Runtime exited with error: exit status 3$/],
  ['block', 'Sandbox.Timedout', /Task timed out after 1\.00 seconds$/],
  ['hang', 'Sandbox.Timedout', /Task timed out after 1\.00 seconds$/],
  ['throw', 'TypeError', /^asked to$/],
] as const

for (const [what, errorType, errorMessage] of ENDS) {
  t.test(
    `D27, aws-semantics §9.3: a handler that does "${what}" failed; the others go on`,
    async (t) => {
      const { engine, journal, failed } = await runDeadly(t, what)
      t.match(engine.ledger(), { polled: 12, delivered: 11, dropped: 1, inFlight: 0, retries: 1 })
      const attempts = journal.filter(({ numbers }) => numbers.includes(6))
      t.equal(attempts.length, 2, 'retries + 1')
      t.equal(new Set(attempts.map(({ requestId }) => requestId)).size, 1, 'with one request id')
      t.equal(failed.length, 1)
      const [{ failed: batch } = { failed: undefined }] = failed
      t.match(batch, {
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
        recordCount: 1,
      })
      t.match(batch!.lastError, { errorType, errorMessage })
      t.equal(batch!.response!.functionError, 'Unhandled')
    },
  )
}

t.test('D27: with several invocations in one environment only a death alone counts', async (t) => {
  const settings = { MaximumRetryAttempts: 0 }
  const { engine, failed } = await runDeadly(t, 'exit', { settings, concurrency: 4 })
  t.match(engine.ledger(), { polled: 12, delivered: 11, dropped: 1, inFlight: 0 })
  t.same(
    failed.map(({ failed }) => JSON.parse(failed.payload).Records[0].dynamodb.NewImage.number.N),
    ['6'],
    'whoever ran beside it was not given up, though no retry is allowed',
  )
})

t.test('D27: with bisect the deadly record is found by halves', async (t) => {
  const settings = { BatchSize: 12, ParallelizationFactor: 1, BisectBatchOnFunctionError: true }
  const { engine, failed } = await runDeadly(t, 'exit', { settings })
  t.match(engine.ledger(), { polled: 12, delivered: 11, dropped: 1, splits: 4 })
  t.equal(failed[0]!.failed.recordCount, 1)
})

t.test('an engine that never started, or was stopped, says so', async (t) => {
  const engine = await open(t, { data: temporaryDirectory(t) })
  await t.rejects(engine.caughtUp(), { code: 'MILLRACE_STATE' })
  await engine.stop()
  await t.rejects(engine.start(), { code: 'MILLRACE_STATE' })
})
