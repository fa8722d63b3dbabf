import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'
import { REGION } from '../engine/configuration.ts'
import { Workload } from '../load/workload.ts'

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

/** Writes the generated items `0..count` into a table. */
export async function fillTable(
  client: DynamoDbClient,
  table: Table,
  count: number,
): Promise<void> {
  let next = 0
  const write = async (): Promise<void> => {
    while (next < count) {
      const first = next
      next += BATCH_WRITE_ITEMS
      const length = Math.min(BATCH_WRITE_ITEMS, count - first)
      const requests = Array.from({ length }, (_, i) => ({
        PutRequest: { Item: new Workload().item(first + i) },
      }))
      await writeBatch(client, { [table.name]: requests })
    }
  }
  await Promise.all(Array.from({ length: WRITES_IN_FLIGHT }, write))
}

async function writeBatch(
  client: DynamoDbClient,
  requests: Record<string, readonly unknown[]>,
): Promise<void> {
  let rest = requests
  while (Object.keys(rest).length > 0) {
    const { UnprocessedItems } = await client.call<{
      readonly UnprocessedItems?: Record<string, readonly unknown[]>
    }>('BatchWriteItem', { RequestItems: rest })
    rest = UnprocessedItems ?? {}
    if (Object.keys(rest).length > 0) await delay(10)
  }
}
