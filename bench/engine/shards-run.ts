/** A process of its own whose engine is offered records evenly: `node shards-run.js PLAN`. It prints a {@link ShardsRun}. */
import type { Findings } from '../audit/check-log.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { auditLedger, auditLog } from '../audit/run-audit.ts'
import { sequenceNumbersIn } from '../load/backlog.ts'
import { openLoop, Timetable } from '../load/open-loop.ts'
import { type GeneratedRecord, Workload } from '../load/workload.ts'
import { type KeepUp, keepUpOf } from '../timing/keep-up.ts'
import { ProcessSampler } from '../timing/process-sampler.ts'
import { embeddedConfiguration, STREAM_NAME } from './configuration.ts'
import { withEngine } from './drain.ts'

/** What the process is told. */
export type ShardsPlan = {
  readonly directory: string
  readonly seed: number
  readonly shards: number
  readonly keys: number
  readonly batchSize: number
  readonly lanes: number
  readonly recordsPerPut: number
  readonly putsPerSecond: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** What it tells, of the time after the warm-up. */
export type ShardsRun = KeepUp & {
  readonly findings: Findings
  /** Most RssAnon; `null` where /proc does not tell. @unit bytes */
  readonly anonymousMax: number | null
  /** Processor time of the whole process for a record, without {@link ShardsRun.generatorUs}. @unit µs */
  readonly processorUs: number
  /** Processor time that the making of a record takes, measured before. @unit µs */
  readonly generatorUs: number
}

const SAMPLE_MS = 50
/** What follows the last put has hung if it takes longer. @unit ms */
const CATCH_UP_MS_MAX = 120_000
/** Made to measure what making costs; the first half is for the compiler. */
const MADE_RECORDS = 100_000

async function run(plan: ShardsPlan): Promise<ShardsRun> {
  const { directory, seed, keys, shards, batchSize, lanes, recordsPerPut } = plan
  const workload = new Workload({ seed, keys })
  const makePut = (put: number): readonly GeneratedRecord[] =>
    Array.from({ length: recordsPerPut }, (_, i) => workload.record(put * recordsPerPut + i))
  const generatorUs = measureMaking(makePut, recordsPerPut)
  const firstCountedPut = Math.round(plan.warmUpSeconds * plan.putsPerSecond)
  const puts = firstCountedPut + Math.round(plan.seconds * plan.putsPerSecond)
  const recordCount = puts * recordsPerPut
  const timetable = new Timetable({ count: puts, ratePerSecond: plan.putsPerSecond })
  const log = HandlerLog.create(recordCount)
  const configuration = embeddedConfiguration({ directory, shards, batchSize, lanes })
  return withEngine(configuration, 'durable', async (engine) => {
    await engine.start()
    const stream = engine.stream(STREAM_NAME)
    using watch = new ProcessWatch()
    await openLoop(timetable, {
      prepare: (put) => {
        if (put === firstCountedPut) watch.begin()
        return makePut(put)
      },
      put: (records) => stream.put(records),
      signal: AbortSignal.timeout(CATCH_UP_MS_MAX),
    })
    await engine.caughtUp({ signal: AbortSignal.timeout(CATCH_UP_MS_MAX) })
    const { processorUs, anonymousMax } = watch.end()
    const name = `${shards} shards`
    auditLedger(name, engine.ledger(), { delivered: recordCount })
    const findings = await auditLog(log, {
      name,
      recordCount,
      keyNumberOf: (index) => workload.keyNumberOf(index),
      sequenceNumbersOf: (records) => sequenceNumbersIn({ directory }, records),
    })
    const counted = (puts - firstCountedPut) * recordsPerPut
    return {
      findings,
      ...keepUpOf([...log.invocations()], {
        puts,
        recordsPerPut,
        firstCountedPut,
        dueNs: (put) => timetable.dueNs(put),
        calledNs: (put) => timetable.calledNs(put),
      }),
      anonymousMax,
      processorUs: processorUs / counted - generatorUs,
      generatorUs,
    }
  })
}

/** @returns processor time of a record. @unit µs */
function measureMaking(makePut: (put: number) => unknown, recordsPerPut: number): number {
  const puts = Math.ceil(MADE_RECORDS / 2 / recordsPerPut)
  for (let put = 0; put < puts; put++) makePut(put)
  const begun = process.cpuUsage()
  for (let put = puts; put < 2 * puts; put++) makePut(put)
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / (puts * recordsPerPut)
}

/** Looks at this process from `begin` to `end`. */
class ProcessWatch implements Disposable {
  readonly #sampler = new ProcessSampler()
  readonly #timer = setInterval(() => this.#look(), SAMPLE_MS)
  #begun = process.cpuUsage()
  #anonymousMax: number | null = null

  begin(): void {
    this.#begun = process.cpuUsage()
    this.#anonymousMax = null
    this.#look()
  }

  end() {
    this.#look()
    const { user, system } = process.cpuUsage(this.#begun)
    return { processorUs: user + system, anonymousMax: this.#anonymousMax }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#sampler[Symbol.dispose]()
  }

  #look(): void {
    const { anonymous } = this.#sampler.look()
    if (anonymous !== null) this.#anonymousMax = Math.max(anonymous, this.#anonymousMax ?? 0)
  }
}

process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2]!) as ShardsPlan)))
