import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type Shard,
  type _Record as WireRecord,
} from '@aws-sdk/client-dynamodb-streams'

export type { WireRecord }

/** An SDK client of a daemon; it tries once. */
export function streamsClient({ url }: { readonly url: string }): DynamoDBStreamsClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  return new DynamoDBStreamsClient({
    endpoint: url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  })
}

/** ARN of the only stream of a name. */
export async function streamArnOf(client: DynamoDBStreamsClient, name: string): Promise<string> {
  const { Streams } = await client.send(new ListStreamsCommand({ TableName: name }))
  return Streams![0]!.StreamArn!
}

/** All shards, page by page. */
export async function shardsOf(
  client: DynamoDBStreamsClient,
  streamArn: string,
  limit = 100,
): Promise<readonly Shard[]> {
  const shards: Shard[] = []
  let last: string | undefined
  do {
    const { StreamDescription } = await client.send(
      new DescribeStreamCommand({
        StreamArn: streamArn,
        Limit: limit,
        ...(last ? { ExclusiveStartShardId: last } : {}),
      }),
    )
    shards.push(...StreamDescription!.Shards!)
    last = StreamDescription!.LastEvaluatedShardId
  } while (last)
  return shards
}

/** A shard from its beginning until a page is empty, or the shard ends. */
export async function recordsOf(
  client: DynamoDBStreamsClient,
  streamArn: string,
  shardId: string,
  limit = 1000,
): Promise<readonly WireRecord[]> {
  const start = {
    StreamArn: streamArn,
    ShardId: shardId,
    ShardIteratorType: 'TRIM_HORIZON',
  } as const
  const records: WireRecord[] = []
  let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand(start))
  while (iterator) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }))
    if (page.Records!.length === 0) break
    records.push(...page.Records!)
    iterator = page.NextShardIterator
  }
  return records
}

/** All shards, parents before their children. */
export async function allRecords(
  client: DynamoDBStreamsClient,
  streamArn: string,
  limit = 1000,
): Promise<readonly WireRecord[]> {
  const records: WireRecord[] = []
  for (const { ShardId } of await shardsOf(client, streamArn))
    records.push(...(await recordsOf(client, streamArn, ShardId!, limit)))
  return records
}
