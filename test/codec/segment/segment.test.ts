import t from 'tap'
import { encodeSegment } from '../../../lib/codec/segment/encode-segment.ts'
import { readSegment, type SegmentView } from '../../../lib/codec/segment/read-segment.ts'
import { bodyAfter } from '../../../lib/codec/segment/segment-layout.ts'
import { SegmentPageBuilder } from '../../../lib/codec/segment/segment-page.ts'
import { maybeOrdinal } from '../../../lib/core/record/embedded-sequence.ts'

const pending = {
  // Each body begins at a multiple of 4.
  bytes: Buffer.from('aa..bbb.c...dddd....'),
  ends: Uint32Array.of(2, 7, 9, 16),
  orderHashes: Uint32Array.of(11, 0xffffffff, 13, 14),
  jsonBytes: Uint32Array.of(100, 200, 300, 400),
  arrivedAt: Float64Array.of(1.5e12, 1.6e12, 1.7e12, 1.8e12),
}
const encode = (from: number, to: number): Buffer =>
  encodeSegment(pending, { from, to, firstOrdinal: 7 + from, structureCount: 20 })

function open(bytes: Uint8Array): SegmentView {
  const segment = readSegment(bytes)
  if ('defect' in segment) throw new Error(segment.defect)
  return segment
}

function bodiesOf(segment: SegmentView): string[] {
  return Array.from(segment.ends, (end, i) => {
    const start = i === 0 ? 0 : bodyAfter(segment.ends[i - 1]!)
    const { bodiesAt } = segment
    return Buffer.from(segment.bytes.subarray(bodiesAt + start, bodiesAt + end)).toString()
  })
}

t.test('a segment gives back what was encoded, of the whole and of a part', (t) => {
  const whole = open(encode(0, 4))
  t.match(whole, { count: 4, firstOrdinal: 7, structureCount: 20 })
  t.same(bodiesOf(whole), ['aa', 'bbb', 'c', 'dddd'])
  const part = open(encode(1, 3))
  t.match(part, { count: 2, firstOrdinal: 8 })
  t.same(bodiesOf(part), ['bbb', 'c'])
  t.same([...part.orderHashes], [0xffffffff, 13])
  t.same([...part.jsonBytes], [200, 300])
  t.same([...part.arrivedAt], [1.6e12, 1.7e12])
  t.throws(() => encode(2, 2), { name: 'InvariantError' })
  t.end()
})

t.test('a segment at any place of a longer, reused buffer', (t) => {
  const bytes = encode(0, 4)
  for (let offset = 0; offset < 9; offset++) {
    const longer = new Uint8Array(bytes.length + 20).fill(0xee)
    longer.set(bytes, offset)
    const segment = readSegment(longer.subarray(offset), bytes.length)
    if ('defect' in segment) throw new Error(segment.defect)
    t.same(bodiesOf(segment), ['aa', 'bbb', 'c', 'dddd'])
    t.same([...segment.orderHashes], [11, 0xffffffff, 13, 14])
  }
  t.end()
})

t.test('reliability §4.16: every flipped bit and every truncation is found', (t) => {
  const bytes = encode(0, 4)
  for (let at = 0; at < bytes.length; at++) {
    // The three bytes after the version are not used.
    if (at >= 1 && at <= 3) continue
    for (const bit of [0, 3, 7]) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1 << bit
      t.ok('defect' in readSegment(damaged), `bit ${bit} of byte ${at}`)
    }
  }
  for (let length = 0; length < bytes.length; length++) {
    t.ok('defect' in readSegment(bytes.subarray(0, length)), `${length} bytes`)
  }
  t.end()
})

t.test('a newer format is refused by its number', (t) => {
  const bytes = encode(0, 4)
  bytes[0] = 2
  t.match(readSegment(bytes), { defect: 'format 2; this version reads 1' })
  t.end()
})

t.test('a page of one segment points into it; a page of several has all in order', (t) => {
  const builder = new SegmentPageBuilder()
  const first = open(encode(0, 3))
  builder.begin(8)
  builder.refer(first, 1)
  const alone = builder.page()
  t.equal(alone.bytes, first.bytes)
  t.equal(alone.count, 2)
  t.equal(Buffer.from(alone.bytes.subarray(alone.starts[0], alone.ends[1])).toString(), 'bbb.c')
  t.equal(maybeOrdinal(alone.sequenceNumberAt(1)), 9)
  builder.begin(8)
  t.ok(builder.gather(first, 1))
  t.ok(builder.gather(open(encode(3, 4)), 0))
  const page = builder.page()
  t.equal(page.count, 3)
  t.same([...page.orderHashes.subarray(0, 3)], [0xffffffff, 13, 14])
  const bodies = [0, 1, 2].map((i) =>
    Buffer.from(page.bytes.subarray(page.starts[i], page.ends[i])).toString(),
  )
  t.same(bodies, ['bbb', 'c', 'dddd'])
  t.equal(page.structureCount, 20)
  t.end()
})

t.test('a segment that does not fit is left for the next page', (t) => {
  const builder = new SegmentPageBuilder()
  builder.begin(1)
  const segment = open(encode(0, 4))
  for (let i = 0; i < 128; i++) t.ok(builder.gather(segment, 0))
  t.notOk(builder.gather(segment, 0))
  t.equal(builder.count, 512)
  t.end()
})
