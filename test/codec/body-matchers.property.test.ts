import fc from 'fast-check'
import t from 'tap'
import { readSegment } from '../../lib/codec/segment/read-segment.ts'
import { createSegmentDecoder } from '../../lib/codec/segment/segment-decoder.ts'
import { StructureTable } from '../../lib/codec/segment/structure-table.ts'
import { compileFilter } from '../../lib/core/filter/filter.ts'
import type { EpochMs } from '../../lib/core/ids.ts'
import { RecordEncoder } from '../../lib/sources/embedded/record-encoder.ts'
import { ShardBuffer } from '../../lib/sources/embedded/shard-buffer.ts'
import { attributes } from '../support/arbitrary-record.ts'
import { jsonAnswer, type SegmentBody, STREAM_ARN } from '../support/filter-bodies.ts'
import { leafChoice, patternTextOf } from '../support/filter-choices.ts'
import { holds } from '../support/property.ts'

const record = fc.record(
  {
    id: fc.string({ unit: 'binary', maxLength: 20 }),
    NewImage: attributes,
    time: fc.nat(4e9),
    userIdentity: fc.record({ type: fc.string(), principalId: fc.string() }),
  },
  { requiredKeys: ['id', 'NewImage', 'time'] },
)
/** Patterns by their leaves. */
const filters = fc.array(fc.array(leafChoice, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 3,
})
const streamFacts = {
  streamArn: STREAM_ARN,
  region: 'us-east-1',
  viewType: 'NEW_AND_OLD_IMAGES',
} as const

/** Writes records as an embedded stream does, and finds their bodies. */
function storedBodies() {
  const structures = new StructureTable([])
  const encoder = new RecordEncoder({ ...streamFacts, keyNames: ['id'], structures })
  const decoder = createSegmentDecoder({ ...streamFacts, structures: [], eventIdPrefix: '01' })
  const buffer = new ShardBuffer()
  return {
    decoder,
    bodyOf(record: unknown): SegmentBody {
      encoder.encode(record, 1_767_323_045_678 as EpochMs, () => buffer)
      const [stored] = buffer.takeSegments(7, structures.structures.length)
      const segment = readSegment(stored!.bytes)
      if ('defect' in segment) throw new Error(segment.defect)
      decoder.extendStructures(structures.structures)
      const start = segment.bodiesAt
      return { bytes: Buffer.from(segment.bytes), start, end: start + segment.ends[0]! }
    },
  }
}

t.test('a body matches as its decoded record does, in both formats', async (t) => {
  const { decoder, bodyOf } = storedBodies()
  const seen = { compared: 0, matched: 0, decidedInSegment: 0, decidedInJson: 0 }
  await holds(
    t,
    fc.property(record, filters, (given, filters) => {
      const { id, NewImage, time, userIdentity } = given
      const put = {
        dynamodb: { ApproximateCreationDateTime: time, Keys: { id: { S: id } }, NewImage },
        ...(userIdentity ? { userIdentity } : {}),
      }
      const { bytes, start, end } = bodyOf(put)
      const decoded = decoder.decode(bytes, start, end, 7)
      const compiled = compileFilter(filters.map((choices) => patternTextOf(decoded, choices)))
      fc.pre(compiled.type === 'compiled')
      const { filter } = compiled
      const expected = filter.matches(decoded)
      const inSegment = decoder.matcher(filter)(bytes, start, end, 7)
      const inJson = jsonAnswer(filter, decoded)
      seen.compared++
      if (expected) seen.matched++
      if (inSegment !== undefined) seen.decidedInSegment++
      if (inJson !== undefined) seen.decidedInJson++
      return (inSegment ?? expected) === expected && (inJson ?? expected) === expected
    }),
    { runs: 1000, perFile: 2 },
  )
  t.comment(JSON.stringify(seen))
  for (const decided of [seen.decidedInSegment, seen.decidedInJson])
    t.ok(decided > seen.compared * 0.3, 'many need no decoded record')
  t.ok(seen.matched > 0)
})

t.test('a damaged body matches as what is decoded of it, where anything is', async (t) => {
  const { decoder, bodyOf } = storedBodies()
  const seen = { readable: 0, unreadable: 0 }
  const damage = fc.record({ at: fc.nat(), bit: fc.nat(7), cut: fc.boolean() })
  await holds(
    t,
    fc.property(record, filters, damage, (given, filters, { at, bit, cut }) => {
      const { id, NewImage, time } = given
      const put = {
        dynamodb: { ApproximateCreationDateTime: time, Keys: { id: { S: id } }, NewImage },
      }
      const { bytes, start, end } = bodyOf(put)
      const decoded = decoder.decode(bytes, start, end, 7)
      const compiled = compileFilter(filters.map((choices) => patternTextOf(decoded, choices)))
      fc.pre(compiled.type === 'compiled')
      const { filter } = compiled
      const place = start + 1 + (at % (end - start - 1))
      if (!cut) bytes[place]! ^= 1 << bit
      const last = cut ? place : end
      const answer = decoder.matcher(filter)(bytes, start, last, 7)
      const found = maybe(() => decoder.decode(bytes, start, last, 7))
      if (found === undefined) seen.unreadable++
      else if (answer !== undefined) seen.readable++
      return answer === undefined || found === undefined || answer === filter.matches(found)
    }),
    { runs: 1000, perFile: 2 },
  )
  t.comment(JSON.stringify(seen))
  t.ok(seen.readable > 0 && seen.unreadable > 0)
})

function maybe<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
