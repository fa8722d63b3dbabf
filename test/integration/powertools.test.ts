import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createEngine } from '../../lib/index.ts'
import { Tables, type WireRecord } from './tables.ts'

const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))

/** One invocation, as the handler saw it. */
type Line = {
  readonly sequenceNumbers: readonly string[]
  /** What powertools answered. */
  readonly failed?: readonly string[]
  /** It threw instead: every record had failed. */
  readonly thrown?: string
}

const RETRIES = 2
const COUNT = 150
const isPoison = (n: number) => [0, 17, 18, 60, 149].includes(n)

const sequenceOf = ({ dynamodb }: WireRecord) => dynamodb.SequenceNumber

t.test('§4.4 [D]: processPartialResponse of powertools works as it is, with bisect', async (t) => {
  const tables = await Tables.start(t)
  const journal = join(tables.folder, 'journal.ndjson')
  const streamArn = await tables.create('orders')
  const items = Array.from({ length: COUNT }, (_, n) => ({
    id: { S: `o-${n}` },
    ...(isPoison(n) ? { poison: { BOOL: true } } : {}),
  }))
  for (let at = 0; at < COUNT; at += 25) {
    const requests = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }))
    await tables.write('orders', requests)
  }
  const records = await tables.records(streamArn)
  const poison = records.filter(({ dynamodb }) => dynamodb.NewImage!['poison']).map(sequenceOf)
  t.equal(poison.length, 5)

  await using engine = await createEngine({
    data: join(tables.folder, 'data'),
    sources: tables.sources,
    functions: {
      powertools: {
        Runtime: 'nodejs20.x',
        CodeUri: HANDLERS,
        Handler: 'powertools.handler',
        Timeout: 30,
        Environment: { Variables: { JOURNAL: journal } },
      },
    },
    mappings: [
      {
        Table: 'orders',
        FunctionName: 'powertools',
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 20,
        ParallelizationFactor: 3,
        MaximumRetryAttempts: RETRIES,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    ],
    engine: { RetryBackoff: { Base: '10ms', Maximum: '100ms' } },
  })
  await engine.start()
  await engine.caughtUp()

  const lines = readFileSync(journal, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  t.match(engine.ledger(), { polled: COUNT, delivered: COUNT - 5, dropped: 5, inFlight: 0 })

  const handled = lines.flatMap(({ sequenceNumbers, failed, thrown }) =>
    thrown ? [] : sequenceNumbers.filter((one) => !failed!.includes(one)),
  )
  const healthy = records.map(sequenceOf).filter((one) => !poison.includes(one))
  t.strictSame([...new Set(handled)].sort(), [...healthy].sort(), 'all others are handled')

  const partial = lines.filter(({ failed }) => failed?.length)
  t.ok(partial.length > 0, 'some batches failed in part')
  for (const one of poison) {
    const alone = lines.filter(({ sequenceNumbers }) => `${sequenceNumbers}` === one)
    t.same(
      alone.map(({ thrown }) => thrown),
      Array(RETRIES + 1).fill('FullBatchFailureError'),
      'alone at last, it runs out of its retries',
    )
  }

  const failed = [...engine.failedBatches()].map((stored) => stored.failed)
  t.strictSame(
    failed.map(({ firstSequenceNumber }) => BigInt(firstSequenceNumber)).sort(),
    poison.map(BigInt).sort(),
  )
  for (const batch of failed) {
    t.match(batch, {
      condition: 'RetryAttemptsExhausted',
      recordCount: 1,
      approximateInvokeCount: RETRIES + 1,
      lastError: { errorType: 'FullBatchFailureError' },
    })
    t.equal(batch.lastSequenceNumber, batch.firstSequenceNumber)
    const { Records } = JSON.parse(batch.payload) as { Records: readonly WireRecord[] }
    const [wire] = records.filter((one) => one.eventID === Records[0]!.eventID)
    t.strictSame(Records, [{ ...wire!, eventSourceARN: streamArn }], 'its payload is the record')
  }
})
