import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { HandlerLog } from '../audit/handler-log.ts'
import { auditLedger, auditLog } from '../audit/run-audit.ts'
import { sequenceNumbersIn } from '../load/backlog.ts'
import { openLoop, Timetable } from '../load/open-loop.ts'
import { Workload } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { watchIteratorAge } from '../timing/iterator-age.ts'
import { LatencyHistogram } from '../timing/latency-histogram.ts'
import { LatencyOverTime } from '../timing/latency-over-time.ts'
import { embeddedConfiguration, STREAM_NAME } from './configuration.ts'
import { withEngine } from './drain.ts'

const BATCH_SIZE = 100
/** What follows the last put has hung if it takes longer. @unit ms */
const CATCH_UP_MS_MAX = 120_000

/** How long, and how fast. */
export type OpenLoopPlan = {
  readonly ratePerSecond: number
  /** Before anything counts. @unit s */
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** An open loop whose audit passed: times of its records, those of the warm-up left out. */
export type OpenLoopRun = {
  /** From the call of `put` until a handler has the record. */
  readonly fromCall: LatencyHistogram
  /** From when the put was due. */
  readonly fromSchedule: LatencyHistogram
  /** From when a put was due until its call: what the generator itself was late. */
  readonly lag: LatencyHistogram
  /** From the call. */
  readonly overTime: LatencyOverTime
  /** @unit ms */
  readonly iteratorAges: readonly number[]
}

/**
 * Puts single records into an engine's stream, at an even rate that does not wait for anything.
 * @throws AuditFailure
 */
export async function runOpenLoop(
  context: Pick<BenchmarkContext, 'scratch' | 'seed' | 'signal' | 'audited'>,
  plan: OpenLoopPlan,
): Promise<OpenLoopRun> {
  const { ratePerSecond, warmUpSeconds, seconds } = plan
  const directory = mkdtempSync(join(context.scratch, 'open-loop-'))
  const workload = new Workload({ seed: context.seed })
  const firstCounted = Math.round(warmUpSeconds * ratePerSecond)
  const recordCount = firstCounted + Math.round(seconds * ratePerSecond)
  const timetable = new Timetable({ count: recordCount, ratePerSecond })
  const log = HandlerLog.create(recordCount)
  const configuration = embeddedConfiguration({ directory, batchSize: BATCH_SIZE })
  const name = `open loop, ${ratePerSecond} records/s`
  try {
    return await withEngine(configuration, 'durable', async (engine) => {
      await engine.start()
      const stream = engine.stream(STREAM_NAME)
      const ages = watchIteratorAge(engine)
      try {
        await openLoop(timetable, {
          prepare: (index) => {
            if (index === firstCounted) ages.restart()
            return [workload.record(index)]
          },
          put: (records) => stream.put(records),
          signal: context.signal,
        })
        await engine.caughtUp({ signal: AbortSignal.timeout(CATCH_UP_MS_MAX) })
      } finally {
        ages.end()
      }
      auditLedger(name, engine.ledger(), { delivered: recordCount })
      const keyNumberOf = (index: number) => workload.keyNumberOf(index)
      context.audited(
        await auditLog(log, {
          name,
          recordCount,
          keyNumberOf,
          sequenceNumbersOf: (records) =>
            sequenceNumbersIn({ directory, recordCount, workload }, records),
        }),
      )
      return { ...timesOf(log, { timetable, firstCounted, seconds }), iteratorAges: ages.end() }
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Each record is in the log once: the audit has passed. */
function timesOf(
  log: HandlerLog,
  {
    timetable,
    firstCounted,
    seconds,
  }: {
    readonly timetable: Timetable
    readonly firstCounted: number
    readonly seconds: number
  },
): Omit<OpenLoopRun, 'iteratorAges'> {
  const [fromCall, fromSchedule, lag] = Array.from({ length: 3 }, () => new LatencyHistogram())
  const overTime = new LatencyOverTime(seconds)
  const originNs = timetable.dueNs(firstCounted)
  for (const { begunNs, records } of log.invocations())
    for (const record of records) {
      if (record < firstCounted) continue
      const [dueNs, calledNs] = [timetable.dueNs(record), timetable.calledNs(record)]
      fromCall!.record(begunNs - calledNs)
      fromSchedule!.record(begunNs - dueNs)
      lag!.record(calledNs - dueNs)
      overTime.record(dueNs - originNs, begunNs - calledNs)
    }
  return { fromCall: fromCall!, fromSchedule: fromSchedule!, lag: lag!, overTime }
}
