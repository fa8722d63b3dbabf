import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openStreams, STREAM_SETTINGS } from './backlog.ts'
import { STREAM_NAME } from './configuration.ts'
import { type Benchmark, medianFigure } from './figure.ts'
import { createRecord, type GeneratedRecord } from './generator.ts'
import { AuditFailure } from './run-audit.ts'
import { nowNs } from './stamps.ts'
import { perSecond, summarize } from './statistics.ts'

const PUT_RECORDS = 500
const RECORDS = 200_000
/** A producer that does not wait for the disk before it prepares its next put. */
const PUTS_IN_FLIGHT = 4

/** `putThroughput`: puts of 500 records, each awaited until it is on disk before the next; overlapping ones in the details. */
export const put: Benchmark = async ({ scratch, runs, signal, progress }) => {
  const records = Array.from({ length: RECORDS }, (_, i) => createRecord(i))
  const sequential: number[] = []
  const overlapping: number[] = []
  for (let run = 0; run <= runs; run++) {
    signal.throwIfAborted()
    const one = await measure(scratch, records, 1)
    const several = await measure(scratch, records, PUTS_IN_FLIGHT)
    progress(`put, ${run === 0 ? 'warm-up' : `run ${run}`}: ${one}/s, ${several}/s overlapping`)
    if (run === 0) continue
    sequential.push(one)
    overlapping.push(several)
  }
  const putThroughput = medianFigure(
    summarize(sequential),
    { unit: 'records/s', bound: { atLeast: 150_000 } },
    { putsInFlight: PUTS_IN_FLIGHT, overlapping: summarize(overlapping) },
  )
  return { putThroughput }
}

/** @returns records per second. @throws AuditFailure where the stream has not taken all of them. */
async function measure(
  scratch: string,
  records: readonly GeneratedRecord[],
  inFlight: number,
): Promise<number> {
  const directory = mkdtempSync(join(scratch, 'put-'))
  const streams = await openStreams(directory)
  const stream = await streams.ensure(STREAM_NAME, STREAM_SETTINGS)
  const begunNs = nowNs()
  let next = 0
  const produce = async (): Promise<void> => {
    while (next < records.length) {
      const batch = records.slice(next, next + PUT_RECORDS)
      next += PUT_RECORDS
      await stream.put(batch)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, produce))
  const endedNs = nowNs()
  const stored = stream.shards[0]!.lastOrdinal
  await streams.close()
  rmSync(directory, { recursive: true })
  if (stored !== records.length)
    throw new AuditFailure(`put: ${stored} of ${records.length} records are stored`)
  return perSecond(records.length, endedNs - begunNs)
}
