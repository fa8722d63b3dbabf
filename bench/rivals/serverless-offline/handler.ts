import type { GeneratedRecord } from '../../load/workload.ts'
import { recordNumberOf } from '../../load/workload.ts'
import { appendHandled } from '../handled-file.ts'

/** The handler that serverless-offline calls, in a thread of its own process: writes down what it sees. */
export async function handler({
  Records: records,
}: {
  readonly Records: readonly GeneratedRecord[]
}): Promise<void> {
  const begunNs = process.hrtime.bigint()
  appendHandled(process.env['HANDLED_FILE']!, { begunNs, records: records.map(recordNumberOf) })
}
