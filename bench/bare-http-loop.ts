import type { DynamoDbClient, Table } from './dynamodb-table.ts'
import { AuditFailure } from './run-audit.ts'
import { nowNs } from './stamps.ts'
import { perSecond } from './statistics.ts'

/** The most that GetRecords gives. */
const LIMIT = 1000

type Page = { readonly Records: readonly unknown[]; readonly NextShardIterator?: string }

/**
 * What a plain program reaches that reads a table's stream: GetRecords and `JSON.parse`, page after page over one
 * connection. No handler, no order, no position kept.
 * @returns records per second, until the last of `recordCount` was there.
 * @throws AuditFailure
 */
export async function drainOverHttp(
  client: DynamoDbClient,
  { streamArn }: Table,
  recordCount: number,
): Promise<number> {
  const begunNs = nowNs()
  let count = 0
  for (const shard of await listShards(client, streamArn)) {
    let iterator: string | undefined = await openShard(client, streamArn, shard)
    while (iterator !== undefined && count < recordCount) {
      const page: Page = await client.call('GetRecords', { ShardIterator: iterator, Limit: LIMIT })
      count += page.Records.length
      iterator = page.NextShardIterator
    }
  }
  const endedNs = nowNs()
  if (count !== recordCount)
    throw new AuditFailure(`bare HTTP loop: read ${count} of ${recordCount} records`)
  return perSecond(count, endedNs - begunNs)
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
