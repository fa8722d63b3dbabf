import t, { type Test } from 'tap'
import { HostLane } from '../../lib/actors/host/host-lane.ts'
import { LaneBlock, newProgress } from '../../lib/actors/lane-memory/lane-block.ts'
import { LaneReader } from '../../lib/actors/lane-memory/lane-reader.ts'
import { CHUNK_BYTES, Slab } from '../../lib/actors/lane-memory/slab.ts'
import { LaneFeed } from '../../lib/actors/poller/lane-feed.ts'
import type { EpochMs, SequenceNumber } from '../../lib/core/ids.ts'
import type { Page } from '../../lib/ports/stream-source.ts'
import { seededFraction, testSeed } from '../support/seeded-random.ts'

const RECORDS = 4000
const SLAB_CHUNKS = 24
const RING_CHUNKS = 8
const sequenceOf = (ordinal: number) => String(1000 + ordinal) as SequenceNumber

/** Record `ordinal` as a page of its own: its body repeats its number. */
function pageOf(ordinal: number, bodyBytes: number): Page {
  const bytes = Buffer.alloc(Math.ceil(bodyBytes / 4) * 4)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(ordinal, at)
  return {
    count: 1,
    format: 'segment',
    bytes,
    starts: Uint32Array.of(0),
    ends: Uint32Array.of(bytes.length),
    orderHashes: Uint32Array.of(0),
    arrivedAt: Float64Array.of(ordinal),
    jsonBytes: Uint32Array.of(100),
    structureCount: 0,
    sequenceNumberAt: () => sequenceOf(ordinal),
  }
}

/** Throws unless the body is that of the record, whole. */
function checkedOrdinal(bytes: Uint8Array, start: number, end: number, ordinal: number): number {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = start; at < end; at += 4)
    if (body.readUInt32LE(at) !== ordinal) throw new Error(`record ${ordinal} is damaged at ${at}`)
  return ordinal
}

/** One lane between a poller that feeds it and takes back, and an owner that cuts, reads again and settles. */
class Lane {
  readonly slab = new Slab(SLAB_CHUNKS * CHUNK_BYTES)
  readonly block = LaneBlock.allocate(1, RING_CHUNKS)
  readonly feed: LaneFeed
  readonly host: HostLane
  readonly progress = newProgress()
  readonly sizes: readonly number[]
  /** What the owner holds: the first it has not settled, and how many. */
  inHand: readonly number[] = []
  settled = 0
  /** Ordinal of the last record that the poller's own reading has passed. */
  read = 0

  constructor(random: () => number, withSequenceLog: boolean) {
    const start = { ordinal: 0, sequenceNumber: null }
    this.feed = new LaneFeed(0, this, start, withSequenceLog ? undefined : sequenceOf)
    const decoder = {
      structureCount: 0,
      extendStructures() {},
      keyOf: () => ({}),
      decode: checkedOrdinal,
      matcher: () => () => undefined,
      sequenceNumberOf: (record: unknown) => sequenceOf(record as number),
      stampOf: () => 0 as EpochMs,
    }
    const reader = new LaneReader(this.slab.memory)
    this.host = new HostLane(
      { handle: 1, lane: 0 },
      this.block,
      { reader, decoderFor: () => decoder },
      undefined,
    )
    this.sizes = Array.from({ length: RECORDS + 1 }, () => {
      const kind = random()
      return kind < 0.9 ? 8 + random() * 900 : kind < 0.98 ? random() * 17_000 : random() * 50_000
    })
  }

  get next(): number {
    return this.feed.feed === 'following' ? this.read + 1 : this.feed.fedOrdinal + 1
  }

  /** Feeds up to `count` records: by the poller, or again. */
  feedSome(count: number): void {
    for (let i = 0; i < count && this.next <= RECORDS; i++) {
      const ordinal = this.next
      const isFollowing = this.feed.feed === 'following'
      const before = { ordinal: ordinal - 1, sequenceNumber: sequenceOf(ordinal - 1) }
      const page = pageOf(ordinal, Math.max(4, Math.floor(this.sizes[ordinal]!)))
      const room = this.feed.append(page, 0, ordinal, isFollowing ? before : undefined)
      if (isFollowing) this.read = ordinal
      if (!room && isFollowing) this.feed.fallBehind(before)
      if (!room) break
      if (!isFollowing && ordinal === this.read) this.feed.feed = 'following'
    }
    this.feed.publish()
  }

  truncate(): void {
    if (this.feed.hasSpare) this.feed.truncate()
  }

  cut(countMax: number): void {
    if (this.inHand.length > 0) return
    const cut = this.host.cut(this.progress, countMax)
    if (cut) this.inHand = cut.records as number[]
  }

  /** Settles the first `count` of what is in hand, as after a partial success. */
  settle(count: number): void {
    if (count === 0) return
    const after = this.host.positionAfter(this.progress, count)
    this.progress.settledUnits = after.units
    this.progress.settledOrdinal = after.ordinal
    this.progress.settledCount = (this.progress.settledCount + count) >>> 0
    this.settled += count
    this.inHand = this.inHand.slice(count)
    this.block.publish(0, this.progress)
    this.feed.settle()
  }
}

/** Another attempt decodes anew. */
function isTheSameAgain(t: Test, lane: Lane): void {
  const again = lane.host.cutAgain(lane.progress, lane.inHand.length).records
  if (String(again) !== String(lane.inHand)) t.same(again, lane.inHand)
}

function play(t: Test, seed: number, withSequenceLog: boolean): unknown {
  const random = seededFraction(seed)
  const lane = new Lane(random, withSequenceLog)
  const feedMore = 0.1 + random() * 0.8
  for (let step = 0; lane.settled < RECORDS; step++) {
    if (step > 1_000_000) return t.fail('it stands still')
    const what = random()
    if (what < feedMore) lane.feedSome(1 + Math.floor(random() * 40))
    else if (what < feedMore + 0.02) lane.truncate()
    else if (lane.inHand.length === 0) lane.cut(1 + Math.floor(random() * 60))
    else if (what > 0.97) isTheSameAgain(t, lane)
    else
      lane.settle(random() < 0.7 ? lane.inHand.length : Math.floor(random() * lane.inHand.length))
    const [first] = lane.inHand
    if (first !== undefined && first !== lane.settled + 1)
      return t.equal(first, lane.settled + 1, 'nothing is left out, nothing comes twice')
    if (lane.feed.position !== null && lane.feed.position !== sequenceOf(lane.settled))
      return t.equal(lane.feed.position, sequenceOf(lane.settled))
  }
  t.equal(lane.settled, RECORDS)
  return t.ok(lane.feed.heldBytes <= CHUNK_BYTES, 'memory comes back')
}

const seed = testSeed()
t.comment(`MILLRACE_TEST_SEED=${seed}`)

for (const withSequenceLog of [false, true]) {
  const source = withSequenceLog ? 'a source without a rule' : 'an embedded stream'
  t.test(`a lane of ${source} keeps its order, whatever is taken back when`, (t) => {
    for (let i = 0; i < 40; i++) play(t, seed + i, withSequenceLog)
    t.end()
  })
}
