import { MillraceError } from '../../core/errors.ts'
import { maybeSequenceNumber, type ShardId, type StreamArn } from '../../core/ids.ts'
import { type ChildrenAnswer, maybeChildren } from '../../core/shard/child-search.ts'
import { failureOf, type ServiceFault } from '../../core/shard/fault.ts'
import { findCycle } from '../../core/shard/lineage.ts'
import type { ShardDescription, StreamDescription } from '../../ports/stream-source.ts'
import type { CallAnswer, StreamsClient, StreamsOperation } from './streams-client.ts'

/** What one listing may have; a hostile server goes on for ever. @unit pages @source reliability §4.15 */
const LISTING_PAGES_MAX = 1000

/** Ten times what reliability §2 asks for. @unit shards or streams @source reliability §4.15 */
const LISTED_MAX = 100_000

/** @source aws-semantics §6.3 */
const PAGE_LIMIT = 100

type JsonObject = Readonly<Record<string, unknown>>

/**
 * Describes a stream, all pages. A listing of several pages is no snapshot: where it lacks a parent it is made once
 * more, and both are merged.
 *
 * @throws MillraceError MILLRACE_SOURCE_UNREACHABLE, MILLRACE_SOURCE_REFUSED (also for a shard that is its own
 *   ancestor, and for pages without end)
 * @source aws-semantics §6.3, §6.5
 */
export async function describeStream(
  client: StreamsClient,
  streamArn: StreamArn,
): Promise<StreamDescription> {
  const shards = new Map<ShardId, ShardDescription>()
  let listing = await listShards(client, streamArn, shards)
  if (listing.pages > 1 && lacksParent(shards))
    listing = await listShards(client, streamArn, shards)
  const cycle = findCycle(shards)
  if (cycle !== undefined)
    throw refused(client, 'DescribeStream', `shard ${cycle} is its own ancestor`)
  return { ...listing.stream, shards: [...shards.values()] }
}

/**
 * Looks once for the children of a shard. Never rejects; a server that does not know the filter is a refusal.
 * @source aws-semantics §6.3: ShardFilter CHILD_SHARDS
 */
export async function findChildren(
  client: StreamsClient,
  streamArn: StreamArn,
  parent: ShardId,
): Promise<ChildrenAnswer> {
  const ShardFilter = { Type: 'CHILD_SHARDS', ShardId: parent }
  const request = { StreamArn: streamArn, ShardFilter }
  const answer = await client.call('DescribeStream', request)
  if (answer.type === 'faulted') return { type: 'failed', failure: failureOf(answer.fault) }
  const description = maybeObject(parseObject(answer.body)?.['StreamDescription'])
  const stream = description && maybeStream(description, streamArn)
  const listed = arrayOf(description?.['Shards']).map(maybeShard)
  const isWhole = description?.['LastEvaluatedShardId'] === undefined
  const found = listed.filter((shard) => shard !== undefined)
  const children = isWhole ? maybeChildren(parent, found) : undefined
  if (!stream || found.length < listed.length)
    return unusable('unreachable', 'malformed DescribeStream answer')
  if (!children) return unusable('refused', 'the server does not know ShardFilter')
  return { type: 'listed', children, streamStatus: stream.status }
}

const unusable = (type: 'unreachable' | 'refused', reason: string): ChildrenAnswer => ({
  type: 'failed',
  failure: { type, reason },
})

/** The HASH attribute of the stream's schema, by one page of DescribeStream. */
export async function readPartitionKeyName(
  client: StreamsClient,
  streamArn: StreamArn,
  signal: AbortSignal,
): Promise<
  | { readonly type: 'schema'; readonly partitionKeyName?: string }
  | { readonly type: 'faulted'; readonly fault: ServiceFault }
> {
  const operation = 'DescribeStream'
  const answer = await client.call(operation, { StreamArn: streamArn, Limit: 1 }, signal)
  if (answer.type === 'faulted') return answer
  const description = maybeObject(parseObject(answer.body)?.['StreamDescription'])
  if (description === undefined) {
    const reason = 'malformed DescribeStream answer'
    return { type: 'faulted', fault: { type: 'no-answer', operation, reason } }
  }
  return { type: 'schema', ...schemaOf(description) }
}

export type TableStream = { readonly streamArn: StreamArn; readonly label: string }

/**
 * All streams of a table, the oldest first: the last one is the table's stream, those before it are drained first
 * where they have a checkpoint (D31). Empty for a table without a stream, and for one that does not exist.
 *
 * @throws MillraceError MILLRACE_SOURCE_UNREACHABLE, MILLRACE_SOURCE_REFUSED
 * @source D31; aws-semantics §6.3
 */
export async function findTableStreams(
  client: StreamsClient,
  tableName: string,
): Promise<readonly TableStream[]> {
  const streams = new Map<string, TableStream>()
  const pages = listPages(client, 'ListStreams', {
    request: { TableName: tableName, Limit: PAGE_LIMIT },
    continueAt: 'ExclusiveStartStreamArn',
    lastOf: (page) => page['LastEvaluatedStreamArn'],
  })
  for await (const page of pages) {
    for (const stream of arrayOf(page['Streams']).map(maybeObject)) {
      const arn = maybeText(stream?.['StreamArn'])
      const label = maybeText(stream?.['StreamLabel'])
      if (arn === undefined || label === undefined)
        throw unreachable(client, 'malformed ListStreams answer')
      // Some servers ignore TableName.
      if ((stream?.['TableName'] ?? tableName) !== tableName) continue
      streams.set(arn, { streamArn: arn as StreamArn, label })
    }
    if (streams.size > LISTED_MAX)
      throw refused(client, 'ListStreams', `more than ${LISTED_MAX} streams`)
  }
  return [...streams.values()].sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0))
}

