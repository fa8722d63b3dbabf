import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineConfiguration } from '../../lib/core/mapping/settings.ts'
import { Engine } from '../../lib/engine/engine.ts'
import { openLmdbStateStore } from '../../lib/state/lmdb/lmdb-state-store.ts'
import { createMemoryStateStore } from '../../lib/state/memory/memory-state-store.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { auditLedger, auditLog, type Drain, timeDrain } from '../audit/run-audit.ts'
import { type Backlog, sequenceNumbersIn } from '../load/backlog.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { type EngineUse, embeddedConfiguration } from './configuration.ts'

/** A drain that takes longer has hung. @unit ms */
const DRAIN_MS_MAX = 300_000

/** Where positions go: to disk, as always, or to memory, to see what the disk costs. */
export type Durability = 'durable' | 'memory'

export type EngineDrain = Omit<EngineUse, 'directory'> & {
  readonly durability?: Durability
  /** Records that the mapping's filter passes by, and how many those are. */
  readonly filtered?: { readonly count: number; isFiltered(index: number): boolean }
}

/**
 * Drains the backlog from its beginning, with a state of its own, and audits that. Loading is over when the clock
 * starts; it ends when all is settled and on disk.
 * @throws AuditFailure
 */
export async function drainWithEngine(
  backlog: Backlog,
  drain: EngineDrain,
  context: Pick<BenchmarkContext, 'audited'>,
): Promise<Drain> {
  const { durability = 'durable', filtered, ...use } = drain
  const { directory, recordCount, workload } = backlog
  const configuration = embeddedConfiguration({ directory, ...use })
  const delivered = recordCount - (filtered?.count ?? 0)
  const name = `engine, BatchSize ${use.batchSize}, ${durability}`
  const log = HandlerLog.create(delivered)
  return withEngine(configuration, durability, async (engine) => {
    await engine.start()
    const timed = await timeDrain(log, delivered, () =>
      engine.caughtUp({ signal: AbortSignal.timeout(DRAIN_MS_MAX) }),
    )
    auditLedger(name, engine.ledger(), { delivered, filtered: recordCount - delivered })
    context.audited(
      await auditLog(log, {
        name,
        recordCount,
        keyNumberOf: (index) => workload.keyNumberOf(index),
        ...(filtered ? { isFiltered: filtered.isFiltered } : {}),
        sequenceNumbersOf: (records) => sequenceNumbersIn(backlog, records),
      }),
    )
    return timed
  })
}

/** Opens an engine whose positions are its own, whatever was read before, and stops it when `work` is done. */
export function withEngine<Result>(
  configuration: EngineConfiguration,
  durability: Durability,
  work: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  return withStateDirectory(async (directory) => {
    await using engine =
      durability === 'memory'
        ? await Engine.open(configuration, { store: createMemoryStateStore() })
        : await openEngineAt(directory, configuration)
    return await work(engine)
  })
}

/** An empty directory for the state of engines, for as long as `work` takes. */
export async function withStateDirectory<Result>(
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-state-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Opens an engine that goes on from the state in `directory`; its streams are where the configuration says. */
export async function openEngineAt(
  directory: string,
  configuration: EngineConfiguration,
): Promise<Engine> {
  const failedBatchBytesMax = configuration.engine.failedBatchStoreMaximumBytes
  const store = await openLmdbStateStore({ directory, failedBatchBytesMax })
  return Engine.open(configuration, { store })
}
