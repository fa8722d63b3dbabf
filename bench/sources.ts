import {
  type LoadedTable,
  loadTable,
  ServerMissing,
  type TableServer,
  warmUp,
  withServer,
} from './dynamodb/loaded-table.ts'
import { LANES } from './engine/configuration.ts'
import { drainTable } from './engine/drain-table.ts'
import { idleProcessor, tableLatency } from './engine/table-latency.ts'
import { bareHttpLoop } from './rivals/bare-http-loop.ts'
import { type Contest, versus } from './rivals/contest.ts'
import { openKcl } from './rivals/kcl/kcl.ts'
import { openSdkLoop } from './rivals/sdk-loop.ts'
import { openServerlessOffline } from './rivals/serverless-offline/serverless-offline.ts'
import { type BenchmarkContext, benchmark } from './suite/benchmark.ts'
import type { FigureRule, Measured } from './suite/figure.ts'

const BATCH_SIZE = 100
const TEN_MS = { behaviour: { waitMs: 10 }, invocationsPerThread: LANES } as const
/** Items for rivals that take seconds for them. */
const SLOW_RECORDS = 20_000
/** Items for a rival that reads 200 a second. */
const SLEEPY_RECORDS = 2000
const WARM_UP_RECORDS = 1000
const TUNED_INTERVAL_MS = 1
const KCL_IDLE_MS = 50
const KCL_IDLE_MS_DEFAULT = 1000
/** It reads a page a second whatever happens, and takes a minute for each run. */
const KCL_DEFAULT_RUNS_MAX = 2

const over = (rival: string, atLeast?: number): FigureRule => ({
  unit: 'x',
  meaning: `records/s of the engine by those of ${rival}, both draining the same table's stream, batches of ${BATCH_SIZE}`,
  ...(atLeast === undefined ? {} : { bound: { atLeast } }),
})

const FIGURES = {
  versusSource: over('a bare loop of GetRecords over HTTP', 0.9),
  versusSourceTenMs: {
    ...over('a bare loop of GetRecords over HTTP', 0.8),
    meaning:
      'the same with a handler that waits 10 ms for each batch, by the loop with one that does not wait',
  },
  versusSdkLoop: over('a bare loop with the AWS SDK', 2.2),
  versusServerless: over('serverless-offline-dynamodb-streams as installed', 100),
  versusServerlessTuned: over('serverless-offline-dynamodb-streams with readInterval 1', 3),
  versusKcl: over(`KCL 3 with the adapter for DynamoDB streams, idle ${KCL_IDLE_MS} ms`),
  sourcePutToHandlerP50: {
    unit: 'ms',
    meaning: 'from the call of PutItem to the handler, 100 puts/s: half of them',
    bound: { atMost: 5 },
  },
  sourceIdleProcessor: {
    unit: '%',
    meaning: 'of one processor, while the engine waits for records of a table',
    bound: { atMost: 2 },
  },
} as const satisfies Readonly<Record<string, FigureRule>>

type Name = keyof typeof FIGURES
type Some<Names extends Name> = Promise<Readonly<Record<Names, Measured>>>

/**
 * All contenders read the same server over the same protocol, so its own speed, which is most of what passes, drops out
 * of the ratios. The handler that waits 10 ms shares its thread with those of the other lanes, as one does that only
 * waits; how it goes with a thread for each is in the details. Rivals that start slowly are timed from their first batch
 * to their last, and so is the engine against them; the others from when reading is asked for.
 */
export const sources = benchmark({
  name: 'sources',
  question: 'How close does the engine come to what a real source gives, and how far are others?',
  figures: FIGURES,
  async run(context) {
    if (!context.java) return allMissing('left out by --no-java')
    try {
      const figures = context.smoke ? await smoke(context) : await everything(context)
      return { figures }
    } catch (error) {
      if (error instanceof ServerMissing) return allMissing(error.message)
      throw error
    }
  },
})

async function everything(context: BenchmarkContext): Some<Name> {
  return {
    ...(await withServer((server) => waiting(server, context))),
    ...(await withServer((server) => loops(server, context))),
    ...(await withServer((server) => serverless(server, context))),
    ...(await withServer((server) => kcl(server, context))),
  }
}