type ShardListing = {
  readonly pages: number
  readonly stream: Omit<StreamDescription, 'shards'>
}

async function listShards(
  client: StreamsClient,
  streamArn: StreamArn,
  shards: Map<ShardId, ShardDescription>,
): Promise<ShardListing> {
  let listing: ShardListing | undefined
  const pages = listPages(client, 'DescribeStream', {
    request: { StreamArn: streamArn, Limit: PAGE_LIMIT },
    continueAt: 'ExclusiveStartShardId',
    lastOf: (page) => maybeObject(page['StreamDescription'])?.['LastEvaluatedShardId'],
  })
  for await (const page of pages) {
    const description = maybeObject(page['StreamDescription'])
    const stream = description && maybeStream(description, streamArn)
    const found = description && arrayOf(description['Shards']).map(maybeShard)
    if (!stream || !found) throw unreachable(client, 'malformed DescribeStream answer')
    for (const shard of found) {
      if (!shard) throw unreachable(client, 'malformed shard in a DescribeStream answer')
      // A shard never opens again: an ending that one page told is kept.
      shards.set(shard.shardId, { ...shards.get(shard.shardId), ...shard })
    }
    if (shards.size > LISTED_MAX)
      throw refused(client, 'DescribeStream', `more than ${LISTED_MAX} shards`)
    listing = { pages: (listing?.pages ?? 0) + 1, stream }
  }
  return listing!
}

type Listing = {
  readonly request: JsonObject
  readonly continueAt: string
  lastOf(page: JsonObject): unknown
}

/** The pages of a listing; at least one. Ends at a cycle and at {@link LISTING_PAGES_MAX} with an error. */
async function* listPages(
  client: StreamsClient,
  operation: StreamsOperation,
  listing: Listing,
): AsyncGenerator<JsonObject> {
  const seen = new Set<string>()
  let request = listing.request
  for (;;) {
    const page = parseAnswer(client, operation, await client.call(operation, request))
    yield page
    const last = maybeText(listing.lastOf(page))
    if (last === undefined) return
    if (seen.has(last)) throw refused(client, operation, `its pages go in a circle at ${last}`)
    seen.add(last)
    if (seen.size >= LISTING_PAGES_MAX)
      throw refused(client, operation, `more than ${LISTING_PAGES_MAX} pages`)
    request = { ...listing.request, [listing.continueAt]: last }
  }
}

function parseAnswer(
  client: StreamsClient,
  operation: StreamsOperation,
  answer: CallAnswer,
): JsonObject {
  if (answer.type === 'faulted') {
    const { type, reason } = failureOf(answer.fault)
    throw type === 'refused' ? refused(client, operation, reason) : unreachable(client, reason)
  }
  const page = parseObject(answer.body)
  if (page === undefined) throw unreachable(client, `malformed ${operation} answer`)
  return page
}

function maybeStream(
  description: JsonObject,
  streamArn: StreamArn,
): Omit<StreamDescription, 'shards'> | undefined {
  const status = STATUSES.find((known) => known === description['StreamStatus'])
  const label = maybeText(description['StreamLabel'])
  if (status === undefined || label === undefined) return undefined
  const viewType = maybeText(description['StreamViewType']) ?? ''
  return { streamArn, label, status, viewType, ...schemaOf(description) }
}

const STATUSES = ['ENABLED', 'DISABLED', 'ENABLING', 'DISABLING'] as const

function schemaOf(description: JsonObject): { readonly partitionKeyName?: string } {
  const hash = arrayOf(description['KeySchema'])
    .map(maybeObject)
    .find((element) => element?.['KeyType'] === 'HASH')
  const partitionKeyName = maybeText(hash?.['AttributeName'])
  return partitionKeyName === undefined ? {} : { partitionKeyName }
}

function maybeShard(value: unknown): ShardDescription | undefined {
  const shard = maybeObject(value)
  const shardId = maybeText(shard?.['ShardId'])
  if (shardId === undefined) return undefined
  const range = maybeObject(shard?.['SequenceNumberRange'])
  const parentShardId = maybeText(shard?.['ParentShardId'])
  const startingSequenceNumber = maybeSequenceNumber(range?.['StartingSequenceNumber'])
  const endingSequenceNumber = maybeSequenceNumber(range?.['EndingSequenceNumber'])
  return {
    shardId: shardId as ShardId,
    ...(parentShardId === undefined ? {} : { parentShardId: parentShardId as ShardId }),
    ...(startingSequenceNumber === undefined ? {} : { startingSequenceNumber }),
    ...(endingSequenceNumber === undefined ? {} : { endingSequenceNumber }),
  }
}

function lacksParent(shards: ReadonlyMap<ShardId, ShardDescription>): boolean {
  for (const { parentShardId } of shards.values())
    if (parentShardId !== undefined && !shards.has(parentShardId)) return true
  return false
}

const refused = (client: StreamsClient, operation: string, reason: string): MillraceError =>
  MillraceError.of('MILLRACE_SOURCE_REFUSED', {
    operation,
    endpoint: client.endpoint.url.origin,
    reason,
  })

const unreachable = (client: StreamsClient, reason: string): MillraceError =>
  MillraceError.of('MILLRACE_SOURCE_UNREACHABLE', { endpoint: client.endpoint.url.origin, reason })

/** @returns undefined for what is no JSON object. */
export function parseObject(body: Buffer): JsonObject | undefined {
  try {
    return maybeObject(JSON.parse(body.toString('utf8')))
  } catch {
    return undefined
  }
}

function maybeObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A text that says something. */
export const maybeText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
