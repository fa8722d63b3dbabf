import type { GeneratedRecord } from '../load/workload.ts'
import type { DynamoDbClient, Table } from './dynamodb-table.ts'

/** The most that GetRecords gives. */
export const PAGE_RECORDS_MAX = 1000

/** A record as GetRecords answers it. */
export type TableRecord = GeneratedRecord & {
  readonly dynamodb: { readonly SequenceNumber: string }
}
type Page = { readonly Records: readonly TableRecord[]; readonly NextShardIterator?: string }

/** Reads a table's stream from its beginning, page after page over one connection, until `recordCount` have come. */
export async function forEachPage(
  client: DynamoDbClient,
  { streamArn, recordCount }: Pick<Table, 'streamArn'> & { readonly recordCount: number },
  use: (records: readonly TableRecord[]) => Promise<void>,
): Promise<void> {
  let count = 0
  for (const shardId of await listShards(client, streamArn)) {
    let iterator: string | undefined = await openShard(client, streamArn, shardId)
    while (iterator !== undefined && count < recordCount) {
      const page: Page = await client.call('GetRecords', {
        ShardIterator: iterator,
        Limit: PAGE_RECORDS_MAX,
      })
      count += page.Records.length
      iterator = page.NextShardIterator
      await use(page.Records)
    }
  }
}

async function listShards(client: DynamoDbClient, streamArn: string): Promise<readonly string[]> {
  const { StreamDescription } = await client.call<{
    readonly StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] }
  }>('DescribeStream', { StreamArn: streamArn })
  return StreamDescription.Shards.map(({ ShardId }) => ShardId)
}

async function openShard(
  client: DynamoDbClient,
  streamArn: string,
  shardId: string,
): Promise<string> {
  const { ShardIterator } = await client.call<{ readonly ShardIterator: string }>(
    'GetShardIterator',
    { StreamArn: streamArn, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' },
  )
  return ShardIterator
}
