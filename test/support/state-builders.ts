import type { ShardState } from '../../lib/core/checkpoint/shard-state.ts'
import type { FailedBatch } from '../../lib/core/destination/failed-batch.ts'
import type {
  EpochMs,
  MappingUuid,
  SequenceNumber,
  ShardId,
  StreamArn,
} from '../../lib/core/ids.ts'
import { NO_COUNTS } from '../../lib/core/ledger/ledger.ts'
import type { ShardAddress, StateChange } from '../../lib/ports/state-store.ts'

/** 2026-01-01T00:00:00.000Z */
export const NEW_YEAR = 1_767_225_600_000 as EpochMs
export const MAPPING = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f0001' as MappingUuid
export const OTHER_MAPPING = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f0002' as MappingUuid
export const STREAM = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l' as StreamArn

export const sequence = (text: string | number): SequenceNumber => String(text) as SequenceNumber

export function addressOf(shard: string | number, more: Partial<ShardAddress> = {}): ShardAddress {
  const shardId = `shardId-${shard}` as ShardId
  return { mapping: MAPPING, streamArn: STREAM, label: '2026-01-01', shardId, ...more }
}

export function stateOf(mark: string | number | null, more: Partial<ShardState> = {}): ShardState {
  return {
    mark: mark === null ? null : sequence(mark),
    generations: [],
    stacks: {},
    counts: NO_COUNTS,
    start: { type: 'trim-horizon' },
    finished: false,
    ...more,
  }
}

export function changeOf(
  shard: string | number,
  mark: string | number,
  more: Partial<StateChange> = {},
): StateChange {
  return { address: addressOf(shard), state: stateOf(mark), discards: [], ...more }
}

export function failedBatchOf(more: Partial<FailedBatch> = {}): FailedBatch {
  return {
    mapping: MAPPING,
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
    streamArn: STREAM,
    shardId: 'shardId-1' as ShardId,
    condition: 'RetryAttemptsExhausted',
    requestId: '4b6e3f9c-0000-4000-8000-000000000001',
    approximateInvokeCount: 2,
    response: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    discardedAt: NEW_YEAR,
    firstSequenceNumber: sequence('800000000003126276362'),
    lastSequenceNumber: sequence('800000000003126276363'),
    firstArrivedAt: NEW_YEAR,
    lastArrivedAt: (NEW_YEAR + 1999) as EpochMs,
    recordCount: 2,
    payload: '{"Records":[{"eventID":"1"},{"eventID":"2"}]}',
    ...more,
  }
}
