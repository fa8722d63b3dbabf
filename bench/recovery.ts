import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFileLog } from './audit/file-log.ts'
import type { LoggedInvocation } from './audit/handler-log.ts'
import { AuditFailure, auditLedger, auditLog } from './audit/run-audit.ts'
import { STREAM_NAME } from './engine/configuration.ts'
import { type Life, live } from './engine/life.ts'
import { runMillrace } from './engine/millrace-command.ts'
import {
  failedBatches,
  logIn,
  manyMappings,
  type Scenario,
  stateOf,
  unreadBacklog,
} from './engine/recovery-scenarios.ts'
import { writeBacklog } from './load/backlog.ts'
import { drawShare } from './load/draw.ts'
import { Workload } from './load/workload.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { summarize } from './suite/statistics.ts'

const FULL = {
  backlog: 1_000_000,
  failed: { failed: 10_000, unread: 100_000 },
  mappings: { streams: 50, functions: 20, records: 20 },
} as const
const SMALLEST = {
  backlog: 5000,
  failed: { failed: 50, unread: 500 },
  mappings: { streams: 3, functions: 2, records: 10 },
} as const
/** The kill comes somewhere between these shares of the records. */
const KILL_SHARES = [0.3, 0.7] as const
const CURVE_POINTS = 100
const NS_PER_MS = 1e6

const firstRecordOf = (what: string) =>
  ({
    unit: 'ms',
    meaning: `from the start of the process to the first record in a handler: ${what}`,
  }) as const

/**
 * Each life is a process of its own, with its handlers' log in a file, so that a life that was killed is audited
 * together with the one after it: nothing lost, everything in order, and only what was not yet saved comes again.
 */
export const recovery = benchmark({
  name: 'recovery',
  question: 'How soon does it work again?',
  figures: {
    firstRecord: firstRecordOf('a million records wait'),
    withFailedBatches: firstRecordOf('10,000 failed batches are in the store'),
    withMappings: firstRecordOf('1,000 mappings, of 50 streams and 20 functions'),
    afterKill: firstRecordOf('the process before it was killed in the midst of a drain'),
    emptyRun: {
      unit: 'ms',
      meaning: '`millrace run` on an empty stream, from the start of the process to its end',
      bound: { atMost: 500 },
    },
  },
  async run(context) {
    const size = context.smoke ? SMALLEST : FULL
    const workload = new Workload({ seed: context.seed })
    const recordCount = Math.min(context.records, size.backlog)
    const backlog = await writeBacklog(context.scratch, recordCount, { workload })
    const unread = unreadBacklog(backlog)
    const scenarios = {
      firstRecord: unread,
      withFailedBatches: await failedBatches(context, size.failed),
      withMappings: await manyMappings(context, size.mappings),
    }
    const found = new Map<string, readonly Recovery[]>()
    for (const [name, scenario] of Object.entries(scenarios))
      found.set(
        name,
        await repeat(context, name, (_, directory) =>
          recover(context, scenario, { name, directory }),
        ),
      )
    found.set(
      'afterKill',
      await repeat(context, 'afterKill', (run, directory) =>
        recoverFromKill(context, unread, { name: 'afterKill', directory, run }),
      ),
    )
    const figure = (name: string) => figureOf(found.get(name)!)
    return {
      figures: {
        firstRecord: figure('firstRecord'),
        withFailedBatches: figure('withFailedBatches'),
        withMappings: figure('withMappings'),
        afterKill: figure('afterKill'),
        emptyRun: await measureEmptyRun(context),
      },
      plots: [plotOf(found)],
    }
  },
})

/** What a life's beginning was like. @unit ms since the start of its process */
type Recovery = {
  readonly loaded: number
  readonly opened: number
  readonly started: number
  readonly firstRecord: number
  /** The last of all keys had its first record. */
  readonly everyKey: number
  /** Delivered once more, since their success was not yet saved. */
  readonly repeated: number
  /** Records handled, over time. */
  readonly curve: readonly (readonly [ms: number, records: number])[]
}

/** A run's name and where it leaves its state. */
type Place = { readonly name: string; readonly directory: string }

async function repeat(
  { runs, scratch, signal, progress, smoke }: BenchmarkContext,
  name: string,
  once: (run: number, parent: string) => Promise<Recovery>,
): Promise<readonly Recovery[]> {
  const recoveries: Recovery[] = []
  for (let run = smoke ? 1 : 0; run <= runs; run++) {
    signal.throwIfAborted()
    const parent = mkdtempSync(join(scratch, 'recovery-'))
    const recovery = await once(run, parent)
    rmSync(parent, { recursive: true })
    const which = run === 0 ? 'warm-up' : `run ${run}`
    progress(`${name}, ${which}: first record after ${recovery.firstRecord.toFixed(0)} ms`)
    if (run > 0) recoveries.push(recovery)
  }
  return recoveries
}

/** One life to its end. @throws AuditFailure */
async function recover(
  context: BenchmarkContext,
  scenario: Scenario,
  { name, directory }: Place,
): Promise<Recovery> {
  const stateDirectory = stateOf(scenario, directory)
  const options = scenario.options({ logFile: logIn(stateDirectory) })
  const life = await live({ options, stateDirectory }, context.signal)
  return auditLife(context, scenario, { name, life, log: logIn(stateDirectory) })
}

