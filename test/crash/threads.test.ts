import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createEngine, type Engine } from '../../lib/index.ts'

const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
const RECORDS = 60
const KEY_SCHEMA = [{ AttributeName: 'id', KeyType: 'HASH' as const }]

/** One record in the middle has a deed to do; the others are harmless. */
function recordsWith(deed: string): object[] {
  return Array.from({ length: RECORDS }, (_, n) => {
    const id = { S: `key-${n % 20}` }
    const image = { id, n: { N: `${n}` }, ...(n === 25 ? { deed: { S: deed } } : {}) }
    return { dynamodb: { Keys: { id }, NewImage: image } }
  })
}

type Run = {
  readonly engine: Engine
  /** `{ deeds: ..., harmless: ... }`: ledgers of the two mappings. */
  readonly ledgers: Readonly<Record<string, ReturnType<Engine['ledger']>>>
  readonly errorTypes: readonly (string | undefined)[]
  readonly attempts: readonly number[]
}

/** Plays a deed beside a mapping that does nothing bad, to its end. */
async function play(
  t: Test,
  deed: string,
  concurrency: number,
  limits: object = { Timeout: 1 },
): Promise<Run> {
  const code = { Runtime: 'nodejs20.x', CodeUri: HANDLERS, Handler: 'hostile.handler' }
  const mapping = { StartingPosition: 'TRIM_HORIZON' as const, ParallelizationFactor: 4 }
  const engine = await createEngine({
    data: t.testdir(),
    streams: { deeds: { KeySchema: KEY_SCHEMA }, harmless: { KeySchema: KEY_SCHEMA } },
    functions: {
      deeds: { ...code, ...limits, PerExecutionEnvironmentMaxConcurrency: concurrency },
      harmless: code,
    },
    mappings: [
      { ...mapping, Stream: 'deeds', FunctionName: 'deeds', BatchSize: 1, MaximumRetryAttempts: 1 },
      { ...mapping, Stream: 'harmless', FunctionName: 'harmless', BatchSize: 10 },
    ],
    engine: { MaximumThreads: 2, RetryBackoff: { Base: '10ms', Maximum: '10ms' } },
  })
  t.teardown(() => engine.stop())
  await engine.start()
  await engine.stream('deeds').put(recordsWith(deed))
  await engine.stream('harmless').put(recordsWith(''))
  await engine.caughtUp()
  // The pool is whole again: what comes now is handled as if nothing had been.
  await engine.stream('deeds').put(recordsWith(''))
  await engine.caughtUp()
  const failed = [...engine.failedBatches()].map(({ failed }) => failed)
  return {
    engine,
    ledgers: Object.fromEntries(
      engine.status().map(({ settings, ledger }) => [settings.functionName, ledger]),
    ),
    errorTypes: failed.map(({ lastError }) => lastError?.errorType),
    attempts: failed.map(({ approximateInvokeCount }) => approximateInvokeCount),
  }
}

const DEADLY: readonly (readonly [deed: string, errorType: string, limits?: object])[] = [
  ['throws beside its answer', 'RangeError'],
  ['rejects unseen', 'Runtime.UnhandledPromiseRejection'],
  ['blocks', 'Sandbox.Timedout'],
  ['never answers', 'Sandbox.Timedout'],
  ['exits with 0', 'Runtime.ExitError'],
  ['exits with 7', 'Runtime.ExitError'],
  ['outgrows its heap', 'Runtime.ExitError', { Timeout: 60 }],
  ['removes all listeners', 'Error'],
  ['answers 100 MB', 'Function.ResponseSizeTooLarge', { Timeout: 60, MemorySize: 1024 }],
]

const HARMLESS = [
  'throws after its answer',
  'pollutes prototypes',
  'closes its port',
  'writes to its port',
  'changes its event',
]

t.setTimeout(180_000)

for (const concurrency of [1, 4]) {
  for (const [deed, errorType, limits] of DEADLY) {
    t.test(`a handler that ${deed}, ${concurrency} at a time`, async (t) => {
      const { ledgers, errorTypes, attempts } = await play(t, deed, concurrency, limits)
      t.match(ledgers, {
        deeds: { polled: 2 * RECORDS, delivered: 2 * RECORDS - 1, dropped: 1, inFlight: 0 },
        harmless: { polled: RECORDS, delivered: RECORDS, inFlight: 0 },
      })
      t.same(errorTypes, [errorType])
      t.same(attempts, [2], 'D27: its own attempts count, and nobody else’s')
    })
  }
  for (const deed of HARMLESS) {
    t.test(`a handler that ${deed}, ${concurrency} at a time`, async (t) => {
      const { ledgers } = await play(t, deed, concurrency)
      t.match(ledgers, {
        deeds: { polled: 2 * RECORDS, delivered: 2 * RECORDS, dropped: 0, inFlight: 0 },
        harmless: { polled: RECORDS, delivered: RECORDS, inFlight: 0 },
      })
      t.notOk('toJSON' in {}, 'the program is untouched')
    })
  }
  t.test(`a handler that breaks built-in objects, ${concurrency} at a time`, async (t) => {
    // What else fails in that environment fails by its own doing; but nothing is lost, and nobody else is concerned.
    const { ledgers } = await play(t, 'breaks built-in objects', concurrency)
    const { polled, delivered, dropped, inFlight } = ledgers['deeds']!
    t.match(
      { polled, inFlight, settled: delivered + dropped },
      {
        polled: 2 * RECORDS,
        inFlight: 0,
        settled: 2 * RECORDS,
      },
    )
    t.match(ledgers['harmless'], { polled: RECORDS, delivered: RECORDS, inFlight: 0 })
  })
}
