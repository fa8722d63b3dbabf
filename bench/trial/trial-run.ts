import { MillraceError } from '../../lib/core/errors.ts'
import type { ShardId, StreamArn } from '../../lib/core/ids.ts'
import type { Ledger } from '../../lib/core/ledger/ledger.ts'
import { eventIdPrefix } from '../../lib/core/record/embedded-event-id.ts'
import { Engine } from '../../lib/engine/engine.ts'
import type { Findings } from '../audit/check-log.ts'
import { HandlerLog, type LoggedInvocation, type Moment, momentNow } from '../audit/handler-log.ts'
import type { Timetable } from '../load/open-loop.ts'
import { type Sampled, Sampler } from '../measure/sampler.ts'
import { DeliveredRecords } from './delivered-records.ts'
import { auditTrial } from './trial-audit.ts'
import type { Trial } from './trial-configuration.ts'
import { loadEvenly, loadFast, type TrialLoad } from './trial-load.ts'
import type { TrialRecords } from './trial-records.ts'
import { tellThreads, type WrappedFunction } from './wrapped-function.ts'

/** Records that the log has space for, where no rate says how many come. */
export const TRIAL_RECORDS_MAX = 4_000_000
/** Of the log: failed batches come again. */
const REPEATS_MAX = 1.5
const REPEATS_MIN = 50_000
/** Of the log: more is not begun. */
const FULL_SHARE = 0.8
/** After the last put, a function that cannot cope is given so long. @unit ms */
const CATCH_UP_MS_MAX = 30_000
const LOOK_MS = 200
/** Invocations that still run when a trial ends. @unit ms */
const STOP_MS = 2000
const OUTSTANDING_MIN = 200
const OUTSTANDING_MAX = 50_000
const BATCHES_AHEAD = 4
const NAME = 'handler'

export type TrialPlan = {
  /** `undefined`: as fast as it goes. */
  readonly ratePerSecond: number | undefined
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly signal: AbortSignal
}

/** A trial whose audit passed. */
export type TrialRun = {
  readonly findings: Findings
  readonly ledger: Ledger
  /** Between these it counts. */
  readonly begun: Moment
  readonly ended: Moment
  /** The process while records were put. */
  readonly sampled: Sampled
  /** In the order in which they began. */
  invocations(): Iterable<LoggedInvocation>
  readonly put: DeliveredRecords
  /** Of an even rate. */
  readonly timetable: Timetable | undefined
  readonly failedBatches: number
  /** Not settled when it ended. */
  readonly unfinished: number
}

/**
 * Runs a user's function, wrapped, on a stream of the trial's own, and audits that.
 * @throws AuditFailure, RefusedRecord, MillraceError of a function that cannot be loaded
 */
export async function runTrial(
  trial: Trial,
  records: TrialRecords,
  plan: TrialPlan,
): Promise<TrialRun> {
  const log = createLog(plan)
  const engine = await Engine.open(trial.configuration)
  try {
    const put = prepareThreads(engine, trial)
    await engine.start().catch((error: unknown) => {
      throw asConfigured(error, trial)
    })
    const offered = await offer({ engine, trial, log, put }, records, plan)
    const isFinished = await catchUp(engine, log, plan.signal)
    const ledger = engine.ledger()
    const { givenUp, failedBatches } = readFailed(engine, put)
    const invocations = isFinished ? () => numbered(log, put) : once(numbered(log, put))
    const findings = await auditTrial(invocations, {
      name: NAME,
      recordCount: put.count,
      keyNumberOf: (index) => records.keyNumberOf(index),
      sequenceNumbersOf: async (indices) => indices.map((index) => put.sequenceNumberOf(index)),
      givenUp,
      ledger,
      isFinished,
    })
    const unfinished = isFinished ? 0 : put.count - (ledger.polled - ledger.inFlight)
    return { ...offered, findings, ledger, invocations, put, failedBatches, unfinished }
  } finally {
    await engine.stop({ withinMs: STOP_MS })
  }
}

/** As it is now: the function is still being called, and an audit must not see two states of the log. */
function once<Value>(values: Iterable<Value>): () => readonly Value[] {
  const kept = [...values]
  return () => kept
}

type Running = {
  readonly engine: Engine
  readonly trial: Trial
  readonly log: HandlerLog
  readonly put: DeliveredRecords
}

