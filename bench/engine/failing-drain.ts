import { setTimeout as delay } from 'node:timers/promises'
import type { EngineConfiguration } from '../../lib/core/mapping/settings.ts'
import type { Engine } from '../../lib/engine/engine.ts'
import type { Findings } from '../audit/check-log.ts'
import { auditFailedBatches } from '../audit/failed-batches.ts'
import { HandlerLog, nowNs } from '../audit/handler-log.ts'
import { auditLedger, auditLog } from '../audit/run-audit.ts'
import { isPoison } from '../handlers/behaviour.ts'
import { type Backlog, sequenceNumbersIn } from '../load/backlog.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { perSecond } from '../suite/statistics.ts'
import {
  type EngineUse,
  embeddedConfiguration,
  functionConfiguration,
  mappingRequest,
  STREAM_NAME,
} from './configuration.ts'
import { openEngineAt, withStateDirectory } from './drain.ts'

/** A drain that takes longer has hung. @unit ms */
const DRAIN_MS_MAX = 300_000
/** How often the count of deliveries is looked at. @unit ms */
const LOOK_MS = 1
/** A log has space for so many deliveries of each record. */
const DELIVERIES_MAX = 8
/** Waits before retries would be most of what is measured. */
const BACKOFF = { Base: '1ms', Maximum: '1ms' } as const

/**
 * What happens while it drains. `stop`: the engine ends in good order, and another one goes on. `kill`: the same, but
 * running invocations are ended with their threads. A list: the `ParallelizationFactor` becomes these, one after another.
 */
export type Midst = 'stop' | 'kill' | readonly number[]

export type FailingDrain = Omit<EngineUse, 'directory'> & {
  /** Of the run. */
  readonly name: string
  /** `MaximumRetryAttempts`; -1 = for ever. */
  readonly retries: number
  readonly bisect?: boolean
  readonly midst?: Midst
}

/** What a drain has shown whose audit passed. */
export type FailingDrainResult = {
  readonly findings: Findings
  readonly log: HandlerLog
  readonly discarded: ReadonlySet<number>
  /** From the time when everything is loaded; of an interrupted drain it means nothing. */
  readonly recordsPerSecond: number
  /** Deliveries until each thing that happened in its midst. */
  readonly midstAt: readonly number[]
}

/** Drains the backlog with handlers that fail, and audits that. @throws AuditFailure */
export function drainWithFailures(
  backlog: Backlog,
  drain: FailingDrain,
  context: Pick<BenchmarkContext, 'audited' | 'signal'>,
): Promise<FailingDrainResult> {
  return withStateDirectory((directory) => new Run(backlog, drain, context).drain(directory))
}

class Run {
  readonly #backlog: Backlog
  readonly #drain: FailingDrain
  readonly #context: Pick<BenchmarkContext, 'audited' | 'signal'>
  readonly #log: HandlerLog
  readonly #signal: AbortSignal
  readonly #midstAt: number[] = []
  readonly #restartsNs: number[] = []

  constructor(
    backlog: Backlog,
    drain: FailingDrain,
    context: Pick<BenchmarkContext, 'audited' | 'signal'>,
  ) {
    this.#backlog = backlog
    this.#drain = drain
    this.#context = context
    this.#log = HandlerLog.create(backlog.recordCount * DELIVERIES_MAX)
    this.#signal = AbortSignal.any([context.signal, AbortSignal.timeout(DRAIN_MS_MAX)])
  }

  async drain(directory: string): Promise<FailingDrainResult> {
    const { midst } = this.#drain
    if (midst === 'stop' || midst === 'kill') await this.#interrupt(directory, midst)
    await using engine = await openEngineAt(directory, this.#configuration())
    await engine.start()
    const begunNs = nowNs()
    if (typeof midst === 'object') await this.#changeFactors(engine, midst)
    await engine.caughtUp({ signal: this.#signal })
    const recordsPerSecond = perSecond(this.#backlog.recordCount, nowNs() - begunNs)
    return { ...(await this.#audit(engine)), recordsPerSecond }
  }

  #use(): EngineUse {
    const { retries, bisect = false, behaviour = {}, mapping, engine, ...use } = this.#drain
    return {
      ...use,
      directory: this.#backlog.directory,
      behaviour,
      mapping: {
        MaximumRetryAttempts: retries,
        BisectBatchOnFunctionError: bisect,
        FunctionResponseTypes: behaviour.partial ? ['ReportBatchItemFailures'] : [],
        ...mapping,
      },
      engine: { RetryBackoff: BACKOFF, ...engine },
    }
  }

  /** A mapping that changes is made by the program: those of the configuration are not its to change. */
  #configuration(): EngineConfiguration {
    const { midst } = this.#drain
    const configurationOf =
      typeof midst === 'object' ? functionConfiguration : embeddedConfiguration
    return configurationOf(this.#use())
  }

  async #interrupt(directory: string, how: 'stop' | 'kill'): Promise<void> {
    await using engine = await openEngineAt(directory, this.#configuration())
    await engine.start()
    await this.#reach(1 / 2)
    await engine.stop(how === 'kill' ? { withinMs: 0 } : {})
    // A stop in good order has saved what had succeeded: nothing of that may come again.
    if (how === 'kill') this.#restartsNs.push(nowNs())
  }

  async #changeFactors(engine: Engine, factors: readonly number[]): Promise<void> {
    const { streamArn } = engine.stream(STREAM_NAME)
    const { UUID } = await engine.mappings.create(mappingRequest(streamArn, this.#use()))
    for (const [i, factor] of factors.entries()) {
      await this.#reach((i + 1) / (factors.length + 1))
      await engine.mappings.update(UUID, { ParallelizationFactor: factor })
      await engine.mappings.waitUntilUpdated(UUID)
    }
  }

  /** Waits until handlers were given this share of the records. */
  async #reach(share: number): Promise<void> {
    const count = this.#backlog.recordCount * share
    while (this.#log.deliveries < count) await delay(LOOK_MS, undefined, { signal: this.#signal })
    this.#midstAt.push(this.#log.deliveries)
  }

  async #audit(engine: Engine): Promise<Omit<FailingDrainResult, 'recordsPerSecond'>> {
    const { name, retries, bisect = false, behaviour = {} } = this.#drain
    const { recordCount, workload } = this.#backlog
    const discarded = auditFailedBatches(
      Array.from(engine.failedBatches(), ({ failed }) => failed),
      { name, retries, bisect, isPoison: (record) => isPoison(behaviour, record) },
    )
    auditLedger(name, engine.ledger(), {
      delivered: recordCount - discarded.size,
      discarded: discarded.size,
    })
    const findings = await auditLog(this.#log, {
      name,
      recordCount,
      discarded,
      restartsNs: this.#restartsNs,
      keyNumberOf: (index) => workload.keyNumberOf(index),
      sequenceNumbersOf: (records) => sequenceNumbersIn(this.#backlog, records),
    })
    this.#context.audited(findings)
    return { findings, discarded, log: this.#log, midstAt: this.#midstAt }
  }
}
