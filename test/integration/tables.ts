// The SDK warns on stderr about the Node version.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  AttributeValue,
  DynamoDBClient,
  StreamViewType,
  WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { DynamoDbClient as RawClient } from '../../bench/dynamodb/dynamodb-table.ts'
import { type DynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.ts'

const sdk = await import('@aws-sdk/client-dynamodb')

export type Item = Record<string, AttributeValue>

/** A record as GetRecords answers it, whole. */
export type WireRecord = {
  readonly eventID: string
  readonly eventName: string
  readonly dynamodb: {
    readonly Keys: Item
    readonly NewImage?: Item
    readonly OldImage?: Item
    readonly SequenceNumber: string
  }
}

type Teardown = { teardown(done: () => Promise<void>): void }

/** A DynamoDB Local of its own with a folder of its own; the SDK writes, bare HTTP reads what engines are held against. */
export class Tables {
  readonly endpoint: string
  /** Ends with the test. */
  readonly folder: string
  readonly #sdk: DynamoDBClient
  readonly #raw: RawClient

  /** Ends with `t`. */
  static async start(t: Teardown): Promise<Tables> {
    const local = await startDynamoDbLocal()
    const tables = new Tables(local)
    t.teardown(async () => {
      await tables.#close()
      await local.stop()
    })
    return tables
  }

  private constructor({ endpoint }: DynamoDbLocal) {
    this.endpoint = endpoint
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-tables-'))
    this.#raw = new RawClient(endpoint)
    this.#sdk = new sdk.DynamoDBClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
  }

  /** What `createEngine` takes as `sources`. */
  get sources() {
    return { DynamoDB: { Endpoint: this.endpoint, Region: 'us-east-1' } }
  }

  /** A table with `id` as its key. @returns the ARN of its stream. */
  async create(name: string, view: StreamViewType = 'NEW_AND_OLD_IMAGES'): Promise<string> {
    const { TableDescription } = await this.#sdk.send(
      new sdk.CreateTableCommand({
        TableName: name,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: view },
      }),
    )
    return TableDescription!.LatestStreamArn!
  }

  async drop(name: string): Promise<void> {
    await this.#sdk.send(new sdk.DeleteTableCommand({ TableName: name }))
  }

  async put(name: string, item: Item): Promise<void> {
    await this.#sdk.send(new sdk.PutItemCommand({ TableName: name, Item: item }))
  }

  /** Puts items that have nothing but an id. */
  async putAll(name: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.put(name, { id: { S: id } })
  }

  async remove(name: string, id: string): Promise<void> {
    await this.#sdk.send(new sdk.DeleteItemCommand({ TableName: name, Key: { id: { S: id } } }))
  }

  /** One BatchWriteItem of at most 25 requests, no two of one key. */
  async write(name: string, requests: WriteRequest[]): Promise<void> {
    let rest: Record<string, WriteRequest[]> = { [name]: requests }
    while (Object.keys(rest).length > 0) {
      const { UnprocessedItems } = await this.#sdk.send(
        new sdk.BatchWriteItemCommand({ RequestItems: rest }),
      )
      rest = UnprocessedItems ?? {}
    }
  }

  /** All records of a stream, as the server writes them. */
  async records(streamArn: string): Promise<readonly WireRecord[]> {
    const { StreamDescription } = await this.#raw.call<{
      readonly StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] }
    }>('DescribeStream', { StreamArn: streamArn })
    const records: WireRecord[] = []
    for (const { ShardId } of StreamDescription.Shards)
      records.push(...(await this.#recordsOf(streamArn, ShardId)))
    return records
  }

  async #recordsOf(StreamArn: string, ShardId: string): Promise<readonly WireRecord[]> {
    const records: WireRecord[] = []
    const request = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }
    let { ShardIterator } = await this.#raw.call<{ readonly ShardIterator?: string }>(
      'GetShardIterator',
      request,
    )
    while (ShardIterator !== undefined) {
      const page: { readonly Records: WireRecord[]; readonly NextShardIterator?: string } =
        await this.#raw.call('GetRecords', { ShardIterator })
      if (page.Records.length === 0) break
      records.push(...page.Records)
      ShardIterator = page.NextShardIterator
    }
    return records
  }

  async #close(): Promise<void> {
    this.#sdk.destroy()
    await this.#raw.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
