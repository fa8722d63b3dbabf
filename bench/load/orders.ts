const CUSTOMER_NAMES = 100
const KEYS = 10_000

/** Statuses that orders go round in: a tenth of them is `PLACED`. */
const STATUSES = [
  'PLACED',
  'PAID',
  'PACKED',
  'SHIPPED',
  'DELIVERED',
  'RETURNED',
  'REFUNDED',
  'CANCELLED',
  'ARCHIVED',
  'LOST',
]

/** A filter of one field, equal to a text, as they mostly are. */
export type OrderFilter = {
  /** Percentage of the orders that it filters out. */
  readonly filteredPercent: number
  readonly pattern: string
  passes(index: number): boolean
}

const imagePattern = (attributes: unknown): string =>
  JSON.stringify({ dynamodb: { NewImage: attributes } })

/** Lets orders of so many of the statuses pass. */
const byStatus = (statuses: number): OrderFilter => ({
  filteredPercent: 100 - statuses * (100 / STATUSES.length),
  pattern: imagePattern({ status: { S: STATUSES.slice(0, statuses) } }),
  passes: (index) => index % STATUSES.length < statuses,
})

/** Lets one order of ten pass. */
export const TYPICAL_FILTER = byStatus(1)

/** From one that lets all pass to one that lets hardly any pass. */
export const ORDER_FILTERS: readonly OrderFilter[] = [
  byStatus(STATUSES.length),
  byStatus(5),
  TYPICAL_FILTER,
  {
    filteredPercent: 99,
    pattern: imagePattern({ customer: { M: { name: { S: ['Customer 7'] } } } }),
    passes: (index) => index % CUSTOMER_NAMES === 7,
  },
]

/** Number of the order's partition key. */
export const orderKeyNumber = (index: number): number => index % KEYS

/**
 * An order as it is put into an embedded stream: with maps, a list and a set in it, and some 900 bytes of JSON when it
 * is handed out, as items of tables are more often than those of `workload.ts`.
 */
export function createOrder(index: number) {
  const Keys = { pk: { S: `cust-${orderKeyNumber(index)}` }, sk: { S: `o-${index}` } }
  return {
    eventName: index % 4 === 0 ? ('INSERT' as const) : ('MODIFY' as const),
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000 + (index >> 10),
      Keys,
      NewImage: {
        ...Keys,
        status: { S: STATUSES[index % STATUSES.length]! },
        customer: {
          M: {
            name: { S: `Customer ${index % CUSTOMER_NAMES}` },
            tier: { S: index % 3 === 0 ? 'gold' : 'plain' },
          },
        },
        total: { N: String((index * 37) % 1000) },
        items: {
          L: [
            { M: { sku: { S: `sku-${index % 50}` }, count: { N: '2' } } },
            { M: { sku: { S: 'sku-7' } } },
          ],
        },
        tags: { SS: ['web', index % 2 === 0 ? 'gift' : 'plain'] },
        note: { S: 'x'.repeat(200) },
      },
    },
  }
}
