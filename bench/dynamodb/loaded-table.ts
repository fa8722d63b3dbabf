import { recordNumberOf, Workload } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { startDynamoDbLocal } from './dynamodb-local.ts'
import { createTable, DynamoDbClient, fillTable, type Table } from './dynamodb-table.ts'
import { forEachPage } from './table-stream.ts'

/** Partition keys that the records of a table are spread over: as many as the rivals were first measured with. */
const KEYS = 64
/** Makes a record of 1,000 bytes of JSON, an item of 650. @unit characters */
const TEXT_LENGTH = 530
/** Compiles what the server reads with: cold, it reads at a third of its later speed. */
const WARM_UP_READS = 2

/** A running DynamoDB Local. */
export type TableServer = {
  readonly endpoint: string
  readonly client: DynamoDbClient
}

/** DynamoDB Local could not be fetched or started here. */
export class ServerMissing extends Error {
  override readonly name = 'ServerMissing'
}

/** A table whose stream holds a workload's first records, of each key in the order of their numbers. */
export type LoadedTable = Table & {
  readonly server: TableServer
  readonly recordCount: number
  readonly workload: Workload
}

/**
 * Runs `work` with a DynamoDB Local of its own, and ends that. Each series of measurements has a fresh one: its writes
 * become a hundred times slower once it has served several streams.
 * @throws ServerMissing
 */
export async function withServer<Result>(
  work: (server: TableServer) => Promise<Result>,
): Promise<Result> {
  const local = await startDynamoDbLocal().catch((error: Error) => {
    const [reason] = error.message.split('\n', 1)
    throw new ServerMissing(
      `DynamoDB Local needs Java 17 and, the first time, a JDK and Maven: ${reason}`,
    )
  })
  const client = new DynamoDbClient(local.endpoint)
  try {
    return await work({ endpoint: local.endpoint, client })
  } finally {
    await client.close()
    await local.stop()
  }
}

/** Creates a table and writes its records. Reading does not use it up. */
export async function loadTable(
  server: TableServer,
  { name, recordCount }: { readonly name: string; readonly recordCount: number },
  { seed, progress }: Pick<BenchmarkContext, 'seed' | 'progress'>,
): Promise<LoadedTable> {
  progress(`writing ${recordCount} items into table ${name}`)
  const workload = new Workload({ seed, keys: KEYS, textLength: TEXT_LENGTH })
  const table = await createTable(server.client, name)
  await fillTable(server.client, table, { recordCount, workload })
  return { ...table, server, recordCount, workload }
}

/** Reads the table, so that nothing which is timed later meets a cold server. */
export async function warmUp(table: LoadedTable): Promise<void> {
  for (let i = 0; i < WARM_UP_READS; i++)
    await forEachPage(table.server.client, table, async () => {})
}

/** For the message about a violation. @returns of each record, by its number, its sequence number. */
export async function sequenceNumbersInTable(
  table: LoadedTable,
  numbers: readonly number[],
): Promise<readonly string[]> {
  const found = new Map<number, string>()
  await forEachPage(table.server.client, table, async (records) => {
    for (const record of records) found.set(recordNumberOf(record), record.dynamodb.SequenceNumber)
  })
  return numbers.map((number) => found.get(number) ?? 'unknown')
}
