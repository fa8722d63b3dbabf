import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EngineConfiguration } from '../lib/core/mapping/settings.ts'
import { Engine } from '../lib/engine/engine.ts'
import type { StateStore } from '../lib/ports/state-store.ts'
import { fromLibraryOptions } from '../lib/settings/library-options.ts'
import { openLmdbStateStore } from '../lib/state/lmdb/lmdb-state-store.ts'
import { createMemoryStateStore } from '../lib/state/memory/memory-state-store.ts'
import { type Backlog, STREAM_NAME } from './backlog.ts'
import { auditLedger, auditRun, type Drain, prepareRun } from './run-audit.ts'

const FUNCTION_NAME = 'on-order'
const POOL_THREADS = 2
const PARALLELIZATION_FACTOR = 10

/** Where positions go: to disk, as always, or to memory, to see what that costs. */
export type Durability = 'durable' | 'memory'

export type EngineRun = {
  readonly batchSize: number
  readonly durability: Durability
  /** Module below `bench/handlers`. */
  readonly handler?: string
}

/** The engine's settings for a drain of the backlog: ten lanes, two pool threads, everything else by default. */
export function configure(directory: string, run: EngineRun): EngineConfiguration {
  const handlers = fileURLToPath(new URL('handlers/', import.meta.url))
  return fromLibraryOptions({
    data: directory,
    streams: {
      [STREAM_NAME]: {
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    },
    functions: {
      [FUNCTION_NAME]: {
        Runtime: 'nodejs20.x',
        CodeUri: handlers,
        Handler: `${run.handler ?? 'noop'}.handler`,
      },
    },
    mappings: [
      {
        Stream: STREAM_NAME,
        FunctionName: FUNCTION_NAME,
        BatchSize: run.batchSize,
        ParallelizationFactor: PARALLELIZATION_FACTOR,
        StartingPosition: 'TRIM_HORIZON',
      },
    ],
    engine: { MaximumThreads: POOL_THREADS },
  })
}

/** Drains the backlog from its beginning with a state of its own, and audits that. @throws AuditFailure */
export async function drainWithEngine(backlog: Backlog, run: EngineRun): Promise<Drain> {
  const state = mkdtempSync(join(tmpdir(), 'millrace-bench-state-'))
  const configuration = configure(backlog.directory, run)
  const store = await openStore(state, configuration, run.durability)
  const engine = await Engine.open(configuration, { store })
  const name = `engine, BatchSize ${run.batchSize}, ${run.durability}`
  try {
    prepareRun(backlog.recordCount)
    await engine.start()
    const begun = process.hrtime.bigint()
    await engine.caughtUp()
    const ended = process.hrtime.bigint()
    auditLedger(name, backlog.recordCount, engine.ledger())
    return auditRun(name, backlog.recordCount, { begun, ended })
  } finally {
    await engine.stop()
    rmSync(state, { recursive: true })
  }
}

function openStore(
  directory: string,
  { engine }: EngineConfiguration,
  durability: Durability,
): Promise<StateStore> | StateStore {
  if (durability === 'memory') return createMemoryStateStore()
  return openLmdbStateStore({ directory, failedBatchBytesMax: engine.failedBatchStoreMaximumBytes })
}
