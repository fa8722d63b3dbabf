import type { LoadedTable } from '../dynamodb/loaded-table.ts'
import type { TableDrain } from '../dynamodb/table-drain.ts'
import { alternate } from '../suite/alternate.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import type { Measured, Rival } from '../suite/figure.ts'
import { summarize } from '../suite/statistics.ts'
import { RivalMissing, type TableRival } from './rival.ts'

/** The engine against a rival. */
export type Contest = {
  readonly table: LoadedTable
  /** What the rival reads, where it would need too long for the same. Default: `table`. */
  readonly rivalTable?: LoadedTable
  /** What of a drain counts, of both. */
  readonly rate: 'whole' | 'handled'
  engine(): Promise<TableDrain>
  /** @throws RivalMissing */
  open(): Promise<TableRival>
}

type Pair = readonly [engine: TableDrain, rival: TableDrain]

/** Runs both by turns. @returns engine by rival, or why there is no such figure. @throws AuditFailure */
export async function versus(
  context: Pick<BenchmarkContext, 'runs' | 'signal' | 'progress'>,
  contest: Contest,
): Promise<Measured> {
  const { table, rivalTable = table } = contest
  try {
    const rival = await contest.open()
    try {
      const pairs = await alternate(
        context,
        { name: 'engine', run: contest.engine },
        { name: rival.facts.name, run: () => rival.drain(rivalTable) },
      )
      return ratioOf(pairs, contest, rival.facts)
    } finally {
      await rival.stop()
    }
  } catch (error) {
    if (error instanceof RivalMissing) return { missing: error.message }
    throw error
  }
}

function ratioOf(pairs: readonly Pair[], contest: Contest, rival: Rival): Measured {
  const { rate, table, rivalTable = table } = contest
  const other = rate === 'whole' ? 'handled' : 'whole'
  const each = (value: (pair: Pair) => number) => summarize(pairs.map(value))
  return {
    summary: each(([engine, theirs]) => engine[rate] / theirs[rate]),
    rival,
    details: {
      rate:
        rate === 'whole'
          ? 'from when reading is asked for to the end of the last handler'
          : 'from the first batch to the end of the last',
      [rate === 'whole' ? 'withoutStart' : 'withStart']: each(
        ([engine, theirs]) => engine[other] / theirs[other],
      ),
      engineRecordsPerSecond: each(([engine]) => engine[rate]),
      rivalRecordsPerSecond: each(([, theirs]) => theirs[rate]),
      engineStartSeconds: each(([engine]) => engine.startSeconds),
      rivalStartSeconds: each(([, theirs]) => theirs.startSeconds),
      engineRecords: table.recordCount,
      rivalRecords: rivalTable.recordCount,
    },
  }
}
