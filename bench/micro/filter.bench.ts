// Filters on decoded DynamoDB records of some 650 bytes. Prints one line of JSON: records per second of
// processor time, that is of one core, also where the machine is busy.
import { compileFilter } from '../../lib/core/filter/filter.ts'

const RECORDS = 10_000
const PASSES = 30
const ROUNDS = 5

const STATUSES = ['PLACED', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED']

function recordAt(i: number): unknown {
  const image = {
    orderId: { S: `order-${i}` },
    status: { S: STATUSES[i % STATUSES.length] },
    customer: {
      M: { name: { S: `Customer ${i % 100}` }, tier: { S: i % 3 === 0 ? 'gold' : 'plain' } },
    },
    total: { N: String((i * 37) % 1000) },
    items: {
      L: [
        { M: { sku: { S: `sku-${i % 50}` }, count: { N: '2' } } },
        { M: { sku: { S: 'sku-7' } } },
      ],
    },
    tags: { SS: ['web', i % 2 === 0 ? 'gift' : 'plain'] },
    note: { S: 'x'.repeat(200) },
  }
  return {
    eventID: `id-${i}`,
    eventName: i % 4 === 0 ? 'INSERT' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000 + i,
      Keys: { orderId: { S: `order-${i}` } },
      NewImage: image,
      SequenceNumber: String(1_000_000 + i),
      SizeBytes: 650,
      StreamViewType: 'NEW_IMAGE',
    },
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2024',
  }
}

const image = (attributes: unknown): unknown => ({ dynamodb: { NewImage: attributes } })

const PATTERNS: Readonly<Record<string, readonly unknown[]>> = {
  /** The pattern of issue 4's figure. */
  statusPlaced: [image({ status: { S: ['PLACED'] } })],
  insertPlacedGold: [
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
  numericTime: [{ dynamodb: { ApproximateCreationDateTime: [{ numeric: ['>', 1_700_005_000] }] } }],
  stringSet: [image({ tags: { SS: ['gift'] } })],
  eitherField: [image({ $or: [{ status: { S: ['PAID'] } }, { total: { N: [{ prefix: '9' }] } }] })],
  fivePatterns: STATUSES.map((status) => image({ status: { S: [`${status}!`] } })),
  /** Through a list of maps: the search, not the walk. */
  listOfMaps: [image({ items: { L: { M: { sku: { S: ['sku-3'] }, count: { N: ['2'] } } } } })],
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const records = Array.from({ length: RECORDS }, (_, i) => recordAt(i))
let passed = 0

function measure(matches: (record: unknown) => boolean): number {
  const begun = process.cpuUsage()
  for (let pass = 0; pass < PASSES; pass++) {
    for (const record of records) if (matches(record)) passed++
  }
  const { user, system } = process.cpuUsage(begun)
  return ((RECORDS * PASSES) / (user + system)) * 1_000_000
}

const filters = Object.entries(PATTERNS).map(([name, patterns]) => {
  const compiled = compileFilter(patterns.map((pattern) => JSON.stringify(pattern)))
  if (compiled.type !== 'compiled') throw new Error(`${name} is no filter`)
  return { name, matches: compiled.filter.matches, rates: [] as number[] }
})
for (let round = 0; round <= ROUNDS; round++) {
  for (const { matches, rates } of filters) {
    const rate = measure(matches)
    if (round > 0) rates.push(rate)
  }
}
const recordsPerSecond = Object.fromEntries(
  filters.map(({ name, rates }) => [name, Math.round(median(rates))]),
)
process.stdout.write(`${JSON.stringify({ node: process.version, passed, recordsPerSecond })}\n`)
