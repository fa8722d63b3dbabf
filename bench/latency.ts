import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { embeddedConfiguration, STREAM_NAME } from './configuration.ts'
import { withEngine } from './engine-run.ts'
import { type Benchmark, type BenchmarkContext, medianFigure } from './figure.ts'
import { createRecord } from './generator.ts'
import { openLoop } from './open-loop.ts'
import { auditLedger } from './run-audit.ts'
import { type Latency, Stamps } from './stamps.ts'
import { summarize } from './statistics.ts'

const RECORDS_PER_SECOND = 10_000
const BATCH_SIZE = 100
/** Not counted: threads start, and for seconds after that the compiler takes a processor for itself. @unit s */
const WARM_UP_SECONDS = 10

type Sample = { readonly fromCall: Latency; readonly fromSchedule: Latency }

/**
 * `putToHandlerP50`, `putToHandlerP99`: from the call of `put` with one record until the handler has it, at an even
 * rate that does not wait for anything. From the scheduled time in the details: there the generator's own lateness,
 * which shares a thread with the engine, counts as well.
 */
export const latency: Benchmark = async (context) => {
  const samples: Sample[] = []
  for (let run = 1; run <= context.runs; run++) {
    context.signal.throwIfAborted()
    const sample = await measure(context)
    context.progress(`latency, run ${run}: ${JSON.stringify(sample.fromCall)}`)
    samples.push(sample)
  }
  const figure = (percentile: 'p50' | 'p99', atMost: number) =>
    medianFigure(
      summarize(samples.map(({ fromCall }) => fromCall[percentile])),
      { unit: 'ms', bound: { atMost } },
      { fromSchedule: summarize(samples.map(({ fromSchedule }) => fromSchedule[percentile])) },
    )
  return {
    putToHandlerP50: figure('p50', 1),
    putToHandlerP99: figure('p99', 5),
    putToHandlerMax: medianFigure(summarize(samples.map(({ fromCall }) => fromCall.max)), {
      unit: 'ms',
    }),
  }
}

async function measure({ scratch, seconds }: BenchmarkContext): Promise<Sample> {
  const directory = mkdtempSync(join(scratch, 'latency-'))
  const warmUp = WARM_UP_SECONDS * RECORDS_PER_SECOND
  const count = warmUp + seconds * RECORDS_PER_SECOND
  const stamps = Stamps.create(count)
  const configuration = embeddedConfiguration({
    directory,
    batchSize: BATCH_SIZE,
    handler: 'stamp',
  })
  return withEngine(configuration, 'durable', async (engine) => {
    await engine.start()
    const stream = engine.stream(STREAM_NAME)
    await openLoop(stamps, RECORDS_PER_SECOND, createRecord, (record) => stream.put([record]))
    await engine.caughtUp()
    auditLedger('latency', count, engine.ledger())
    stamps.audit('latency')
    return {
      fromCall: stamps.latency('called', warmUp),
      fromSchedule: stamps.latency('due', warmUp),
    }
  })
}
