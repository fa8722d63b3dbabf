import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HandlerLog, nowNs } from '../audit/handler-log.ts'
import { auditLedger, auditLog } from '../audit/run-audit.ts'
import { createTable } from '../dynamodb/dynamodb-table.ts'
import type { TableServer } from '../dynamodb/loaded-table.ts'
import { openLoop, Timetable } from '../load/open-loop.ts'
import { Workload } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import type { Measured } from '../suite/figure.ts'
import { summarize } from '../suite/statistics.ts'
import { LatencyHistogram } from '../timing/latency-histogram.ts'
import { tableConfiguration } from './configuration.ts'
import { withEngine } from './drain.ts'

const BATCH_SIZE = 100
const PUTS_PER_SECOND = 100
/** Where it only has to work. @unit s */
const SMOKE_SECONDS = 0.5
const WARM_UP_SECONDS = 2
/** Until an engine that has nothing to do polls as seldom as it ever will. */
const SETTLE_MS = 2000

type Run = { readonly toHandler: LatencyHistogram; readonly putItem: LatencyHistogram }

/** From the call of PutItem to the handler; and of PutItem alone, which is a part of it. @throws AuditFailure */
export async function tableLatency(
  server: TableServer,
  context: BenchmarkContext,
): Promise<Measured> {
  const measured: Run[] = []
  for (let run = 1; run <= context.runs; run++) {
    context.signal.throwIfAborted()
    const sample = await measure(server, `latency-${run}`, context)
    const { p50, p99 } = sample.toHandler.latency
    context.progress(
      `latency through DynamoDB Local, run ${run}: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    )
    measured.push(sample)
  }
  const each = (value: (run: Run) => number) => summarize(measured.map(value))
  return {
    summary: each(({ toHandler }) => toHandler.at(50)),
    details: {
      p99: each(({ toHandler }) => toHandler.at(99)),
      putItemP50: each(({ putItem }) => putItem.at(50)),
      putItemP99: each(({ putItem }) => putItem.at(99)),
    },
  }
}

async function measure(
  { client, endpoint }: TableServer,
  name: string,
  context: BenchmarkContext,
): Promise<Run> {
  await createTable(client, name)
  const warmUp = (context.smoke ? SMOKE_SECONDS : WARM_UP_SECONDS) * PUTS_PER_SECOND
  const counted = (context.smoke ? SMOKE_SECONDS : context.seconds) * PUTS_PER_SECOND
  const timetable = new Timetable({ count: warmUp + counted, ratePerSecond: PUTS_PER_SECOND })
  const workload = new Workload({ seed: context.seed })
  const run: Run = { toHandler: new LatencyHistogram(), putItem: new LatencyHistogram() }
  const log = HandlerLog.create(timetable.count)
  const directory = mkdtempSync(join(context.scratch, 'table-latency-'))
  const configuration = tableConfiguration({ directory, batchSize: BATCH_SIZE }, { endpoint, name })
  await withEngine(configuration, 'durable', async (engine) => {
    await engine.start()
    await openLoop(timetable, {
      prepare: (index) => ({ index, item: workload.item(index) }),
      put: async ({ index, item }) => {
        await client.call('PutItem', { TableName: name, Item: item })
        if (index >= warmUp) run.putItem.record(nowNs() - timetable.calledNs(index))
      },
      signal: context.signal,
    })
    await engine.caughtUp()
    auditLedger(name, engine.ledger(), { delivered: timetable.count })
  })
  // Puts run beside one another: which of a key's comes first is the server's to say, so each is a key of its own here.
  const keyNumberOf = (index: number) => index
  context.audited(await auditLog(log, { name, recordCount: timetable.count, keyNumberOf }))
  for (const { begunNs, records } of log.invocations())
    for (const index of records)
      if (index >= warmUp) run.toHandler.record(begunNs - timetable.calledNs(index))
  return run
}

/** Processor time of this process while an engine waits for records of a table, by the clock. @unit % of one processor */
export async function idleProcessor(
  { client, endpoint }: TableServer,
  context: BenchmarkContext,
): Promise<Measured> {
  const name = 'idle'
  await createTable(client, name)
  const directory = mkdtempSync(join(context.scratch, 'table-idle-'))
  const configuration = tableConfiguration({ directory, batchSize: BATCH_SIZE }, { endpoint, name })
  const lookMs = (context.smoke ? SMOKE_SECONDS : context.seconds) * 1000
  return withEngine(configuration, 'durable', async (engine) => {
    await engine.start()
    await delay(context.smoke ? 0 : SETTLE_MS)
    const samples: number[] = []
    for (let run = 1; run <= context.runs; run++) {
      context.signal.throwIfAborted()
      const before = process.cpuUsage()
      const begunMs = performance.now()
      await delay(lookMs)
      const { user, system } = process.cpuUsage(before)
      samples.push((user + system) / 10 / (performance.now() - begunMs))
    }
    return { summary: summarize(samples) }
  })
}