/** A life that ends in the midst of its work, and the one that follows it. @throws AuditFailure */
async function recoverFromKill(
  context: BenchmarkContext,
  scenario: Scenario,
  { name, directory, run }: Place & { readonly run: number },
): Promise<Recovery> {
  const stateDirectory = stateOf(scenario, directory)
  const logFile = logIn(stateDirectory)
  const [from, to] = KILL_SHARES
  const share = from + (to - from) * drawShare(context.seed, run)
  const dieAt = Math.floor(scenario.expected.recordCount * share)
  const killed = await live(
    { options: scenario.options({ logFile, dieAt }), stateDirectory },
    context.signal,
  )
  if (killed.report) throw new AuditFailure(`${name}: the process was not killed`)
  const life = await live(
    { options: scenario.options({ logFile }), stateDirectory },
    context.signal,
  )
  const expected = { ...scenario.expected, restartsNs: [life.begunNs] }
  return auditLife(context, { ...scenario, expected }, { name, life, log: logFile })
}

async function auditLife(
  context: BenchmarkContext,
  { expected, ledger, failedBatches: kept = 0 }: Scenario,
  { name, life, log }: { readonly name: string; readonly life: Life; readonly log: string },
): Promise<Recovery> {
  const { begunNs, report } = life
  if (!report) throw new AuditFailure(`${name}: the process was killed`)
  auditLedger(name, report.ledger, ledger)
  if (report.failedBatches !== kept)
    throw new AuditFailure(`${name}: ${report.failedBatches} of ${kept} failed batches are kept`)
  const invocations = readFileLog(log)
  const findings = await auditLog(
    { isOverflowed: false, invocations: () => invocations.values() },
    { name, ...expected },
  )
  context.audited(findings)
  const own = invocations.filter((invocation) => invocation.begunNs >= begunNs)
  const sinceStart = (ns: number) => (ns - begunNs) / NS_PER_MS
  return {
    loaded: sinceStart(report.loadedNs),
    opened: sinceStart(report.openedNs),
    started: sinceStart(report.startedNs),
    firstRecord: sinceStart(own[0]!.begunNs),
    everyKey: sinceStart(everyKeyNs(own, expected.keyNumberOf)),
    repeated: findings.repeated,
    curve: curveOf(own, sinceStart),
  }
}

/** When the last key had its first record. */
function everyKeyNs(
  invocations: readonly LoggedInvocation[],
  keyNumberOf: (record: number) => number,
): number {
  const seen = new Set<number>()
  let lastNs = 0
  for (const { begunNs, records } of invocations) {
    for (const record of records) {
      const before = seen.size
      if (seen.add(keyNumberOf(record)).size > before) lastNs = begunNs
    }
  }
  return lastNs
}

function curveOf(
  invocations: readonly LoggedInvocation[],
  sinceStart: (ns: number) => number,
): Recovery['curve'] {
  const step = Math.ceil(invocations.length / CURVE_POINTS)
  let handled = 0
  return invocations.flatMap(({ begunNs, records }, i) => {
    handled += records.length
    const isDrawn = i % step === 0 || i === invocations.length - 1
    return isDrawn ? [[sinceStart(begunNs), handled] as const] : []
  })
}

function figureOf(recoveries: readonly Recovery[]): Measured {
  const each = (member: Exclude<keyof Recovery, 'curve'>) =>
    summarize(recoveries.map((recovery) => recovery[member]))
  return {
    summary: each('firstRecord'),
    details: {
      programLoadedMs: each('loaded'),
      engineOpenedMs: each('opened'),
      functionsLoadedMs: each('started'),
      everyKeyMs: each('everyKey'),
      repeatedRecords: each('repeated'),
    },
  }
}

const CURVES: Readonly<Record<string, string>> = {
  firstRecord: 'a backlog',
  withFailedBatches: 'with failed batches in the store',
  withMappings: 'with many mappings',
  afterKill: 'after a kill',
}

const plotOf = (found: ReadonlyMap<string, readonly Recovery[]>): Plot => ({
  title: 'Records handled since the start of the process, last run',
  x: { label: 'ms since the start of the process' },
  y: { label: 'records', scale: 'log' },
  series: [...found].map(([name, recoveries]) => ({
    name: CURVES[name]!,
    points: recoveries.at(-1)!.curve,
  })),
})

async function measureEmptyRun(context: BenchmarkContext): Promise<Measured> {
  const { runs, scratch, signal, progress, smoke } = context
  const directory = mkdtempSync(join(scratch, 'start-'))
  const config = join(directory, 'millrace.json')
  const KeySchema = [{ AttributeName: 'pk', KeyType: 'HASH' }]
  const empty = {
    Streams: { [STREAM_NAME]: { KeySchema } },
    Functions: { f: { Runtime: 'nodejs20.x', CodeUri: directory, Handler: 'empty.handler' } },
    Mappings: [{ Stream: STREAM_NAME, FunctionName: 'f', StartingPosition: 'TRIM_HORIZON' }],
  }
  writeFileSync(config, JSON.stringify(empty))
  writeFileSync(join(directory, 'empty.mjs'), 'export const handler = async () => {}\n')
  const samples: number[] = []
  for (let run = smoke ? 1 : 0; run <= runs; run++) {
    signal.throwIfAborted()
    const { exitCode, stderr, ms } = await runMillrace(['run', '--config', config], signal)
    if (exitCode !== 0)
      return { missing: `millrace run exited with ${exitCode}: ${stderr.split('\n', 1)[0]}` }
    progress(`empty run, ${run === 0 ? 'warm-up' : `run ${run}`}: ${ms.toFixed(0)} ms`)
    if (run > 0) samples.push(ms)
  }
  return { summary: summarize(samples) }
}
