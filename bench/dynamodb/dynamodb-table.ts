import { Pool } from 'undici'
import { REGION } from '../engine/configuration.ts'
import type { Workload } from '../load/workload.ts'

const BATCH_WRITE_ITEMS = 25
const WRITES_IN_FLIGHT = 8
const STREAMS_API = 'DynamoDBStreams_20120810'
const TABLE_API = 'DynamoDB_20120810'
/** DynamoDB Local checks no signature, but wants one. */
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=millrace/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`

/** A table whose stream is on. */
export type Table = { readonly name: string; readonly streamArn: string }

/** DynamoDB's JSON protocol, bare: no SDK and no signing, which would slow down what the engine is held against. */
export class DynamoDbClient {
  readonly #pool: Pool

  constructor(endpoint: string) {
    this.#pool = new Pool(endpoint, { connections: WRITES_IN_FLIGHT })
  }

  /** @returns the answer, parsed. @throws Error with the server's words. */
  async call<Answer>(operation: string, body: unknown): Promise<Answer> {
    const api = STREAM_OPERATIONS.has(operation) ? STREAMS_API : TABLE_API
    const answer = await this.#pool.request({
      path: '/',
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `${api}.${operation}`,
        authorization: AUTHORIZATION,
      },
      body: JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode !== 200) throw new Error(`${operation}: ${answer.statusCode} ${text}`)
    return JSON.parse(text)
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

const STREAM_OPERATIONS: ReadonlySet<string> = new Set([
  'ListStreams',
  'DescribeStream',
  'GetShardIterator',
  'GetRecords',
])

export async function createTable(client: DynamoDbClient, name: string): Promise<Table> {
  const { TableDescription } = await client.call<{
    readonly TableDescription: { readonly LatestStreamArn: string }
  }>('CreateTable', {
    TableName: name,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  })
  return { name, streamArn: TableDescription.LatestStreamArn }
}

/**
 * Writes items `0..recordCount` of a workload into a table. All of a partition key are written by one writer, one after
 * another, so that in the stream they have the order of their numbers.
 */
export async function fillTable(
  client: DynamoDbClient,
  table: Table,
  { recordCount, workload }: { readonly recordCount: number; readonly workload: Workload },
): Promise<void> {
  const shares = sharesByKey(recordCount, (index) => workload.keyNumberOf(index))
  const write = async (numbers: readonly number[]): Promise<void> => {
    for (let first = 0; first < numbers.length; first += BATCH_WRITE_ITEMS) {
      const requests = numbers
        .slice(first, first + BATCH_WRITE_ITEMS)
        .map((number) => ({ PutRequest: { Item: workload.item(number) } }))
      await writeBatch(client, table.name, requests)
    }
  }
  await Promise.all(shares.map(write))
}

/** Numbers below `count` for each of the writers: ascending, and all of a key with one of them. */
export function sharesByKey(
  count: number,
  keyNumberOf: (index: number) => number,
): readonly (readonly number[])[] {
  const shares: number[][] = Array.from({ length: WRITES_IN_FLIGHT }, () => [])
  for (let index = 0; index < count; index++)
    shares[keyNumberOf(index) % WRITES_IN_FLIGHT]!.push(index)
  return shares
}

/** @throws Error where an item was not taken: written again it would be out of its order. DynamoDB Local takes all. */
async function writeBatch(
  client: DynamoDbClient,
  name: string,
  requests: readonly unknown[],
): Promise<void> {
  const { UnprocessedItems = {} } = await client.call<{
    readonly UnprocessedItems?: Readonly<Record<string, readonly unknown[]>>
  }>('BatchWriteItem', { RequestItems: { [name]: requests } })
  const refused = UnprocessedItems[name]?.length ?? 0
  if (refused > 0) throw new Error(`BatchWriteItem: ${refused} of ${requests.length} not written`)
}
