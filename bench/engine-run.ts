import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineConfiguration } from '../lib/core/mapping/settings.ts'
import { Engine } from '../lib/engine/engine.ts'
import type { EngineStore } from '../lib/ports/failed-batch-store.ts'
import { openLmdbStateStore } from '../lib/state/lmdb/lmdb-state-store.ts'
import { createMemoryStateStore } from '../lib/state/memory/memory-state-store.ts'
import type { Backlog } from './backlog.ts'
import { embeddedConfiguration } from './configuration.ts'
import { auditDrain, auditLedger, type Drain, prepareDrain } from './run-audit.ts'
import { momentNow } from './tally.ts'
import { Witness } from './witness.ts'

/** A drain that takes longer has hung. @unit ms */
const DRAIN_MS_MAX = 300_000

/** Where positions go: to disk, as always, or to memory, to see what the disk costs. */
export type Durability = 'durable' | 'memory'

export type EngineDrain = {
  readonly batchSize: number
  readonly durability?: Durability
  readonly handler?: 'noop' | 'witness'
  /** Only what matches is delivered. */
  readonly filter?: { readonly pattern: string; readonly matchingCount: number }
}

/**
 * Drains the backlog from its beginning, with a state of its own, and audits that. Loading is over when the clock
 * starts; it ends when all is settled and on disk.
 * @throws AuditFailure
 */
export async function drainWithEngine(backlog: Backlog, drain: EngineDrain): Promise<Drain> {
  const { batchSize, durability = 'durable', handler = 'noop', filter } = drain
  const { directory, recordCount } = backlog
  const configuration = embeddedConfiguration({
    directory,
    batchSize,
    handler,
    ...(filter ? { filterPattern: filter.pattern } : {}),
  })
  const deliveredCount = filter?.matchingCount ?? recordCount
  const name = `engine, BatchSize ${batchSize}, ${durability}`
  return withEngine(configuration, durability, async (engine) => {
    prepareDrain(deliveredCount)
    await engine.start()
    const begun = momentNow()
    await engine.caughtUp({ signal: AbortSignal.timeout(DRAIN_MS_MAX) })
    const ended = momentNow()
    auditLedger(name, recordCount, engine.ledger(), deliveredCount)
    return auditDrain(name, deliveredCount, { begun, ended })
  })
}

/** A drain under the eyes of a {@link Witness}: to warm up, and to know that what is fast is also right. */
export async function drainWithWitness(backlog: Backlog, batchSize: number): Promise<void> {
  const witness = Witness.create(backlog.recordCount)
  await drainWithEngine(backlog, { batchSize, handler: 'witness' })
  witness.testify(`engine, BatchSize ${batchSize}`)
}

/** Opens an engine whose positions are its own, whatever was read before, and stops it when `work` is done. */
export async function withEngine<Result>(
  configuration: EngineConfiguration,
  durability: Durability,
  work: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-state-'))
  try {
    const failedBatchBytesMax = configuration.engine.failedBatchStoreMaximumBytes
    const store: EngineStore =
      durability === 'memory'
        ? createMemoryStateStore()
        : await openLmdbStateStore({ directory, failedBatchBytesMax })
    await using engine = await Engine.open(configuration, { store })
    return await work(engine)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
