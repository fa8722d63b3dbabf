import type { Test } from 'tap'
import { DynamoDbClient } from '../../bench/dynamodb/dynamodb-table.ts'
import type { LoadedTable } from '../../bench/dynamodb/loaded-table.ts'
import { Workload } from '../../bench/load/workload.ts'
import { serveStreams } from './fake-dynamodb-streams.ts'
import { ScriptedStreams } from './scripted-streams.ts'

const KEYS = 3

/** A table as the benchmarks know it, whose stream gives the records with these numbers, in this order. */
export async function scriptedTable(t: Test, numbers: readonly number[]): Promise<LoadedTable> {
  const workload = new Workload({ keys: KEYS })
  const script = new ScriptedStreams()
  const records = numbers.map((number, position) => {
    const record = workload.record(number)
    const SequenceNumber = String(position + 1).padStart(21, '0')
    return { ...record, dynamodb: { ...record.dynamodb, SequenceNumber } }
  })
  script.shards = [{ shardId: 'shardId-0000000001', records, isClosed: true }]
  const server = await serveStreams(script)
  const client = new DynamoDbClient(server.endpoint)
  t.teardown(async () => {
    await client.close()
    await server.stop()
  })
  return {
    name: 'orders',
    streamArn: script.streamArn,
    server: { endpoint: server.endpoint, client },
    recordCount: numbers.length,
    workload,
  }
}
