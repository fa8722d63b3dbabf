import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { HandlerLog, nowNs } from '../audit/handler-log.ts'
import { auditLedger } from '../audit/run-audit.ts'
import type { LoadedTable } from '../dynamodb/loaded-table.ts'
import { auditedRates, type TableDrain } from '../dynamodb/table-drain.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { type EngineUse, tableConfiguration } from './configuration.ts'
import { withEngine } from './drain.ts'

/** A drain that takes longer has hung. @unit ms */
const DRAIN_MS_MAX = 300_000

/**
 * Drains a table's stream from its beginning, with a state of its own on disk, and audits that. Loading is over when the
 * clock starts. @throws AuditFailure
 */
export async function drainTable(
  table: LoadedTable,
  use: Omit<EngineUse, 'directory'>,
  context: Pick<BenchmarkContext, 'audited' | 'scratch'>,
): Promise<TableDrain> {
  const { name, server, recordCount } = table
  const directory = mkdtempSync(join(context.scratch, 'table-'))
  const configuration = tableConfiguration({ directory, ...use }, { ...server, name })
  const log = HandlerLog.create(recordCount)
  return withEngine(configuration, 'durable', async (engine) => {
    await engine.start()
    const begunNs = nowNs()
    await engine.caughtUp({ signal: AbortSignal.timeout(DRAIN_MS_MAX) })
    auditLedger('engine, table', engine.ledger(), { delivered: recordCount })
    return auditedRates(log, table, { name: 'engine, table', begunNs, context })
  })
}
