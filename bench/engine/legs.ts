import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../lib/engine/engine.ts'
import { HandlerLog, type LoggedInvocation, type Moment, momentNow } from '../audit/handler-log.ts'
import { auditLedger, auditLog } from '../audit/run-audit.ts'
import { type Backlog, sequenceNumbersIn, writeBacklog } from '../load/backlog.ts'
import { Workload } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { type EngineUse, functionConfiguration, mappingRequest } from './configuration.ts'
import { withEngine } from './drain.ts'

/** A leg that takes longer has hung. @unit ms */
const LEG_MS_MAX = 120_000

/** Where each record came alone. */
const LOG_WORDS_PER_RECORD = 9

/** One mapping's part of a series: it drains a backlog from its beginning. */
export type Leg = {
  /** In the engine's data directory. */
  readonly backlog: Backlog & { readonly stream: string }
  readonly lanes: number
  readonly batchSize: number
}

/** Backlogs in one data directory, written when first asked for. */
export class LegStreams {
  readonly directory: string
  readonly #seed: number
  readonly #written = new Map<string, Promise<Leg['backlog']>>()

  static create({ scratch, seed }: Pick<BenchmarkContext, 'scratch' | 'seed'>): LegStreams {
    return new LegStreams(mkdtempSync(join(scratch, 'legs-')), seed)
  }

  private constructor(directory: string, seed: number) {
    this.directory = directory
    this.#seed = seed
  }

  /** Even keys. Not while an engine has the directory open. */
  backlog(keys: number, recordCount: number): Promise<Leg['backlog']> {
    const stream = `keys-${keys}-records-${recordCount}`
    const known = this.#written.get(stream)
    if (known) return known
    const written = this.#write(stream, new Workload({ seed: this.#seed, keys }), recordCount)
    this.#written.set(stream, written)
    return written
  }

  async #write(stream: string, workload: Workload, count: number): Promise<Leg['backlog']> {
    const beside = { directory: this.directory, stream }
    return { ...(await writeBacklog(this.directory, count, { workload, beside })), stream }
  }
}

/** What the handlers saw in a leg whose audit passed, and the process around it. */
export type LegRun = {
  readonly invocations: readonly LoggedInvocation[]
  /** Processor time of all threads. @unit µs for each record */
  readonly processorUs: number
}

export type SeriesOptions = Omit<EngineUse, 'batchSize' | 'lanes' | 'mapping'> & {
  /** Records of the largest leg. */
  readonly recordsMax: number
}

/**
 * Opens one engine in which mappings are made, drain a backlog each, and are deleted again. The function's threads are
 * its own, not the mappings': from the second leg on they are there and warm, so that a leg is measured and no start.
 */
export function withLegs<Result>(
  { recordsMax, ...use }: SeriesOptions,
  context: Pick<BenchmarkContext, 'audited' | 'signal'>,
  work: (runLeg: (leg: Leg) => Promise<LegRun>) => Promise<Result>,
): Promise<Result> {
  const log = HandlerLog.createRolling(Math.ceil(Math.log2(recordsMax * LOG_WORDS_PER_RECORD)))
  return withEngine(functionConfiguration(use), 'durable', async (engine) => {
    await engine.start()
    return work(async (leg) => {
      context.signal.throwIfAborted()
      const processorUs = await drainLeg(engine, leg)
      const invocations = [...log.take()]
      const { recordCount, workload } = leg.backlog
      const seen = { isOverflowed: log.isOverflowed, invocations: () => invocations }
      const findings = await auditLog(seen, {
        name: `${leg.backlog.stream}, ParallelizationFactor ${leg.lanes}`,
        recordCount,
        keyNumberOf: (index) => workload.keyNumberOf(index),
        sequenceNumbersOf: (records) => sequenceNumbersIn(leg.backlog, records),
      })
      context.audited(findings)
      return { invocations, processorUs }
    })
  })
}

/** @returns processor time of each record. @unit µs */
async function drainLeg(engine: Engine, { backlog, lanes, batchSize }: Leg): Promise<number> {
  const { stream, recordCount } = backlog
  const begun = momentNow()
  const { streamArn } = engine.stream(stream)
  const request = mappingRequest(streamArn, { lanes, batchSize })
  const { UUID: uuid } = await engine.mappings.create(request)
  await engine.caughtUp({ signal: AbortSignal.timeout(LEG_MS_MAX) })
  const processorUs = spentSince(begun) / recordCount
  auditLedger(stream, engine.ledger(uuid), { delivered: recordCount })
  await engine.mappings.delete(uuid)
  await engine.mappings.waitUntilUpdated(uuid)
  return processorUs
}

const spentSince = (begun: Moment): number => momentNow().processorUs - begun.processorUs
