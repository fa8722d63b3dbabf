import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import type { LoadedTable, TableServer } from '../dynamodb/loaded-table.ts'
import { PAGE_RECORDS_MAX } from '../dynamodb/table-stream.ts'
import { REGION } from '../engine/configuration.ts'
import type { GeneratedRecord } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { drainInLoop } from './loop-drain.ts'
import { installedVersion, RivalMissing, type TableRival } from './rival.ts'

const NAME = 'SDK loop'
const PACKAGE = '@aws-sdk/client-dynamodb-streams'

/** The first loop of the documentation: the AWS SDK's client for streams, and the handler awaited. @throws RivalMissing */
export async function openSdkLoop(
  { endpoint }: Pick<TableServer, 'endpoint'>,
  context: Pick<BenchmarkContext, 'audited'>,
): Promise<TableRival> {
  // It would warn on every start that it will not support this Node for ever.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  const sdk = await import('@aws-sdk/client-dynamodb-streams').catch(() => {
    throw new RivalMissing(`${PACKAGE} is not installed: npm install --save-dev ${PACKAGE}`)
  })
  const client = new sdk.DynamoDBStreamsClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: 'millrace', secretAccessKey: 'millrace' },
  })
  return {
    facts: {
      name: NAME,
      version: `${PACKAGE} ${installedVersion(PACKAGE)}`,
      started: 'in the thread of the suite, pages of 1000, the same handler with batches of 100',
      note: 'The client as it comes, with its signatures and its own parsing into objects; for the rest as little as the bare HTTP loop does.',
    },
    drain: (table) =>
      drainInLoop(NAME, table, context, (use) => forEachSdkPage(sdk, client, table, use)),
    stop: async () => client.destroy(),
  }
}

type Sdk = typeof import('@aws-sdk/client-dynamodb-streams')

async function forEachSdkPage(
  { DescribeStreamCommand, GetShardIteratorCommand, GetRecordsCommand }: Sdk,
  client: DynamoDBStreamsClient,
  { streamArn, recordCount }: LoadedTable,
  use: (records: readonly GeneratedRecord[]) => Promise<void>,
): Promise<void> {
  const { StreamDescription } = await client.send(
    new DescribeStreamCommand({ StreamArn: streamArn }),
  )
  let count = 0
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    )
    for (let iterator = ShardIterator; iterator !== undefined && count < recordCount; ) {
      const { Records = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: PAGE_RECORDS_MAX }),
      )
      count += Records.length
      iterator = NextShardIterator
      // Records of a workload, as they were put.
      await use(Records as unknown as readonly GeneratedRecord[])
    }
  }
}
