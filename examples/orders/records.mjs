// Orders as records of a DynamoDB stream. As a program it prints them as lines for `millrace put`:
//   node examples/orders/records.mjs 10000 | npx millrace put orders --config examples/orders/millrace.yaml
import { argv } from 'node:process'
import { pathToFileURL } from 'node:url'

/** One order in so many has no total: its handler fails, whatever it tries. */
const ORDERS_PER_BROKEN = 4000

/** The order of this number, always the same. */
export function orderRecord(number) {
  const Keys = { orderId: { S: `order-${number}` } }
  const NewImage = {
    ...Keys,
    customer: { S: `customer-${(number * 7919) % 997}` },
    items: { L: [{ M: { sku: { S: `sku-${number % 50}` }, quantity: { N: '1' } } }] },
    paid: { BOOL: number % 3 === 0 },
  }
  if (number % ORDERS_PER_BROKEN !== ORDERS_PER_BROKEN - 1) {
    NewImage.total = { N: ((number % 200) + 0.99).toFixed(2) }
  }
  return { eventName: 'INSERT', dynamodb: { Keys, NewImage } }
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (let i = 0; i < Number(argv[2] ?? 1000); i++) console.log(JSON.stringify(orderRecord(i)))
}
