import { forEachPage } from '../dynamodb/table-stream.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { drainInLoop } from './loop-drain.ts'
import { installedVersion, type TableRival } from './rival.ts'

const NAME = 'bare HTTP loop'

/** What a plain program reaches that reads a table's stream: GetRecords, `JSON.parse`, and the handler awaited. */
export function bareHttpLoop(context: Pick<BenchmarkContext, 'audited'>): TableRival {
  return {
    facts: {
      name: NAME,
      version: `undici ${installedVersion('undici')}`,
      started: 'in the thread of the suite, pages of 1000, the same handler with batches of 100',
      note: 'It does the least that can be done: no signature, no other thread, no order by key but the one of its single reader, no retries, no position kept. Its code stays compiled from run to run, while the threads of the engine begin anew.',
    },
    drain: (table) =>
      drainInLoop(NAME, table, context, (use) => forEachPage(table.server.client, table, use)),
    stop: async () => {},
  }
}
