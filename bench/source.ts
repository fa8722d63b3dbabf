import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { alternate } from './alternate.ts'
import { drainOverHttp } from './bare-http-loop.ts'
import { type EngineUse, LANES, tableConfiguration } from './configuration.ts'
import { startDynamoDbLocal } from './dynamodb-local.ts'
import { createTable, DynamoDbClient, fillTable, type Table } from './dynamodb-table.ts'
import { withEngine } from './engine-run.ts'
import { type Benchmark, type Figures, medianFigure, missingFigure } from './figure.ts'
import { auditCount, auditLedger } from './run-audit.ts'
import { idleProcessor, sourceLatency } from './source-latency.ts'
import type { SourceRig } from './source-rig.ts'
import { perSecond, type Summary, summarize } from './statistics.ts'
import { momentNow, Tally } from './tally.ts'

const BATCH_SIZE = 100
const DRAIN_MS_MAX = 300_000
const BOUNDS = {
  versusSource: { atLeast: 0.9 },
  versusSourceTenMs: { atLeast: 0.8 },
  sourcePutToHandlerP50: { atMost: 5 },
  sourceIdleProcessor: { atMost: 2 },
} as const
const UNITS = {
  versusSource: 'x',
  versusSourceTenMs: 'x',
  sourcePutToHandlerP50: 'ms',
  sourceIdleProcessor: '%',
} as const

/**
 * Figures of a DynamoDB stream, from DynamoDB Local: both contenders read the same server over the same protocol, so
 * its own speed, which is most of what passes, drops out of the ratios. The handler that waits 10 ms shares its thread
 * with those of the other lanes, as one does that only waits; how it goes with a thread for each is in the details.
 */
export const source: Benchmark = async (context) => {
  if (!context.java) return missing('left out by --no-java')
  let local: Awaited<ReturnType<typeof startDynamoDbLocal>>
  try {
    context.progress('starting DynamoDB Local')
    local = await startDynamoDbLocal()
  } catch (error) {
    return missing(`DynamoDB Local did not start: ${(error as Error).message.split('\n', 1)[0]}`)
  }
  const client = new DynamoDbClient(local.endpoint)
  try {
    const rig = { endpoint: local.endpoint, client, context }
    // Before the table is filled: the more DynamoDB Local holds, the longer each of its writes takes.
    const { latency, putItem } = await sourceLatency(rig)
    const idle = await idleProcessor(rig)
    return {
      ...(await throughput(rig)),
      sourcePutToHandlerP50: medianFigure(
        latency,
        { unit: UNITS.sourcePutToHandlerP50, bound: BOUNDS.sourcePutToHandlerP50 },
        { putItemP50: putItem },
      ),
      sourceIdleProcessor: medianFigure(idle, {
        unit: UNITS.sourceIdleProcessor,
        bound: BOUNDS.sourceIdleProcessor,
      }),
    }
  } finally {
    await client.close()
    await local.stop()
  }
}

async function throughput(rig: SourceRig): Promise<Figures> {
  const { client, context } = rig
  const { tableRecords } = context
  const table = await createTable(client, 'orders')
  context.progress(`writing ${tableRecords} items`)
  await fillTable(client, table, tableRecords)
  // The server's own code must be compiled before anything is timed.
  for (let i = 0; i < 2; i++) await drainOverHttp(client, table, tableRecords)
  const bare = {
    name: 'bare HTTP loop',
    run: () => drainOverHttp(client, table, tableRecords),
  }
  const engine = (handler: 'noop' | 'ten-ms', invocationsPerThread: number) => ({
    name: `engine, table, ${handler}, ${invocationsPerThread} at a time in a thread`,
    run: () => drainTable(rig, table, { handler, invocationsPerThread }),
  })
  const plain = await alternate(context, engine('noop', 1), bare)
  const tenMs = await alternate(context, engine('ten-ms', LANES), bare)
  const tenMsAlone = await alternate(context, engine('ten-ms', 1), bare)
  const details = (pairs: readonly (readonly [number, number])[]) => ({
    engineRecordsPerSecond: summarize(pairs.map(([ours]) => ours)),
    bareLoopRecordsPerSecond: summarize(pairs.map(([, theirs]) => theirs)),
  })
  const figure = (
    pairs: readonly (readonly [number, number])[],
    atLeast: number,
    more: Readonly<Record<string, Summary>> = {},
  ) =>
    medianFigure(
      summarize(pairs.map(([ours, theirs]) => ours / theirs)),
      { unit: 'x', bound: { atLeast } },
      { ...details(pairs), ...more },
    )
  return {
    versusSource: figure(plain, BOUNDS.versusSource.atLeast),
    versusSourceTenMs: figure(tenMs, BOUNDS.versusSourceTenMs.atLeast, {
      oneInvocationPerThread: summarize(tenMsAlone.map(([ours, theirs]) => ours / theirs)),
    }),
  }
}

/** @returns records per second, from the start to the last record's handler. @throws AuditFailure */
async function drainTable(
  { endpoint, context }: SourceRig,
  { name }: Table,
  how: Pick<EngineUse, 'handler' | 'invocationsPerThread'>,
): Promise<number> {
  const directory = mkdtempSync(join(context.scratch, 'source-'))
  const use = { directory, batchSize: BATCH_SIZE, ...how }
  const recordCount = context.tableRecords
  const tally = Tally.shared()
  return withEngine(tableConfiguration(use, { endpoint, name }), 'durable', async (engine) => {
    tally.reset({ first: 1, second: recordCount })
    await engine.start()
    const { atNs: begunNs } = momentNow()
    await engine.caughtUp({ signal: AbortSignal.timeout(DRAIN_MS_MAX) })
    auditCount(`engine, table, ${how.handler}`, recordCount)
    auditLedger(`engine, table, ${how.handler}`, recordCount, engine.ledger())
    return perSecond(recordCount, tally.moments().second.atNs - begunNs)
  })
}

const missing = (reason: string): Figures =>
  Object.fromEntries(
    (Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]).map((name) => [
      name,
      missingFigure(UNITS[name], BOUNDS[name], reason),
    ]),
  )
