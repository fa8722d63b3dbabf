import fc from 'fast-check'
import t from 'tap'
import { readSegment } from '../../../lib/codec/segment/read-segment.ts'
import {
  createSegmentDecoder,
  type DecodedRecord,
} from '../../../lib/codec/segment/segment-decoder.ts'
import { bodyAfter } from '../../../lib/codec/segment/segment-layout.ts'
import { StructureTable } from '../../../lib/codec/segment/structure-table.ts'
import type { EpochMs, StreamArn } from '../../../lib/core/ids.ts'
import type { StreamViewType } from '../../../lib/core/mapping/settings.ts'
import { RecordEncoder } from '../../../lib/sources/embedded/record-encoder.ts'
import { ShardBuffer } from '../../../lib/sources/embedded/shard-buffer.ts'
import { attributes, NASTY_NAMES, naiveSize, objectOf } from '../../support/arbitrary-record.ts'

const streamArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026' as StreamArn
const region = 'us-east-1'
const NOW = 1_767_323_045_678 as EpochMs

/** One stream for all runs, as in life: its structures grow while its decoder lives. */
function roundTripper(viewType: StreamViewType) {
  const structures = new StructureTable([])
  const encoder = new RecordEncoder({ streamArn, region, viewType, keyNames: ['id'], structures })
  const buffer = new ShardBuffer()
  const eventIdPrefix = '0123456789abcdef'
  const decoder = createSegmentDecoder({
    structures: structures.structures.slice(),
    streamArn,
    region,
    viewType,
    eventIdPrefix,
  })
  let ordinal = 1
  return (records: readonly unknown[]) => {
    const found: { record: DecodedRecord; jsonBytes: number }[] = []
    for (const record of records) encoder.encode(record, NOW, () => buffer)
    const known = structures.structures.length
    for (const { bytes } of buffer.takeSegments(ordinal, known)) {
      const segment = readSegment(bytes)
      if ('defect' in segment) throw new Error(segment.defect)
      decoder.extendStructures(structures.structures.slice(0, segment.structureCount))
      let start = segment.bodiesAt
      for (let i = 0; i < segment.count; i++) {
        const end = segment.bodiesAt + segment.ends[i]!
        const record = decoder.decode(segment.bytes, start, end, segment.firstOrdinal + i)
        found.push({ record, jsonBytes: segment.jsonBytes[i]! })
        start = segment.bodiesAt + bodyAfter(segment.ends[i]!)
      }
    }
    ordinal += records.length
    return found
  }
}

const images = fc.record(
  { NewImage: attributes, OldImage: attributes },
  { requiredKeys: ['NewImage'] },
)
const records = fc.array(
  fc.record(
    {
      id: fc.string({ unit: 'binary', maxLength: 20 }),
      images,
      time: fc.oneof(fc.nat(4e9), fc.double({ min: 0, max: 4e9, noNaN: true })),
      identity: fc.record({ type: fc.string(), principalId: fc.string() }),
    },
    { requiredKeys: ['id', 'images'] },
  ),
  { minLength: 1, maxLength: 8 },
)

t.test('reliability §4.6: every record comes back as JSON would give it, measured right', (t) => {
  const roundTrip = roundTripper('NEW_AND_OLD_IMAGES')
  fc.assert(
    fc.property(records, (given) => {
      const put = given.map(({ id, images, time, identity }) => ({
        dynamodb: {
          Keys: { id: { S: id } },
          ...images,
          ...(time === undefined ? {} : { ApproximateCreationDateTime: time }),
        },
        ...(identity ? { userIdentity: identity } : {}),
      }))
      const found = roundTrip(put)
      for (const [i, { record, jsonBytes }] of found.entries()) {
        const { id, images, time, identity } = given[i]!
        const { NewImage, OldImage } = images
        const expected = {
          eventID: record.eventID,
          eventName: OldImage ? 'MODIFY' : 'INSERT',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: region,
          dynamodb: {
            ApproximateCreationDateTime: time ?? Math.floor(NOW / 1000),
            Keys: { id: { S: id } },
            NewImage,
            ...(OldImage ? { OldImage } : {}),
            SequenceNumber: record.dynamodb.SequenceNumber,
            SizeBytes:
              naiveSize({ id: { S: id } }) + naiveSize(NewImage) + naiveSize(OldImage ?? {}),
            StreamViewType: 'NEW_AND_OLD_IMAGES',
          },
          ...(identity
            ? { userIdentity: { type: identity.type, principalId: identity.principalId } }
            : {}),
          eventSourceARN: streamArn,
        }
        const text = JSON.stringify(expected)
        if (JSON.stringify(record) !== text) {
          throw new Error(`expected ${text}\nfound ${JSON.stringify(record)}`)
        }
        if (jsonBytes !== Buffer.byteLength(text)) {
          throw new Error(`${jsonBytes} is not the length of ${text}`)
        }
      }
      return found.length === put.length
    }),
    { numRuns: 300 },
  )
  t.end()
})

t.test(
  'reliability §4.6: nasty names come back as own members, shared or not; nothing is polluted',
  (t) => {
    const roundTrip = roundTripper('NEW_IMAGE')
    const before = Object.getOwnPropertyNames(Object.prototype)
    for (let round = 0; round < 12; round++) {
      for (const name of NASTY_NAMES) {
        const NewImage = objectOf([
          [name, { M: objectOf([[name, { S: 'polluted' }]]) }],
          ['after', { BOOL: true }],
        ])
        const { record } = roundTrip([{ dynamodb: { Keys: { id: { S: 'a' } }, NewImage } }])[0]!
        const image = record.dynamodb.NewImage!
        t.same(Object.getOwnPropertyNames(image), Object.getOwnPropertyNames(NewImage))
        t.equal(Object.getPrototypeOf(image), Object.prototype)
        t.equal(JSON.stringify(image), JSON.stringify(NewImage))
      }
    }
    t.same(Object.getOwnPropertyNames(Object.prototype), before)
    t.equal(({} as Record<string, unknown>)['S'], undefined)
    t.end()
  },
)

t.test('more shapes than are shared: known, unknown and one-byte ids alike come back', (t) => {
  const roundTrip = roundTripper('NEW_IMAGE')
  for (let round = 0; round < 3; round++) {
    const put = Array.from({ length: 1500 }, (_, i) => ({
      dynamodb: {
        Keys: { id: { S: 'a' } },
        NewImage: { [`attribute-${i}`]: { S: String(i) }, [`${i}`]: { N: String(i) } },
      },
    }))
    const found = roundTrip(put)
    const differs = found.findIndex(
      ({ record }, i) =>
        JSON.stringify(record.dynamodb.NewImage) !== JSON.stringify(put[i]!.dynamodb.NewImage),
    )
    t.equal(differs, -1)
  }
  t.end()
})
