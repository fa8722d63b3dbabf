import { resolveEndpoint } from '../../lib/sources/dynamodb-streams/endpoint.ts'
import type {
  CallAnswer,
  StreamsClient,
  StreamsOperation,
} from '../../lib/sources/dynamodb-streams/streams-client.ts'
import type { FakeRecord } from './fake-dynamodb-records.ts'

export type FakeShard = {
  readonly shardId: string
  readonly parentShardId?: string
  /** In sequence order. */
  records: FakeRecord[]
  isClosed?: boolean
  /** Records from the front that are gone. */
  trimmed?: number
  /** Its end is not listed, though readers come to it. */
  looksOpen?: boolean
  /** It cannot be read any more, though it is listed. */
  isGone?: boolean
  /** So many calls of DescribeStream do not list it yet. */
  unlisted?: number
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
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export type Answer = { readonly status: number; readonly body: string }

export const STREAM_ARN =
  'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000'

/** DynamoDB Streams as a test scripts it: shards, records, faults, and what each call answers. */
export class ScriptedStreams {
  readonly #faults = new Map<string, Fault[]>()
  #waiters: { readonly count: number; readonly operation: string; readonly done: () => void }[] = []
  #generation = 0
  #listings = 0
  readonly calls: Call[] = []
  shards: FakeShard[] = []
  status = 'ENABLED'
  streamArn = STREAM_ARN
  /** Nobody knows the stream any more. */
  isGone = false
  keySchema: unknown = [
    { AttributeName: 'sort', KeyType: 'RANGE' },
    { AttributeName: 'id', KeyType: 'HASH' },
  ]
  /** Overrides what DescribeStream lists: page by page. */
  shardPages: ((listing: number) => FakeShard[][]) | undefined
  /** Of ListStreams. */
  streams: { StreamArn: string; TableName: string; StreamLabel: string }[] = []
  listPageLength = 100
  recordsPerPage = 1000
  /** Whether ShardFilter is honoured; else it is overlooked, as by servers that do not know it. */
  knowsShardFilter = true

  /** The next calls of `operation` meet these faults, one each. */
  inject(operation: string, ...faults: Fault[]): void {
    this.#faults.set(operation, [...(this.#faults.get(operation) ?? []), ...faults])
  }

  /** What was injected and not met does not happen. */
  forgetFaults(): void {
    this.#faults.clear()
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

  /** A client without a network between: as fast as the test's own time. */
  client(): StreamsClient {
    const endpoint = resolveEndpoint({ endpoint: 'http://127.0.0.1:1' }, {})
    const call = async (
      operation: StreamsOperation,
      request: Readonly<Record<string, unknown>>,
    ) => {
      const { fault, answer } = this.take({ operation, request, headers: {} })
      if (fault?.type === 'wait') await fault.until
      return callAnswer(operation, fault, answer())
    }
    return { endpoint, call, close: async () => {} }
  }

  /** Notes a call, and tells what it meets, and how to ask for its true answer. */
  take(call: Call): { readonly fault: Fault | undefined; answer(): Answer } {
    this.calls.push(call)
    const met = this.#waiters.filter((w) => this.called(w.operation).length >= w.count)
    this.#waiters = this.#waiters.filter((w) => !met.includes(w))
    for (const waiter of met) waiter.done()
    const fault = this.#faults.get(call.operation)?.shift()
    return { fault, answer: () => this.#answer(call.operation, call.request) }
  }

  #answer(operation: string, request: Call['request']): Answer {
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

  #listStreams(request: Call['request']): Answer {
    const all = this.streams.filter((stream) => stream.TableName === request['TableName'])
    const from = all.findIndex((s) => s.StreamArn === request['ExclusiveStartStreamArn']) + 1
    const Streams = all.slice(from, from + this.listPageLength)
    const hasMore = from + Streams.length < all.length
    return ok({
      Streams,
      ...(hasMore ? { LastEvaluatedStreamArn: Streams.at(-1)!.StreamArn } : {}),
    })
  }

  #describe(request: Call['request']): Answer {
    if (request['StreamArn'] !== this.streamArn || this.isGone)
      return failed(
        'ResourceNotFoundException',
        `Requested resource not found: Stream: ${request['StreamArn']} not found`,
      )
    const shards = this.shards.filter((shard) => !isUnlisted(shard))
    const filter = request['ShardFilter'] as { ShardId: string } | undefined
    if (filter !== undefined && this.knowsShardFilter) {
      const children = shards.filter((shard) => shard.parentShardId === filter.ShardId)
      return ok({ StreamDescription: { ...this.#facts(), Shards: children.map(describeShard) } })
    }
    const from = request['ExclusiveStartShardId']
    if (from === undefined) this.#listings++
    const [page = [], ...more] = this.shardPages
      ? pagesBehind(this.shardPages(this.#listings), from)
      : chunks(shards.slice(shards.findIndex((s) => s.shardId === from) + 1), this.listPageLength)
    const hasMore = more.length > 0
    return ok({
      StreamDescription: {
        ...this.#facts(),
        Shards: page.map(describeShard),
        ...(hasMore ? { LastEvaluatedShardId: page.at(-1)!.shardId } : {}),
      },
    })
  }

  #facts(): object {
    return {
      StreamArn: this.streamArn,
      StreamLabel: this.streamArn.split('/').at(-1),
      StreamStatus: this.status,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      KeySchema: this.keySchema,
    }
  }

  #iterator(request: Call['request']): Answer {
    const shard = this.shards.find((s) => s.shardId === request['ShardId'])
    if (!shard || shard.isGone) return failed('ResourceNotFoundException', 'Shard does not exist')
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

  #records(request: Call['request']): Answer {
    const [shardId, position, generation] = String(request['ShardIterator']).split('|')
    const shard = this.shards.find((s) => s.shardId === shardId)
    if (!shard || shard.isGone) return failed('ResourceNotFoundException', 'Shard does not exist')
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

function isUnlisted(shard: FakeShard): boolean {
  const { unlisted = 0 } = shard
  shard.unlisted = Math.max(0, unlisted - 1)
  return unlisted > 0
}

function describeShard(shard: FakeShard): unknown {
  const EndingSequenceNumber = shard.records.at(-1)?.dynamodb.SequenceNumber ?? '0'.repeat(21)
  return {
    ShardId: shard.shardId,
    ...(shard.parentShardId === undefined ? {} : { ParentShardId: shard.parentShardId }),
    SequenceNumberRange: {
      StartingSequenceNumber: shard.records[0]?.dynamodb.SequenceNumber ?? '0'.repeat(21),
      ...(shard.isClosed && !shard.looksOpen ? { EndingSequenceNumber } : {}),
    },
  }
}

function pagesBehind(pages: FakeShard[][], from: unknown): FakeShard[][] {
  return pages.slice(pages.findIndex((page) => page.at(-1)?.shardId === from) + 1)
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

function callAnswer(
  operation: StreamsOperation,
  fault: Fault | undefined,
  answer: Answer,
): CallAnswer {
  if (fault?.type === 'drop' || fault?.type === 'truncate' || fault?.type === 'endless')
    return { type: 'faulted', fault: { type: 'no-answer', operation, reason: fault.type } }
  if (fault?.type === 'error') {
    const { status, code, message: reason = code } = fault
    return { type: 'faulted', fault: { type: 'error-answer', operation, status, code, reason } }
  }
  if (fault?.type === 'body') return { type: 'answered', body: Buffer.from(fault.body) }
  const { status, body } = answer
  if (status === 200) return { type: 'answered', body: Buffer.from(body) }
  const { __type, message: reason } = JSON.parse(body) as { __type: string; message: string }
  const code = __type.slice(__type.indexOf('#') + 1)
  return { type: 'faulted', fault: { type: 'error-answer', operation, status, code, reason } }
}
