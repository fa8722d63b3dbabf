import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { WINDOW_STATE_BYTES_MAX } from '../lib/core/limits.ts'
import type { Findings } from './audit/check-log.ts'
import { AuditFailure } from './audit/run-audit.ts'
import { drainWithEngine } from './engine/drain.ts'
import { createState } from './handlers/window-state.ts'
import { type Backlog, STREAM_SETTINGS, writeBacklog } from './load/backlog.ts'
import { Workload } from './load/workload.ts'
import { saveStates, writePlain } from './micro/window-states.ts'
import { alternate } from './suite/alternate.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { summarize } from './suite/statistics.ts'

/** Shards whose windows are open at the same time. */
const SHARDS = 8
const BATCH_SIZE = 50
/** All shards together; in each about a hundred, so that a window has two or three invocations and a final one. */
const RECORDS_OF_SECOND = 800
const FIRST_SECOND = 1_700_000_000
const ROUNDS = 40
const ROUNDS_SMOKE = 2
const SECONDS_SMOKE = 2
const MEBIBYTE = 1024 * 1024

/** By the bytes of the state: how many windows of a second length each shard has. */
const SIZES = [
  { name: '1 KB', bytes: 1024, seconds: 100 },
  { name: '100 KB', bytes: 100 * 1024, seconds: 40 },
  { name: '1 MB', bytes: WINDOW_STATE_BYTES_MAX, seconds: 10 },
] as const
type Size = (typeof SIZES)[number]

const windowsWith = (size: string) =>
  ({
    unit: 'windows/s',
    meaning: `tumbling windows that an engine takes through their invocations, ${SHARDS} shards, states of ${size}`,
  }) as const
const writtenWith = (size: string) =>
  ({
    unit: 'MB',
    meaning: `bytes written for one of these windows, each of whose invocations makes its state durable, states of ${size}`,
  }) as const

export const windows = benchmark({
  name: 'windows',
  question: 'What does the state of a tumbling window cost?',
  figures: {
    windowsOf1Kb: windowsWith('1 KB'),
    windowsOf100Kb: windowsWith('100 KB'),
    windowsOf1Mb: windowsWith('1 MB'),
    writtenOf1Kb: writtenWith('1 KB'),
    writtenOf100Kb: writtenWith('100 KB'),
    writtenOf1Mb: writtenWith('1 MB'),
    windowStatesSaved: {
      unit: 'states/s',
      meaning: `states of 1 MB that the state store alone makes durable, ${SHARDS} shards in a commit`,
      bound: { atLeast: 300 },
    },
    versusDisk: {
      unit: 'x',
      meaning: 'the same by the same bytes in plain writes to a file, synced as often',
    },
  },
  async run(context) {
    const bySize: (readonly WindowRun[])[] = []
    for (const size of SIZES) bySize.push(await measureSize(context, size))
    const [kilobyte, hundred, megabyte] = bySize as [Runs, Runs, Runs]
    return {
      figures: {
        windowsOf1Kb: windowsFigure(kilobyte),
        windowsOf100Kb: windowsFigure(hundred),
        windowsOf1Mb: windowsFigure(megabyte),
        writtenOf1Kb: writtenFigure(kilobyte),
        writtenOf100Kb: writtenFigure(hundred),
        writtenOf1Mb: writtenFigure(megabyte),
        ...(await measureStore(context)),
      },
      plots: [
        plotOf(
          'Windows in a second, by the size of their state',
          'windows/s',
          bySize,
          (run) => run.windows,
        ),
        plotOf(
          'Bytes written for a window, by the size of its state',
          'MB',
          bySize,
          (run) => run.written ?? 0,
        ),
      ],
    }
  },
})

/** One drain of all windows of one size. */
type WindowRun = {
  /** @unit windows/s */
  readonly windows: number
  /** @unit invocations/s */
  readonly invocations: number
  /** @unit invocations, final ones included */
  readonly perWindow: number
  /** For each window; none where the system does not tell. @unit MB */
  readonly written: number | undefined
  /** All threads, for each invocation. @unit µs */
  readonly processorUs: number
}
type Runs = readonly WindowRun[]

async function measureSize(context: BenchmarkContext, size: Size): Promise<Runs> {
  const parent = mkdtempSync(join(context.scratch, 'windows-'))
  const seconds = context.smoke ? SECONDS_SMOKE : size.seconds
  const backlog = await writeWindows(context, parent, seconds)
  const runs: WindowRun[] = []
  for (let run = context.smoke ? 1 : 0; run <= context.runs; run++) {
    context.signal.throwIfAborted()
    const measured = await drainWindows(context, backlog, { size, windows: seconds * SHARDS })
    const which = run === 0 ? 'warm-up' : `run ${run}`
    context.progress(`windows of ${size.name}, ${which}: ${JSON.stringify(measured)}`)
    if (run > 0) runs.push(measured)
  }
  rmSync(parent, { recursive: true })
  return runs
}

