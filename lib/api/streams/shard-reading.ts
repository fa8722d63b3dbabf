import {
  parseShardIteratorRequest,
  parseStreamsRequest,
} from '../../core/stream-api/streams-request.ts'
import { GET_RECORDS_RULE } from '../../core/stream-api/streams-request-table.ts'
import type { StreamCatalogue } from '../../engine/streams/stream-catalogue.ts'
import type { DecodedRecord } from '../../engine/streams/stream-reading.ts'

/** @throws StreamsError @source aws-semantics §6.3 */
export async function getShardIterator(
  streams: Pick<StreamCatalogue, 'iterator'>,
  input: unknown,
): Promise<unknown> {
  return { ShardIterator: await streams.iterator(parseShardIteratorRequest(input)) }
}

/** @throws StreamsError @source aws-semantics §6.3 */
export async function getRecords(
  streams: Pick<StreamCatalogue, 'records'>,
  input: unknown,
): Promise<unknown> {
  const { ShardIterator, Limit } = parseStreamsRequest(input, GET_RECORDS_RULE)
  const { records, nextIterator } = await streams.records(ShardIterator, Limit)
  return {
    Records: records.map(toWire),
    ...(nextIterator === undefined ? {} : { NextShardIterator: nextIterator }),
  }
}

/** As the API writes a record: without the ARN, which Lambda adds, and an identity in other letters. @source aws-semantics §6.1 */
function toWire({ eventSourceARN: _, userIdentity, ...record }: DecodedRecord): unknown {
  if (userIdentity === undefined) return record
  const { principalId, type } = userIdentity as Readonly<Record<string, unknown>>
  return { ...record, userIdentity: { PrincipalId: principalId, Type: type } }
}
