import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { nowNs } from './audit/handler-log.ts'
import { AuditFailure } from './audit/run-audit.ts'
import { BenchmarkDaemon } from './engine/benchmark-daemon.ts'
import { STREAM_NAME, streamOptions } from './engine/configuration.ts'
import { runMillrace } from './engine/millrace-command.ts'
import { openStreams, STREAM_SETTINGS } from './load/backlog.ts'
import { type GeneratedRecord, Workload } from './load/workload.ts'
import { drainBare } from './rivals/bare-loop.ts'
import { alternate } from './suite/alternate.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { perSecond, type Summary, summarize } from './suite/statistics.ts'

const RECORDS = 200_000
const RECORDS_SMOKE = 2000
/** Of small records fewer are put: each put waits for the disk. */
const PUTS_MAX = 1000
const PUTS_MAX_SMOKE = 20
const PUT_SIZES = [1, 10, 100, 500] as const
const LARGEST = 500
/** Of a producer that does not wait for the disk before it prepares its next put. */
const PUTS_IN_FLIGHT = 4
/** Records of an event when what was stored is read back. */
const EVENT_RECORDS = 500

/** Of one size of put. @unit records/s */
type Rates = { readonly alone: Summary; readonly overlapping: Summary }

/**
 * A put counts when it is on disk. Records are made before the clock starts; what was stored is read back when it has
 * stopped, and audited like any other run.
 */
export const ingest = benchmark({
  name: 'ingest',
  question: 'How fast does a stream take records?',
  figures: {
    putThroughput: {
      unit: 'records/s',
      meaning: `puts of ${LARGEST} records by a program, each on disk before the next one begins`,
      bound: { atLeast: 150_000 },
    },
    overlapping: {
      unit: 'records/s',
      meaning: `the same with ${PUTS_IN_FLIGHT} puts under way at any time`,
    },
    singlePuts: {
      unit: 'records/s',
      meaning: 'puts of one record, each on disk before the next one begins',
    },
    http: {
      unit: 'records/s',
      meaning: `lines sent to a daemon over HTTP, ${LARGEST} a request, ${PUTS_IN_FLIGHT} requests under way, each answered when it is on disk`,
      bound: { atLeast: 60_000 },
    },
    cliPut: {
      unit: 'records/s',
      meaning: '`millrace put` of a file of lines, from the start of the process to its end',
    },
  },
  async run(context) {
    const workload = new Workload({ seed: context.seed })
    const recordCount = context.smoke ? RECORDS_SMOKE : RECORDS
    const records = Array.from({ length: recordCount }, (_, i) => workload.record(i))
    const bySize = new Map<number, Rates>()
    for (const size of PUT_SIZES)
      bySize.set(size, await measureSize(context, { workload, records, size }))
    const bySizeOf = (way: keyof Rates) =>
      Object.fromEntries([...bySize].map(([size, rates]) => [size, rates[way]]))
    return {
      figures: {
        putThroughput: {
          summary: bySize.get(LARGEST)!.alone,
          details: { bySize: bySizeOf('alone') },
        },
        overlapping: {
          summary: bySize.get(LARGEST)!.overlapping,
          details: { bySize: bySizeOf('overlapping') },
        },
        singlePuts: { summary: bySize.get(1)!.alone },
        http: await measureHttp(context, { workload, records, size: LARGEST }),
        cliPut: await measureCommand(context, workload, records),
      },
      plots: [plotOf(bySize)],
    }
  },
})

const plotOf = (bySize: ReadonlyMap<number, Rates>): Plot => ({
  title: 'Records taken in a second, by records of a put',
  x: { label: 'records of a put', scale: 'log' },
  y: { label: 'records/s', scale: 'log' },
  series: (
    [
      ['one put after another', 'alone'],
      [`${PUTS_IN_FLIGHT} puts under way`, 'overlapping'],
    ] as const
  ).map(([name, way]) => ({
    name,
    points: [...bySize].map(([size, rates]) => [size, rates[way].median] as const),
  })),
})

/** What is put, in puts of `size` records. */
type Puts = {
  readonly workload: Workload
  readonly records: readonly GeneratedRecord[]
  readonly size: number
}

async function measureSize(
  context: BenchmarkContext,
  { workload, records, size }: Puts,
): Promise<Rates> {
  const putsMax = context.smoke ? PUTS_MAX_SMOKE : PUTS_MAX
  const puts = { workload, records: records.slice(0, putsMax * size), size }
  const contender = (name: string, inFlight: number) => ({
    name: `puts of ${size}, ${name}`,
    run: () => measurePuts(context, puts, inFlight),
  })
  const pairs = await alternate(
    context,
    contender('one after another', 1),
    contender('overlapping', PUTS_IN_FLIGHT),
  )
  return {
    alone: summarize(pairs.map(([alone]) => alone)),
    overlapping: summarize(pairs.map(([, overlapping]) => overlapping)),
  }
}

