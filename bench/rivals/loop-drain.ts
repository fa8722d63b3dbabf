import { HandlerLog, nowNs } from '../audit/handler-log.ts'
import type { LoadedTable } from '../dynamodb/loaded-table.ts'
import { auditedRates, type TableDrain } from '../dynamodb/table-drain.ts'
import { handler } from '../handlers/logged.ts'
import type { GeneratedRecord } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'

/** Records that a loop gives its handler at once. */
export const LOOP_BATCH = 100

/**
 * Drains with a loop in this thread, which awaits the suite's own handler for each batch.
 * @param read calls its argument with page after page. @throws AuditFailure
 */
export async function drainInLoop(
  name: string,
  table: LoadedTable,
  context: Pick<BenchmarkContext, 'audited'>,
  read: (use: (records: readonly GeneratedRecord[]) => Promise<void>) => Promise<void>,
): Promise<TableDrain> {
  const log = HandlerLog.create(table.recordCount)
  const begunNs = nowNs()
  await read(async (records) => {
    for (let first = 0; first < records.length; first += LOOP_BATCH)
      await handler({ Records: records.slice(first, first + LOOP_BATCH) })
  })
  return auditedRates(log, table, { name, begunNs, context })
}
