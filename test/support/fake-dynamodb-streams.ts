import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FakeRecord } from './fake-dynamodb-records.ts'

export type FakeShard = {
  readonly shardId: string
  readonly parentShardId?: string
  /** In sequence order. */
  records: FakeRecord[]
  isClosed?: boolean
  /** Records from the front that are gone. */
  trimmed?: number
}

/** What one call meets instead of its answer. */
export type Fault =
  | {
      readonly type: 'error'
      readonly status: number
      readonly code: string
      readonly message?: string
    }
  /** The connection ends in the middle of the true answer. */
  | { readonly type: 'truncate' }
  /** The connection ends without an answer. */
  | { readonly type: 'drop' }
  /** The true answer, when `until` resolves. */
  | { readonly type: 'wait'; readonly until: Promise<unknown> }
  | { readonly type: 'body'; readonly body: string | Uint8Array; readonly status?: number }
  /** 200 and bytes without end. */
  | { readonly type: 'endless' }

export type Call = {
  readonly operation: string
  readonly request: Readonly<Record<string, unknown>>
  readonly headers: IncomingMessage['headers']
}

type Answer = { readonly status: number; readonly body: string }

export const STREAM_ARN =
  'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000'

/** A DynamoDB Streams server on a free loopback port that does what a test scripts. */
export class FakeDynamoDbStreams {
  readonly #server: Server
  readonly #faults = new Map<string, Fault[]>()
  #waiters: { readonly count: number; readonly operation: string; readonly done: () => void }[] = []
  #generation = 0
  readonly calls: Call[] = []
  shards: FakeShard[] = []
  status = 'ENABLED'
  streamArn = STREAM_ARN
  keySchema: unknown = [
    { AttributeName: 'sort', KeyType: 'RANGE' },
    { AttributeName: 'id', KeyType: 'HASH' },
  ]
  /** Overrides what DescribeStream lists: page by page. */
  shardPages: ((listing: number) => FakeShard[][]) | undefined
  #listings = 0
  /** Of ListStreams. */
  streams: { StreamArn: string; TableName: string; StreamLabel: string }[] = []
  listPageLength = 100
  recordsPerPage = 1000

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
  }

  static async start(): Promise<FakeDynamoDbStreams> {
    const fake = new FakeDynamoDbStreams()
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve))
    return fake
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The next calls of `operation` meet these faults, one each. */
  inject(operation: string, ...faults: Fault[]): void {
    this.#faults.set(operation, [...(this.#faults.get(operation) ?? []), ...faults])
  }

  /** All iterators given so far are expired. */
  expireIterators(): void {
    this.#generation++
  }

  called(operation: string): Call[] {
    return this.calls.filter((call) => call.operation === operation)
  }

  /** Resolves when `operation` was called `count` times since the start. */
  async untilCalled(operation: string, count: number): Promise<void> {
    if (this.called(operation).length >= count) return
    await new Promise<void>((done) => this.#waiters.push({ count, operation, done }))
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).split('.')[1]!
    const body = JSON.parse(await text(request)) as Record<string, unknown>
    this.calls.push({ operation, request: body, headers: request.headers })
    const met = this.#waiters.filter((w) => this.called(w.operation).length >= w.count)
    this.#waiters = this.#waiters.filter((w) => !met.includes(w))
    for (const waiter of met) waiter.done()
    const fault = this.#faults.get(operation)?.shift()
    if (fault?.type === 'wait') await fault.until
    const answer = this.#answer(operation, body)
    if (fault === undefined || fault.type === 'wait') send(response, answer.status, answer.body)
    else applyFault(response, fault, answer)
  }

  #answer(operation: string, request: Record<string, unknown>): Answer {
    switch (operation) {
      case 'ListStreams':
        return this.#listStreams(request)
      case 'DescribeStream':
        return this.#describe(request)
      case 'GetShardIterator':
        return this.#iterator(request)
      case 'GetRecords':
        return this.#records(request)
      default:
        return failed('UnknownOperationException')
    }
  }

  #listStreams(request: Record<string, unknown>): Answer {
    const all = this.streams.filter((stream) => stream.TableName === request['TableName'])
    const from = all.findIndex((s) => s.StreamArn === request['ExclusiveStartStreamArn']) + 1
    const Streams = all.slice(from, from + this.listPageLength)
    const hasMore = from + Streams.length < all.length
    return ok({
      Streams,
      ...(hasMore ? { LastEvaluatedStreamArn: Streams.at(-1)!.StreamArn } : {}),
    })
  }

  #describe(request: Record<string, unknown>): Answer {
    if (request['StreamArn'] !== this.streamArn)
      return failed(
        'ResourceNotFoundException',
        `Requested resource not found: Stream: ${request['StreamArn']} not found`,
      )
    const from = request['ExclusiveStartShardId']
    if (from === undefined) this.#listings++
    const pages = this.shardPages?.(this.#listings) ?? chunks(this.shards, this.listPageLength)
    const index = pages.findIndex((page) => page.at(-1)?.shardId === from) + 1
    const page = pages[index] ?? []
    const hasMore = index < pages.length - 1
    return ok({
      StreamDescription: {
        StreamArn: this.streamArn,
        StreamLabel: this.streamArn.split('/').at(-1),
        StreamStatus: this.status,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        KeySchema: this.keySchema,
        Shards: page.map(describeShard),
        ...(hasMore ? { LastEvaluatedShardId: page.at(-1)!.shardId } : {}),
      },
    })
  }

  #iterator(request: Record<string, unknown>): Answer {
    const shard = this.shards.find((s) => s.shardId === request['ShardId'])
    if (!shard) return failed('ResourceNotFoundException', 'Shard does not exist')
    const trimmed = shard.trimmed ?? 0
    const type = request['ShardIteratorType']
    const sequenceNumber = String(request['SequenceNumber'] ?? '')
    if (type === 'AFTER_SEQUENCE_NUMBER' && sequenceNumber.length < 21)
      return failed('ValidationException', 'Member must have length greater than or equal to 21')
    const after = shard.records.findIndex(
      (r) => BigInt(r.dynamodb.SequenceNumber) > BigInt(sequenceNumber || 0),
    )
    const index =
      type === 'TRIM_HORIZON'
        ? trimmed
        : type === 'LATEST' || after < 0
          ? shard.records.length
          : after
    if (type === 'AFTER_SEQUENCE_NUMBER' && index < trimmed)
      return failed('TrimmedDataAccessException')
    return ok({ ShardIterator: this.#iteratorAt(shard, index) })
  }

  #records(request: Record<string, unknown>): Answer {
    const [shardId, position, generation] = String(request['ShardIterator']).split('|')
    const shard = this.shards.find((s) => s.shardId === shardId)
    if (!shard) return failed('ResourceNotFoundException', 'Shard does not exist')
    if (Number(generation) !== this.#generation) return failed('ExpiredIteratorException')
    const index = Number(position)
    if (index < (shard.trimmed ?? 0)) return failed('TrimmedDataAccessException')
    const limit = Math.min(this.recordsPerPage, Number(request['Limit']))
    const Records = shard.records.slice(index, index + limit)
    const next = index + Records.length
    const isLast = shard.isClosed === true && next >= shard.records.length
    return ok({
      Records,
      ...(isLast ? {} : { NextShardIterator: this.#iteratorAt(shard, next) }),
    })
  }

  #iteratorAt(shard: FakeShard, index: number): string {
    return `${shard.shardId}|${index}|${this.#generation}`
  }
}

function describeShard(shard: FakeShard): unknown {
  const EndingSequenceNumber = shard.records.at(-1)?.dynamodb.SequenceNumber ?? '0'.repeat(21)
  return {
    ShardId: shard.shardId,
    ...(shard.parentShardId === undefined ? {} : { ParentShardId: shard.parentShardId }),
    SequenceNumberRange: {
      StartingSequenceNumber: shard.records[0]?.dynamodb.SequenceNumber ?? '0'.repeat(21),
      ...(shard.isClosed ? { EndingSequenceNumber } : {}),
    },
  }
}

function chunks<T>(list: readonly T[], length: number): T[][] {
  const count = Math.max(1, Math.ceil(list.length / length))
  return Array.from({ length: count }, (_, i) => list.slice(i * length, (i + 1) * length))
}

const ok = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) })

const failed = (code: string, message = code): Answer => ({
  status: 400,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message }),
})

function applyFault(response: ServerResponse, fault: Fault, answer: Answer): void {
  if (fault.type === 'error') {
    const { status, code, message = code } = fault
    send(response, status, JSON.stringify({ __type: `ns#${code}`, Message: message }))
  } else if (fault.type === 'body') send(response, fault.status ?? 200, fault.body)
  else if (fault.type === 'truncate') {
    const body = Buffer.from(answer.body)
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.subarray(0, body.length / 2), () => response.destroy())
  } else if (fault.type === 'endless') {
    response.writeHead(200)
    pour(response)
  } else response.destroy()
}

function send(response: ServerResponse, status: number, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(body)
}

function pour(response: ServerResponse): void {
  if (response.destroyed) return
  response.write(Buffer.alloc(65_536, 0x20), () => setImmediate(pour, response))
}
