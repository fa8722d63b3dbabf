import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { tableConfiguration } from './configuration.ts'
import { createTable } from './dynamodb-table.ts'
import { withEngine } from './engine-run.ts'
import { createItem } from './generator.ts'
import { openLoop } from './open-loop.ts'
import { auditLedger } from './run-audit.ts'
import type { SourceRig } from './source-rig.ts'
import { Stamps } from './stamps.ts'
import { type Summary, summarize } from './statistics.ts'

const BATCH_SIZE = 100
const PUTS_PER_SECOND = 100
const WARM_UP_SECONDS = 2
/** Until an engine that has nothing to do polls as seldom as it ever will. */
const SETTLE_MS = 2000

/** Median latency from the call of PutItem to the handler, in each run. @unit ms */
export async function sourceLatency(rig: SourceRig): Promise<Summary> {
  const { runs, signal, progress } = rig.context
  const samples: number[] = []
  for (let run = 1; run <= runs; run++) {
    signal.throwIfAborted()
    const p50 = await measure(rig, `latency-${run}`)
    progress(`put to handler through DynamoDB Local, run ${run}: p50 ${p50.toFixed(2)} ms`)
    samples.push(p50)
  }
  return summarize(samples)
}

async function measure({ client, endpoint, context }: SourceRig, name: string): Promise<number> {
  await createTable(client, name)
  const directory = mkdtempSync(join(context.scratch, 'source-latency-'))
  const warmUp = WARM_UP_SECONDS * PUTS_PER_SECOND
  const stamps = Stamps.create(warmUp + context.seconds * PUTS_PER_SECOND)
  const use = { directory, batchSize: BATCH_SIZE, handler: 'stamp' } as const
  return withEngine(tableConfiguration(use, { endpoint, name }), 'durable', async (engine) => {
    await engine.start()
    await openLoop(stamps, PUTS_PER_SECOND, (index) =>
      client.call('PutItem', { TableName: name, Item: createItem(index) }),
    )
    await engine.caughtUp()
    auditLedger('latency through DynamoDB Local', stamps.count, engine.ledger())
    stamps.audit('latency through DynamoDB Local')
    return stamps.latency('called', warmUp).p50
  })
}

/** Processor time of this process while an engine waits for records of a table, by the clock. @unit % of one processor */
export async function idleProcessor({ client, endpoint, context }: SourceRig): Promise<Summary> {
  const name = 'idle'
  await createTable(client, name)
  const directory = mkdtempSync(join(context.scratch, 'source-idle-'))
  const use = { directory, batchSize: BATCH_SIZE, handler: 'noop' } as const
  return withEngine(tableConfiguration(use, { endpoint, name }), 'durable', async (engine) => {
    await engine.start()
    await delay(SETTLE_MS)
    const samples: number[] = []
    for (let run = 1; run <= context.runs; run++) {
      context.signal.throwIfAborted()
      const before = process.cpuUsage()
      const begun = performance.now()
      await delay(context.seconds * 1000)
      const { user, system } = process.cpuUsage(before)
      samples.push((user + system) / 10 / (performance.now() - begun))
    }
    return summarize(samples)
  })
}
