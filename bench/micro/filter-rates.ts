import { decodeDynamoDbRecord } from '../../lib/codec/dynamodb-json/decode-record.ts'
import { RecordMatcher } from '../../lib/codec/dynamodb-json/record-matcher.ts'
import type { SegmentView } from '../../lib/codec/segment/read-segment.ts'
import { createSegmentDecoder } from '../../lib/codec/segment/segment-decoder.ts'
import { bodyAfter } from '../../lib/codec/segment/segment-layout.ts'
import { compileFilter, type Filter } from '../../lib/core/filter/filter.ts'
import { TYPICAL_FILTER } from '../load/orders.ts'
import { ORDER_STREAM, storeOrders } from '../load/stored-orders.ts'

const RECORDS = 2000
/** Times that all of them are looked at for one value. */
const PASSES = 50

const image = (attributes: unknown): unknown => ({ dynamodb: { NewImage: attributes } })

const PATTERNS: Readonly<Record<string, readonly unknown[]>> = {
  typical: [JSON.parse(TYPICAL_FILTER.pattern)],
  eventName: [{ eventName: ['REMOVE'] }],
  fourFields: [
    {
      eventName: ['INSERT', 'MODIFY'],
      dynamodb: {
        NewImage: {
          status: { S: ['PLACED', 'PAID'] },
          customer: { M: { tier: { S: [{ 'anything-but': 'plain' }] } } },
          deletedAt: { S: [{ exists: false }] },
        },
      },
    },
  ],
  ignoreCase: [image({ status: { S: [{ 'equals-ignore-case': 'placed' }] } })],
  numericTime: [{ dynamodb: { ApproximateCreationDateTime: [{ numeric: ['>', 1_700_000_001] }] } }],
  stringSet: [image({ tags: { SS: ['gift'] } })],
  eitherField: [image({ $or: [{ status: { S: ['PAID'] } }, { total: { N: [{ prefix: '9' }] } }] })],
  fivePatterns: ['A', 'B', 'C', 'D', 'E'].map((status) => image({ status: { S: [status] } })),
  /** A list of maps on the way: the record is decoded, and searched. */
  listOfMaps: [image({ items: { L: { M: { sku: { S: ['sku-3'] }, count: { N: ['2'] } } } } })],
}

/** By pattern: records that are filtered in a second of processor time, that is by one core. */
type Rates = Readonly<Record<string, number>>

/** On orders as a handler sees them, and on their bodies in each format: as a lane host does it. */
export type FilterRates = {
  readonly decoded: Rates
  readonly segment: Rates
  readonly dynamodbJson: Rates
}

/** @param passes times that all records are looked at. @returns a function that measures once; what it calls is compiled in its first call. */
export function createFilterRates(passes = PASSES): () => FilterRates {
  const orders = ordersInEachForm()
  const measures = Object.entries(PATTERNS).map(([name, patterns]) => {
    const compiled = compileFilter(patterns.map((pattern) => JSON.stringify(pattern)))
    if (compiled.type !== 'compiled') throw new Error(`${name} is no filter`)
    return { name, filter: compiled.filter }
  })
  const rates = (testOf: (filter: Filter) => (index: number) => boolean): Rates =>
    Object.fromEntries(measures.map(({ name, filter }) => [name, rateOf(testOf(filter), passes)]))
  return () => ({
    decoded: rates((filter) => (index) => filter.matches(orders.records[index])),
    segment: rates(orders.segment),
    dynamodbJson: rates(orders.dynamodbJson),
  })
}

/** @unit records/s of processor time */
function rateOf(matches: (index: number) => boolean, passes: number): number {
  let passed = 0
  const begun = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++) {
    for (let index = 0; index < RECORDS; index++) if (matches(index)) passed++
  }
  const { user, system } = process.cpuUsage(begun)
  if (passed === passes * RECORDS) throw new Error('a filter that filters nothing')
  return ((RECORDS * passes) / (user + system)) * 1_000_000
}

/** The same orders in each form, in this thread's own memory as a lane host has them. */
function ordersInEachForm() {
  const { segments, structures } = storeOrders(RECORDS)
  const decoder = createSegmentDecoder({
    ...ORDER_STREAM,
    structures,
    eventIdPrefix: '0123456789abcdef',
  })
  const places = segments.flatMap(placesOf)
  const records = places.map(({ bytes, start, end }, i) => decoder.decode(bytes, start, end, i))
  const texts = records.map((record) => Buffer.from(JSON.stringify(record)))
  const { streamArn } = ORDER_STREAM
  return {
    records,
    segment(filter: Filter) {
      const match = decoder.matcher(filter)
      return (i: number) => {
        const { bytes, start, end } = places[i]!
        return match(bytes, start, end, i) ?? filter.matches(decoder.decode(bytes, start, end, i))
      }
    },
    dynamodbJson(filter: Filter) {
      const matcher = new RecordMatcher(filter, streamArn)
      return (i: number) => {
        const text = texts[i]!
        return (
          matcher.match(text, 0, text.length) ??
          filter.matches(decodeDynamoDbRecord(text, 0, text.length, streamArn))
        )
      }
    },
  }
}

type Place = { readonly bytes: Uint8Array; readonly start: number; readonly end: number }

function placesOf(segment: SegmentView): readonly Place[] {
  const bytes = Buffer.from(segment.bytes)
  let start = segment.bodiesAt
  return Array.from(segment.ends, (bodyEnd) => {
    const place = { bytes, start, end: segment.bodiesAt + bodyEnd }
    start = segment.bodiesAt + bodyAfter(bodyEnd)
    return place
  })
}
