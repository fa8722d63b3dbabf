/** A process of its own that is kept busy for long, and tells of itself: `node soak-run.js PLAN`. Each line is a {@link SoakLine}. */
import { Engine } from '../../lib/engine/engine.ts'
import type { Findings } from '../audit/check-log.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { RollingCheck } from '../audit/rolling-check.ts'
import { AuditFailure, auditFindings, auditLedger } from '../audit/run-audit.ts'
import { type Backlog, sequenceNumbersIn } from '../load/backlog.ts'
import { openLoop, Timetable } from '../load/open-loop.ts'
import { Workload } from '../load/workload.ts'
import { type Latency, LatencyHistogram } from '../timing/latency-histogram.ts'
import { type ProcessSample, ProcessSampler } from '../timing/process-sampler.ts'
import { embeddedConfiguration, STREAM_NAME } from './configuration.ts'

/** What the process is told. */
export type SoakPlan = {
  readonly directory: string
  readonly seed: number
  readonly ratePerSecond: number
  readonly seconds: number
  readonly sampleSeconds: number
}

/** What came to its handler since the sample before. */
export type SoakSample = ProcessSample & {
  readonly atSeconds: number
  readonly records: number
  /** From the call of `put`; `null`: nothing came. @unit ms */
  readonly p50: number | null
  readonly p99: number | null
}

/** What it tells at the end. */
export type SoakEnd = {
  readonly findings: Findings
  /** Of each quarter of the records, from the call of `put`. */
  readonly quarters: readonly Latency[]
  readonly processorUsPerRecord: number
}

export type SoakLine =
  | ({ readonly type: 'sample' } & SoakSample)
  | ({ readonly type: 'end' } & SoakEnd)
  | { readonly type: 'violation'; readonly message: string }

const NAME = 'soak'
const BATCH_SIZE = 100
const KEYS = 10_000
/** Records on their way that the check can remember: minutes of them. */
const WINDOW_LOG2 = 20
/** Words of the handlers' log: minutes as well. */
const LOG_WORDS_LOG2 = 22
const TAKE_MS = 20
const QUARTERS = 4
const CATCH_UP_MS_MAX = 120_000

/** As tables are: some keys far busier than others, changes of each kind, and handlers that fail now and then. */
const MIX = { keys: KEYS, skew: { zipf: 1 }, mix: { modify: 0.4, remove: 0.1 } } as const
const FAILING_SHARE = 0.001
/** A batch that failed comes again soon: what it holds up must not drown the rest. */
const RETRY_BACKOFF = { Base: '10ms', Maximum: '100ms' }

/** Everything that the run measures with, made before it begins so that its memory does not look like a leak. */
class SoakWatch {
  readonly #log = HandlerLog.createRolling(LOG_WORDS_LOG2)
  readonly #sampler = new ProcessSampler()
  readonly #interval = new LatencyHistogram()
  readonly #quarters = Array.from({ length: QUARTERS }, () => new LatencyHistogram())
  readonly #check: RollingCheck
  readonly timetable: Timetable
  readonly #begunMs = performance.now()
  readonly #backlog: Backlog

  constructor({ directory, ratePerSecond, seconds }: SoakPlan, workload: Workload) {
    const count = Math.round(ratePerSecond * seconds)
    this.#backlog = { directory, recordCount: count, workload }
    this.timetable = new Timetable({ count, ratePerSecond, kept: 2 ** WINDOW_LOG2 })
    this.#check = new RollingCheck({
      recordCount: count,
      keyCount: KEYS,
      windowLog2: WINDOW_LOG2,
      keyNumberOf: (index) => workload.keyNumberOf(index),
      firstSeen: (index, atNs) => this.#note(index, atNs),
    })
  }

  /** Checks what handlers have written down since. @throws AuditFailure where it cannot go on. */
  takeLog(): void {
    if (this.#log.isOverflowed)
      throw new AuditFailure(`${NAME}: more was delivered at a time than the log has space for`)
    for (const invocation of this.#log.take())
      if (!this.#check.take(invocation))
        throw new AuditFailure(`${NAME}: records fell so far behind that the check lost them`)
  }

  sample(): SoakSample {
    const { count } = this.#interval
    const sample = {
      ...this.#sampler.look(),
      atSeconds: (performance.now() - this.#begunMs) / 1000,
      records: count,
      p50: count === 0 ? null : this.#interval.at(50),
      p99: count === 0 ? null : this.#interval.at(99),
    }
    this.#interval.reset()
    return sample
  }

  /** When all has come. @throws AuditFailure which names the first violation. */
  async finish(): Promise<Pick<SoakEnd, 'findings' | 'quarters'>> {
    this.takeLog()
    const findings = await auditFindings(this.#check.finish(), {
      name: NAME,
      recordCount: this.timetable.count,
      sequenceNumbersOf: (records) => sequenceNumbersIn(this.#backlog, records),
    })
    return { findings, quarters: this.#quarters.map(({ latency }) => latency) }
  }

  #note(index: number, atNs: number): void {
    const sinceCallNs = atNs - this.timetable.calledNs(index)
    this.#interval.record(sinceCallNs)
    this.#quarters[Math.floor((index / this.timetable.count) * QUARTERS)]!.record(sinceCallNs)
  }
}

const tell = (line: SoakLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

async function soak(plan: SoakPlan): Promise<void> {
  const { directory, seed, sampleSeconds } = plan
  const workload = new Workload({ seed, ...MIX })
  const watch = new SoakWatch(plan, workload)
  const { timetable } = watch
  const configuration = embeddedConfiguration({
    directory,
    batchSize: BATCH_SIZE,
    behaviour: { failingShare: FAILING_SHARE },
    engine: { RetryBackoff: RETRY_BACKOFF },
  })
  const broken = new AbortController()
  await using engine = await Engine.open(configuration)
  await engine.start()
  const stream = engine.stream(STREAM_NAME)
  const timers = [
    setInterval(() => {
      try {
        watch.takeLog()
      } catch (error) {
        broken.abort(error)
      }
    }, TAKE_MS),
    setInterval(() => tell({ type: 'sample', ...watch.sample() }), sampleSeconds * 1000),
  ]
  const begunUse = process.cpuUsage()
  try {
    await openLoop(timetable, {
      prepare: (index) => [workload.record(index)],
      put: (records) => stream.put(records),
      signal: broken.signal,
    })
    const signal = AbortSignal.any([broken.signal, AbortSignal.timeout(CATCH_UP_MS_MAX)])
    await engine.caughtUp({ signal })
    broken.signal.throwIfAborted()
  } finally {
    for (const timer of timers) clearInterval(timer)
  }
  const { user, system } = process.cpuUsage(begunUse)
  auditLedger(NAME, engine.ledger(), { delivered: timetable.count })
  const end = await watch.finish()
  tell({ type: 'end', ...end, processorUsPerRecord: (user + system) / timetable.count })
}

try {
  await soak(JSON.parse(process.argv[2]!) as SoakPlan)
} catch (error) {
  if (!(error instanceof AuditFailure)) throw error
  tell({ type: 'violation', message: error.message })
}