/** @returns records/s. @throws AuditFailure where the stream has not taken all of them, or not in order. */
async function measurePuts(
  context: BenchmarkContext,
  { workload, records, size }: Puts,
  inFlight: number,
): Promise<number> {
  const directory = mkdtempSync(join(context.scratch, 'ingest-'))
  const streams = await openStreams(directory)
  const stream = await streams.ensure(STREAM_NAME, STREAM_SETTINGS)
  const begunNs = nowNs()
  let next = 0
  const produce = async (): Promise<void> => {
    while (next < records.length) {
      const batch = records.slice(next, next + size)
      next += size
      await stream.put(batch)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, produce))
  const endedNs = nowNs()
  await streams.close()
  await drainBare({ directory, recordCount: records.length, workload }, EVENT_RECORDS, context)
  rmSync(directory, { recursive: true })
  return perSecond(records.length, endedNs - begunNs)
}

/** To a daemon in a process of its own. Requests are written before the clock starts. */
async function measureHttp(
  context: BenchmarkContext,
  { workload, records, size }: Puts,
): Promise<Measured> {
  const bodies = Array.from({ length: Math.ceil(records.length / size) }, (_, i) =>
    [...linesOf(records.slice(i * size, (i + 1) * size))].join(''),
  )
  const rates: number[] = []
  for (let run = context.smoke ? 1 : 0; run <= context.runs; run++) {
    context.signal.throwIfAborted()
    const directory = mkdtempSync(join(context.scratch, 'ingest-'))
    const tookNs = await sendAll(bodies, directory, context.signal)
    await drainBare({ directory, recordCount: records.length, workload }, EVENT_RECORDS, context)
    rmSync(directory, { recursive: true })
    const rate = perSecond(records.length, tookNs)
    context.progress(`over HTTP, ${run === 0 ? 'warm-up' : `run ${run}`}: ${rate}`)
    if (run > 0) rates.push(rate)
  }
  return { summary: summarize(rates), details: { records: records.length } }
}

/** @returns from the first request to the last answer. @unit ns */
async function sendAll(
  bodies: readonly string[],
  directory: string,
  signal: AbortSignal,
): Promise<number> {
  const daemon = await BenchmarkDaemon.start(directory, signal)
  try {
    const path = `/millrace/streams/${STREAM_NAME}`
    await daemon.send('PUT', path, JSON.stringify(streamOptions()))
    const begunNs = nowNs()
    let next = 0
    const produce = async (): Promise<void> => {
      while (next < bodies.length) await daemon.send('POST', `${path}/records`, bodies[next++]!)
    }
    await Promise.all(Array.from({ length: PUTS_IN_FLIGHT }, produce))
    return nowNs() - begunNs
  } finally {
    await daemon.stop()
  }
}

/** `millrace put`, as it is typed. */
async function measureCommand(
  context: BenchmarkContext,
  workload: Workload,
  records: readonly GeneratedRecord[],
): Promise<Measured> {
  const directory = mkdtempSync(join(context.scratch, 'ingest-'))
  const lines = join(directory, 'records.ndjson')
  await pipeline(Readable.from(linesOf(records)), createWriteStream(lines))
  const config = join(directory, 'millrace.json')
  writeFileSync(config, JSON.stringify({ Streams: { [STREAM_NAME]: streamOptions() } }))
  const rates: number[] = []
  for (let run = context.smoke ? 1 : 0; run <= context.runs; run++) {
    context.signal.throwIfAborted()
    const data = mkdtempSync(join(directory, 'data-'))
    const words = ['put', STREAM_NAME, lines, '--config', config, '--data', data]
    const { exitCode, stderr, ms } = await runMillrace(words, context.signal)
    if (exitCode !== 0) throw new AuditFailure(`millrace put exited with ${exitCode}: ${stderr}`)
    const stored = { directory: data, recordCount: records.length, workload }
    await drainBare(stored, EVENT_RECORDS, context)
    rmSync(data, { recursive: true })
    const rate = perSecond(records.length, ms * 1e6)
    context.progress(`millrace put, ${run === 0 ? 'warm-up' : `run ${run}`}: ${rate}`)
    if (run > 0) rates.push(rate)
  }
  rmSync(directory, { recursive: true })
  return { summary: summarize(rates), details: { records: records.length } }
}

function* linesOf(records: readonly GeneratedRecord[]): Generator<string> {
  for (let first = 0; first < records.length; first += LARGEST)
    yield records
      .slice(first, first + LARGEST)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join('')
}
