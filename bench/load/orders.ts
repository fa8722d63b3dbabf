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

/** Of how many orders one is `PLACED`. */
export const STATUS_COUNT = STATUSES.length

/** A filter as they mostly are: one field, equal to a text. It lets one order of {@link STATUS_COUNT} pass. */
export const TYPICAL_PATTERN = JSON.stringify({
  dynamodb: { NewImage: { status: { S: ['PLACED'] } } },
})

/**
 * An order as it is put into an embedded stream: with maps, a list and a set in it, and some 900 bytes of JSON when it
 * is handed out, as items of tables are more often than those of `generator.ts`.
 */
export function createOrder(index: number) {
  const Keys = { pk: { S: `cust-${index % 10_000}` }, sk: { S: `o-${index}` } }
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
            name: { S: `Customer ${index % 100}` },
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