/** Puts for as long as the plan says. */
async function offer(
  { engine, trial, log, put }: Running,
  records: TrialRecords,
  plan: TrialPlan,
): Promise<Pick<TrialRun, 'begun' | 'ended' | 'timetable' | 'sampled'>> {
  const { ratePerSecond } = plan
  const sampler = Sampler.start({ count: () => log.deliveries })
  let begun = momentNow()
  const load: TrialLoad = {
    ...plan,
    records,
    put,
    stream: engine.stream(trial.streamName),
    warm: () => {
      begun = momentNow()
    },
  }
  try {
    const timetable =
      ratePerSecond === undefined ? undefined : await loadEvenly(load, ratePerSecond)
    if (!timetable) await loadFast(load, brakeOf(engine, trial, log))
    return { begun, ended: momentNow(), timetable, sampled: sampler.stop() }
  } catch (error) {
    sampler.stop()
    throw error
  }
}

/** A function that cannot be loaded is named as its owner names it, and not as the wrapper. */
function asConfigured(error: unknown, { configuration, mapping, function: own }: Trial): unknown {
  const loaded = configuration.functions.get(mapping.functionName)
  if (!(error instanceof MillraceError) || error.code !== 'MILLRACE_HANDLER_UNLOADABLE')
    return error
  if (loaded?.type !== 'module') return error
  const { function: name, errorType, reason } = error.facts
  const facts = { function: String(name), errorType: String(errorType) }
  return MillraceError.of(
    error.code,
    { ...facts, reason: String(reason).replaceAll(loaded.handler, own.handler) },
    error.cause,
  )
}

function createLog({ ratePerSecond, warmUpSeconds, seconds }: TrialPlan): HandlerLog {
  if (ratePerSecond === undefined) return HandlerLog.create(TRIAL_RECORDS_MAX, TRIAL_RECORDS_MAX)
  const count = Math.ceil(ratePerSecond * (warmUpSeconds + seconds))
  return HandlerLog.create(Math.ceil(count * REPEATS_MAX) + REPEATS_MIN)
}

/** Before the first thread starts. */
function prepareThreads(
  engine: Engine,
  { streamName, mapping, function: own }: Trial,
): DeliveredRecords {
  const stream = engine.stream(streamName)
  const shardIds = stream.shards().map(({ shardId }) => shardId)
  const told: WrappedFunction = {
    codeDirectory: own.codeDirectory,
    handler: own.handler,
    rules: {
      partial: mapping.functionResponseTypes.includes('ReportBatchItemFailures'),
      window: mapping.tumblingWindowInSeconds > 0,
    },
    shards: shardIds.map((shardId) =>
      eventIdPrefix(stream.streamArn as StreamArn, shardId as ShardId),
    ),
  }
  tellThreads(told)
  return new DeliveredRecords(shardIds, told)
}

function brakeOf(engine: Engine, { mapping, stream }: Trial, log: HandlerLog) {
  const { batchSize, parallelizationFactor } = mapping
  const lanes = stream.shardCount * parallelizationFactor
  const wanted = BATCHES_AHEAD * lanes * batchSize
  return {
    outstandingMax: Math.min(OUTSTANDING_MAX, Math.max(OUTSTANDING_MIN, wanted)),
    settled: () => {
      const { polled, inFlight } = engine.ledger()
      return polled - inFlight
    },
    isOver: () => log.usedShare > FULL_SHARE,
  }
}

/** @returns whether all was settled: a function that fails for ever, or is too slow, never comes so far. */
async function catchUp(engine: Engine, log: HandlerLog, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController()
  const deadlineMs = performance.now() + CATCH_UP_MS_MAX
  const timer = setInterval(() => {
    if (log.usedShare > (1 + FULL_SHARE) / 2 || performance.now() > deadlineMs) over.abort()
  }, LOOK_MS)
  try {
    await engine.caughtUp({ signal: AbortSignal.any([signal, over.signal]) })
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (!over.signal.aborted) throw error
    return false
  } finally {
    clearInterval(timer)
  }
}

/** The log's invocations, their records by the number of their put. */
function* numbered(log: HandlerLog, put: DeliveredRecords): Generator<LoggedInvocation> {
  for (const invocation of log.invocations())
    yield { ...invocation, records: invocation.records.map((number) => put.indexOf(number)) }
}

function readFailed(engine: Engine, put: DeliveredRecords) {
  const givenUp = new Set<number>()
  let failedBatches = 0
  for (const { failed } of engine.failedBatches()) {
    failedBatches++
    const { Records } = JSON.parse(failed.payload) as {
      readonly Records: readonly { readonly dynamodb: { readonly SequenceNumber: string } }[]
    }
    for (const { dynamodb } of Records)
      givenUp.add(put.indexAt(failed.shardId, dynamodb.SequenceNumber))
  }
  return { givenUp, failedBatches }
}
