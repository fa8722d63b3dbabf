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
import { nowNs, Stamps } from './stamps.ts'
import { type Summary, summarize } from './statistics.ts'

const BATCH_SIZE = 100
const PUTS_PER_SECOND = 100
const WARM_UP_SECONDS = 2
/** Until an engine that has nothing to do polls as seldom as it ever will. */
const SETTLE_MS = 2000

type Medians = { readonly latency: number; readonly putItem: number }

/**
 * Median latency in each run, from the call of PutItem to the handler; and of PutItem itself, of which that is never
 * less than a part. @unit ms
 */
export async function sourceLatency(
  rig: SourceRig,
): Promise<{ readonly latency: Summary; readonly putItem: Summary }> {
  const { runs, signal, progress } = rig.context
  const medians: Medians[] = []
  for (let run = 1; run <= runs; run++) {
    signal.throwIfAborted()
    const sample = await measure(rig, `latency-${run}`)
    progress(`latency through DynamoDB Local, run ${run}: ${JSON.stringify(sample)}`)
    medians.push(sample)
  }
  return {
    latency: summarize(medians.map(({ latency }) => latency)),
    putItem: summarize(medians.map(({ putItem }) => putItem)),
  }
}

async function measure({ client, endpoint, context }: SourceRig, name: string): Promise<Medians> {
  await createTable(client, name)
  const directory = mkdtempSync(join(context.scratch, 'source-latency-'))
  const warmUp = WARM_UP_SECONDS * PUTS_PER_SECOND
  const stamps = Stamps.create(warmUp + context.seconds * PUTS_PER_SECOND)
  const use = { directory, batchSize: BATCH_SIZE, handler: 'stamp' } as const
  const putMs: number[] = []
  return withEngine(tableConfiguration(use, { endpoint, name }), 'durable', async (engine) => {
    await engine.start()
    await openLoop(stamps, PUTS_PER_SECOND, createItem, async (item, index) => {
      await client.call('PutItem', { TableName: name, Item: item })
      if (index >= warmUp) putMs.push((nowNs() - stamps.called[index]!) / 1e6)
    })
    await engine.caughtUp()
    auditLedger('latency through DynamoDB Local', stamps.count, engine.ledger())
    stamps.audit('latency through DynamoDB Local')
    return {
      latency: stamps.latency('called', warmUp).p50,
      putItem: summarize(putMs).median,
    }
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