function writeWindows(
  context: BenchmarkContext,
  parent: string,
  seconds: number,
): Promise<Backlog> {
  const workload = new Workload({ seed: context.seed })
  const create = (index: number) => {
    const { dynamodb, ...record } = workload.record(index)
    const second = FIRST_SECOND + Math.floor(index / RECORDS_OF_SECOND)
    return { ...record, dynamodb: { ...dynamodb, ApproximateCreationDateTime: second } }
  }
  const settings = { ...STREAM_SETTINGS, shardCount: SHARDS }
  return writeBacklog(parent, seconds * RECORDS_OF_SECOND, { workload, create, settings })
}

async function drainWindows(
  context: BenchmarkContext,
  backlog: Backlog,
  { size, windows }: { readonly size: Size; readonly windows: number },
): Promise<WindowRun> {
  let found: Findings | undefined
  const before = bytesWritten()
  const begun = process.cpuUsage()
  const { whole } = await drainWithEngine(
    backlog,
    {
      batchSize: BATCH_SIZE,
      shards: SHARDS,
      lanes: 1,
      behaviour: { stateBytes: size.bytes },
      mapping: { TumblingWindowInSeconds: 1 },
    },
    {
      audited(findings) {
        found = findings
        context.audited(findings)
      },
    },
  )
  const { user, system } = process.cpuUsage(begun)
  const after = bytesWritten()
  const { invocations, repeated } = found!
  // Its handlers refuse a state that is not theirs.
  if (repeated > 0) throw new AuditFailure(`windows of ${size.name}: ${repeated} records failed`)
  const seconds = backlog.recordCount / whole
  return {
    windows: windows / seconds,
    invocations: invocations / seconds,
    perWindow: invocations / windows,
    written:
      before === undefined || after === undefined
        ? undefined
        : (after - before) / windows / MEBIBYTE,
    processorUs: (user + system) / invocations,
  }
}

/** By this process until now, to any disk. Only Linux tells. @unit bytes */
function bytesWritten(): number | undefined {
  if (process.platform !== 'linux') return undefined
  const [, bytes] = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8')) ?? []
  return bytes === undefined ? undefined : Number(bytes)
}

const windowsFigure = (runs: Runs): Measured => ({
  summary: summarize(runs.map((run) => run.windows)),
  details: {
    invocationsPerSecond: summarize(runs.map((run) => run.invocations)),
    invocationsPerWindow: summarize(runs.map((run) => run.perWindow)),
    processorUsPerInvocation: summarize(runs.map((run) => run.processorUs)),
  },
})

function writtenFigure(runs: Runs): Measured {
  const written = runs.flatMap((run) => run.written ?? [])
  if (written.length < runs.length)
    return { missing: 'bytes written are read from /proc, which only Linux has' }
  return { summary: summarize(written) }
}

const plotOf = (
  title: string,
  label: string,
  bySize: readonly Runs[],
  value: (run: WindowRun) => number,
): Plot => ({
  title,
  x: { label: 'bytes of a state', scale: 'log' },
  y: { label, scale: 'log' },
  series: [
    {
      name: label,
      points: SIZES.map(
        ({ bytes }, i) => [bytes, summarize(bySize[i]!.map(value)).median] as const,
      ),
    },
  ],
})

async function measureStore(context: BenchmarkContext) {
  const { scratch } = context
  const rounds = context.smoke ? ROUNDS_SMOKE : ROUNDS
  const state = JSON.stringify(createState(WINDOW_STATE_BYTES_MAX))
  const together = { state, shards: SHARDS, rounds }
  const pairs = await alternate(
    context,
    { name: 'states saved', run: () => saveStates(scratch, together) },
    { name: 'states written plainly', run: () => writePlain(scratch, together) },
  )
  const alone = await saveStates(scratch, { ...together, shards: 1 })
  return {
    windowStatesSaved: {
      summary: summarize(pairs.map(([saved]) => saved)),
      details: { shardsInCommit: SHARDS, stateBytes: state.length, oneShardAlone: alone },
    },
    versusDisk: { summary: summarize(pairs.map(([saved, plain]) => saved / plain)) },
  }
}
