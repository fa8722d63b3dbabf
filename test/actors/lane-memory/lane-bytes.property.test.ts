import fc from 'fast-check'
import t from 'tap'
import { LaneBlock } from '../../../lib/actors/lane-memory/lane-block.ts'
import { LaneReader } from '../../../lib/actors/lane-memory/lane-reader.ts'
import { LaneWriter } from '../../../lib/actors/lane-memory/lane-writer.ts'
import { CHUNK_BYTES, Slab } from '../../../lib/actors/lane-memory/slab.ts'
import type { SequenceNumber } from '../../../lib/core/ids.ts'
import type { Page } from '../../../lib/ports/stream-source.ts'
import { holds } from '../../support/property.ts'

const RING = 16
const CHUNKS = 24

/** A page of bodies of these sizes; each byte of a body is told by the record's ordinal. */
function pageOf(firstOrdinal: number, sizes: readonly number[]): Page {
  const ends = new Uint32Array(sizes.length)
  const starts = new Uint32Array(sizes.length)
  let end = 0
  sizes.forEach((size, i) => {
    starts[i] = end
    end += size
    ends[i] = end
  })
  const bytes = Buffer.alloc(end)
  sizes.forEach((_, i) => {
    bytes.fill(fillOf(firstOrdinal + i), starts[i], ends[i])
  })
  return {
    count: sizes.length,
    format: 'segment',
    bytes,
    starts,
    ends,
    orderHashes: new Uint32Array(sizes.length),
    arrivedAt: Float64Array.from(sizes, (_, i) => 1e12 + firstOrdinal + i),
    jsonBytes: Uint32Array.from(sizes, (size) => size + 7),
    structureCount: firstOrdinal % 50,
    sequenceNumberAt: (index) => String(firstOrdinal + index) as SequenceNumber,
  }
}

const fillOf = (ordinal: number): number => (ordinal * 37) % 251

/** What a lane is meant to be: a queue of which a part is in hand. */
class Model {
  readonly slab = new Slab(CHUNKS * CHUNK_BYTES)
  readonly block = LaneBlock.allocate(2, RING)
  /** Writes to a second lane between, so that chunks come back in another order. */
  readonly other = new LaneWriter(this.block, 1, this.slab)
  readonly writer = new LaneWriter(this.block, 0, this.slab)
  readonly reader = new LaneReader(this.slab.memory)
  /** Published and unsettled, with the position behind each once it was read. */
  queue: { readonly ordinal: number; readonly size: number }[] = []
  settledUnits = 0
  settledCount = 0
  next = 1

  append(sizes: readonly number[]): void {
    const page = pageOf(this.next, sizes)
    for (let i = 0; i < page.count; i++) {
      if (!this.writer.append(page, i, this.next)) break
      this.queue.push({ ordinal: this.next, size: sizes[i]! })
      // A record that had no room comes again under its own number.
      this.next++
      if (i + 1 < page.count)
        page.bytes.fill(fillOf(this.next), page.starts[i + 1], page.ends[i + 1])
    }
    this.writer.publish()
  }

  /** Reads up to `count` records from the settled position. @returns the positions behind them. */
  read(count: number): number[] {
    const { reader } = this
    reader.open(this.block, 0, this.settledUnits)
    const positions: number[] = []
    for (let i = 0; i < count && reader.next(count - i); i++) {
      const { ordinal, size } = this.queue[i]!
      const body = reader.bytes.subarray(reader.start, reader.end)
      if (reader.ordinal !== ordinal) throw new Error(`read ${reader.ordinal}, not ${ordinal}`)
      if (body.length !== size || reader.jsonBytes !== size + 7)
        throw new Error(`size of ${ordinal}`)
      if (reader.arrivedAt < 1e12) throw new Error(`arrival of ${ordinal}`)
      if (!body.every((byte) => byte === fillOf(ordinal))) throw new Error(`body of ${ordinal}`)
      positions.push(reader.position)
    }
    if (positions.length !== Math.min(count, this.queue.length))
      throw new Error(`read ${positions.length} of ${this.queue.length}`)
    return positions
  }

  settle(count: number): void {
    const position = this.read(count).at(-1)
    if (position === undefined) return
    this.settledUnits = position
    const settled = Math.min(count, this.queue.length)
    this.queue = this.queue.slice(settled)
    this.settledCount += settled
    this.writer.release(position)
  }

  truncate(inHand: number): void {
    const position = this.read(inHand).at(-1) ?? this.settledUnits
    const kept = Math.min(inHand, this.queue.length)
    this.next -= this.queue.length - kept
    this.queue = this.queue.slice(0, kept)
    this.writer.truncate(position, this.settledCount + kept)
  }

  /** Keeps a chunk of the other lane for a while. */
  disturb(): void {
    const page = pageOf(0, [100])
    if (!this.other.append(page, 0, 0)) this.other.free()
  }

  check(): void {
    this.read(3)
    if (this.writer.tailCount !== this.settledCount + this.queue.length) throw new Error('count')
  }
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 1000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 15_000, max: 17_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 100_000 }) },
)
const step = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    sizes: fc.array(size, { minLength: 1, maxLength: 30 }),
  }),
  fc.record({ do: fc.constant('settle' as const), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ do: fc.constant('drain' as const) }),
  fc.record({ do: fc.constant('truncate' as const), count: fc.nat(20) }),
  fc.record({ do: fc.constant('disturb' as const) }),
)

t.test(
  'a lane gives back what was put into it, in order, whatever is settled or taken back when',
  async (t) => {
    const property = fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const model = new Model()
      for (const one of steps) {
        if (one.do === 'append') model.append(one.sizes)
        else if (one.do === 'settle') model.settle(one.count)
        else if (one.do === 'drain') model.settle(Number.MAX_SAFE_INTEGER)
        else if (one.do === 'truncate') model.truncate(one.count)
        else model.disturb()
        model.check()
      }
      model.writer.free()
      model.other.free()
      if (model.slab.usedBytes !== 0)
        throw new Error(`${model.slab.usedBytes} bytes are never freed`)
    })
    await holds(t, property, { runs: 400 })
  },
)
