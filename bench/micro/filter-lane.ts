import { HostLane } from '../../lib/actors/host/host-lane.ts'
import { recordFilterOf } from '../../lib/actors/host/record-filter.ts'
import { LaneBlock, newProgress } from '../../lib/actors/lane-memory/lane-block.ts'
import { LaneReader } from '../../lib/actors/lane-memory/lane-reader.ts'
import { Slab } from '../../lib/actors/lane-memory/slab.ts'
import { LaneFeed } from '../../lib/actors/poller/lane-feed.ts'
import { SegmentPageBuilder } from '../../lib/codec/segment/segment-page.ts'
import { sequenceNumberOf } from '../../lib/core/record/embedded-sequence.ts'
import { createDecoders } from '../../lib/engine/record-decoders.ts'
import { TYPICAL_FILTER } from '../load/orders.ts'
import { ORDER_STREAM, storeOrders } from '../load/stored-orders.ts'

const RECORDS = 4000
/** Times that all of them are looked at for one value. */
const PASSES = 50
const BATCH_SIZE = 100
const SLAB_BYTES = 8 * 1024 * 1024
const RING_CHUNKS = 512

/**
 * What a lane host spends on each record that waits in a lane, without calling a function: reads it, and passes it by or
 * makes it part of a batch. Processor time. @unit µs
 */
export type LaneCosts = {
  /** Every record is delivered. */
  readonly every: number
  /** One record of ten is. */
  readonly some: number
}

/** @param passes times that all records are looked at. @returns a function that measures once; what it calls is compiled in its first call. */
export function createLaneCosts(passes = PASSES): () => LaneCosts {
  const every = cutterOf([])
  const some = cutterOf([TYPICAL_FILTER.pattern])
  return () => ({ every: costOf(every, passes), some: costOf(some, passes) })
}

/** A lane that is full of orders. @returns a function that cuts all of them into batches. */
function cutterOf(patterns: readonly string[]): () => void {
  const { segments, structures } = storeOrders(RECORDS)
  const shard = { ...ORDER_STREAM, shardId: 'shardId-00000001', format: 'segment' as const }
  const decoder = createDecoders()(shard)
  decoder.extendStructures(structures)
  const slab = new Slab(SLAB_BYTES)
  const block = LaneBlock.allocate(1, RING_CHUNKS)
  const before = { ordinal: 0, sequenceNumber: null }
  const feed = new LaneFeed(0, { block, slab }, before, sequenceNumberOf)
  const pages = new SegmentPageBuilder()
  let ordinal = 0
  for (const segment of segments) {
    pages.begin(segment.firstOrdinal)
    pages.refer(segment, 0)
    const page = pages.page()
    for (let i = 0; i < page.count; i++) feed.append(page, i, ++ordinal, before)
  }
  feed.publish()
  const reading = { reader: new LaneReader(slab.memory), decoderFor: () => decoder }
  const filter = recordFilterOf(patterns, decoder)
  const lane = new HostLane({ handle: 1, lane: 0 }, block, reading, filter)
  return () => {
    const progress = newProgress()
    let read = 0
    for (let cut = lane.cut(progress, BATCH_SIZE); cut; cut = lane.cut(progress, BATCH_SIZE)) {
      read += cut.entries
      progress.settledUnits = cut.endUnits
      progress.settledCount += cut.entries
    }
    if (read !== RECORDS) throw new Error(`the lane gave ${read} records of ${RECORDS}`)
  }
}

function costOf(cutAll: () => void, passes: number): number {
  const begun = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++) cutAll()
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / (passes * RECORDS)
}
