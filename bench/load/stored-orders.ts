import { readSegment, type SegmentView } from '../../lib/codec/segment/read-segment.ts'
import { StructureTable } from '../../lib/codec/segment/structure-table.ts'
import type { EpochMs, StreamArn } from '../../lib/core/ids.ts'
import { RecordEncoder } from '../../lib/sources/embedded/record-encoder.ts'
import { ShardBuffer } from '../../lib/sources/embedded/shard-buffer.ts'
import { createOrder } from './orders.ts'

/** The stream that {@link storeOrders} stores into. */
export const ORDER_STREAM = {
  streamArn:
    'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000' as StreamArn,
  region: 'us-east-1',
  viewType: 'NEW_IMAGE',
} as const

/** Orders as an embedded stream stores them, in this thread's own memory. */
export type StoredOrders = {
  readonly segments: readonly SegmentView[]
  readonly structures: readonly (readonly string[])[]
}

export function storeOrders(count: number): StoredOrders {
  const table = new StructureTable([])
  const encoder = new RecordEncoder({ ...ORDER_STREAM, keyNames: ['pk', 'sk'], structures: table })
  const buffer = new ShardBuffer()
  for (let i = 0; i < count; i++) encoder.encode(createOrder(i), 0 as EpochMs, () => buffer)
  const structures = table.structures
  const segments = buffer.takeSegments(1, structures.length).map(({ bytes }) => {
    const segment = readSegment(bytes)
    if ('defect' in segment) throw new Error(segment.defect)
    return segment
  })
  return { segments, structures }
}
