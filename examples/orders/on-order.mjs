// An ordinary Lambda handler: Millrace runs it in threads, each of them an execution environment of its own.
import { appendFileSync } from 'node:fs'

export async function handler(event) {
  let orders = 0
  let cents = 0
  for (const { eventName, dynamodb } of event.Records) {
    if (eventName !== 'INSERT') continue
    const { orderId, total } = dynamodb.NewImage
    if (!total) throw new Error(`order ${orderId.S} has no total`)
    orders++
    cents += Math.round(100 * Number(total.N))
  }
  appendFileSync(process.env.TOTALS_FILE, `${JSON.stringify({ orders, cents })}\n`)
}