/** One server, and no rival that would have to be installed. */
async function smoke(context: BenchmarkContext): Some<Name> {
  const missing = { missing: 'left out by --smoke' }
  return withServer(async (server) => ({
    ...(await waiting(server, context)),
    ...(await loops(server, context)),
    versusServerless: missing,
    versusServerlessTuned: missing,
    versusKcl: missing,
  }))
}

async function waiting(
  server: TableServer,
  context: BenchmarkContext,
): Some<'sourcePutToHandlerP50' | 'sourceIdleProcessor'> {
  // A cold server would be busy compiling itself while it is asked how long it takes.
  await warmUp(await loadTable(server, { name: 'warm-up', recordCount: WARM_UP_RECORDS }, context))
  return {
    sourcePutToHandlerP50: await tableLatency(server, context),
    sourceIdleProcessor: await idleProcessor(server, context),
  }
}

async function loops(
  server: TableServer,
  context: BenchmarkContext,
): Some<'versusSource' | 'versusSourceTenMs' | 'versusSdkLoop'> {
  const table = await loadTable(
    server,
    { name: 'orders', recordCount: context.tableRecords },
    context,
  )
  await warmUp(table)
  const bare = { ...engineOn(table, context), open: async () => bareHttpLoop(context) }
  const tenMs = { ...bare, ...engineOn(table, context, TEN_MS) }
  const alone = {
    ...bare,
    ...engineOn(table, context, { ...TEN_MS, invocationsPerThread: 1 }),
  }
  return {
    versusSource: await versus(context, bare),
    versusSourceTenMs: withDetail(await versus(context, tenMs), {
      oneInvocationPerThread: await versus(context, alone),
    }),
    versusSdkLoop: await versus(context, {
      ...bare,
      open: () => openSdkLoop(server, context),
    }),
  }
}

async function serverless(
  server: TableServer,
  context: BenchmarkContext,
): Some<'versusServerless' | 'versusServerlessTuned'> {
  const load = (name: string, most: number) =>
    loadTable(server, { name, recordCount: Math.min(most, context.tableRecords) }, context)
  const table = await load('orders', SLOW_RECORDS)
  const few = await load('few-orders', SLEEPY_RECORDS)
  await warmUp(table)
  await warmUp(few)
  const contest = { ...engineOn(table, context), rate: 'handled' } as const
  return {
    versusServerlessTuned: await versus(context, {
      ...contest,
      open: () => openServerlessOffline({ readIntervalMs: TUNED_INTERVAL_MS }, context),
    }),
    versusServerless: await versus(context, {
      ...contest,
      rivalTable: few,
      open: () => openServerlessOffline({}, context),
    }),
  }
}

async function kcl(server: TableServer, context: BenchmarkContext): Some<'versusKcl'> {
  const recordCount = Math.min(SLOW_RECORDS, context.tableRecords)
  const table = await loadTable(server, { name: 'orders', recordCount }, context)
  await warmUp(table)
  const contest = (idleMs: number): Contest => ({
    ...engineOn(table, context),
    rate: 'handled',
    open: () => openKcl(table, { idleMs }, context),
  })
  const measured = await versus(context, contest(KCL_IDLE_MS))
  if ('missing' in measured) return { versusKcl: measured }
  const runs = Math.min(context.runs, KCL_DEFAULT_RUNS_MAX)
  const defaultIdle = await versus({ ...context, runs }, contest(KCL_IDLE_MS_DEFAULT))
  return { versusKcl: withDetail(measured, { defaultIdle }) }
}

const engineOn = (
  table: LoadedTable,
  context: BenchmarkContext,
  use: Partial<typeof TEN_MS> | { readonly invocationsPerThread: number } = {},
): Omit<Contest, 'open'> => ({
  table,
  rate: 'whole',
  engine: () => drainTable(table, { batchSize: BATCH_SIZE, ...use }, context),
})

const withDetail = (measured: Measured, more: Readonly<Record<string, Measured>>): Measured =>
  'missing' in measured ? measured : { ...measured, details: { ...measured.details, ...more } }

const allMissing = (missing: string) => ({
  figures: Object.fromEntries(
    Object.keys(FIGURES).map((name) => [name, { missing }]),
  ) as unknown as Readonly<Record<Name, Measured>>,
})
