import type { LoggedInvocation } from '../audit/handler-log.ts'
import { auditLog, type WrittenLog } from '../audit/run-audit.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { perSecond } from '../suite/statistics.ts'
import { type LoadedTable, sequenceNumbersInTable } from './loaded-table.ts'

/** How fast a table's stream was drained, by its handlers' own log. */
export type TableDrain = {
  /** From when reading was asked for to the end of the last handler. @unit records/s */
  readonly whole: number
  /** From the first handler's begin to the end of the last: what it takes to start is left out. @unit records/s */
  readonly handled: number
  /** From when reading was asked for to the first handler's begin. @unit s */
  readonly startSeconds: number
}

/** @param invocations of a drain that is over, at least one. @param begunNs when reading was asked for. */
export function drainRates(
  invocations: Iterable<LoggedInvocation>,
  recordCount: number,
  begunNs: number,
): TableDrain {
  let firstNs = Number.POSITIVE_INFINITY
  let lastNs = 0
  for (const invocation of invocations) {
    firstNs = Math.min(firstNs, invocation.begunNs)
    lastNs = Math.max(lastNs, invocation.endedNs)
  }
  return {
    whole: perSecond(recordCount, lastNs - begunNs),
    handled: perSecond(recordCount, lastNs - firstNs),
    startSeconds: (firstNs - begunNs) / 1e9,
  }
}

/** Whoever read the table: each record must have come once, and those of a key in their order. @throws AuditFailure */
export async function auditedRates(
  log: WrittenLog,
  table: LoadedTable,
  drain: {
    readonly name: string
    readonly begunNs: number
    readonly context: Pick<BenchmarkContext, 'audited'>
  },
): Promise<TableDrain> {
  const { recordCount, workload } = table
  const findings = await auditLog(log, {
    name: drain.name,
    recordCount,
    keyNumberOf: (index) => workload.keyNumberOf(index),
    sequenceNumbersOf: (numbers) => sequenceNumbersInTable(table, numbers),
  })
  drain.context.audited(findings)
  return drainRates(log.invocations(), recordCount, drain.begunNs)
}
