// The orders example: puts orders into an embedded stream and lets a handler total them, ten batches of a shard at
// once, in order for each key. Some orders are broken: their batches are split, retried and at last given up.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEngine } from 'millrace'
import { orderRecord } from './records.mjs'

const ORDERS = 20_000
const ORDERS_PER_PUT = 500
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const data = here('.millrace')
const totalsFile = here('.millrace/totals.ndjson')

/** Settings are AWS's own names below the first level: a SAM template's can be pasted. */
const options = {
  data,
  streams: {
    orders: { ShardCount: 4, KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }] },
  },
  functions: {
    'on-order': {
      Runtime: 'nodejs20.x',
      CodeUri: here('.'),
      Handler: 'on-order.handler',
      Environment: { Variables: { TOTALS_FILE: totalsFile } },
    },
  },
  mappings: [
    {
      Stream: 'orders',
      FunctionName: 'on-order',
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      ParallelizationFactor: 10,
      MaximumRetryAttempts: 2,
      BisectBatchOnFunctionError: true,
    },
  ],
}

async function putOrders(stream) {
  for (let first = 0; first < ORDERS; first += ORDERS_PER_PUT) {
    const records = Array.from({ length: ORDERS_PER_PUT }, (_, i) => orderRecord(first + i))
    await stream.put(records)
  }
}

/** On a terminal one line that moves; elsewhere one line, once. */
function startProgress(engine) {
  const { isTTY } = process.stdout
  if (!isTTY) console.log(`${ORDERS.toLocaleString('en-US')} orders on their way ...`)
  const timer = setInterval(() => {
    if (!isTTY) return
    const { polled, inFlight } = engine.ledger()
    process.stdout.write(`\r\u001b[2K${polled - inFlight} of ${ORDERS} orders settled`)
  }, 100)
  return () => {
    clearInterval(timer)
    if (isTTY) process.stdout.write('\r\u001b[2K')
  }
}

function printDiscarded(failedBatches) {
  console.log(`\ngiven up: ${failedBatches.length} batches`)
  for (const { id, failed } of failedBatches) {
    const { recordCount, approximateInvokeCount, condition, lastError } = failed
    console.log(
      `  ${id}  ${recordCount} record, ${approximateInvokeCount} attempts, ${condition}: ${lastError?.errorMessage}`,
    )
  }
}

function printNext(failedBatches) {
  const directory = relative('.', data)
  const config = relative('.', here('millrace.yaml'))
  console.log(`\ntry next:
  npx millrace failed list --data ${directory}
  npx millrace failed show ${failedBatches[0].id} --data ${directory}
  npx millrace checkpoint show --data ${directory}
  node ${relative('.', here('records.mjs'))} 10000 | npx millrace put orders --config ${config}
  npx millrace run --config ${config}`)
}

rmSync(data, { recursive: true, force: true })
const engine = await createEngine(options)
writeFileSync(totalsFile, '')
await engine.start()
const began = performance.now()
const stopProgress = startProgress(engine)
await putOrders(engine.stream('orders'))
await engine.caughtUp()
stopProgress()
const seconds = (performance.now() - began) / 1000
const ledger = engine.ledger()
const failedBatches = [...engine.failedBatches()]
await engine.stop()

const totals = readFileSync(totalsFile, 'utf8').trim().split('\n').map(JSON.parse)
const orders = totals.reduce((sum, total) => sum + total.orders, 0)
const cents = totals.reduce((sum, total) => sum + total.cents, 0)
console.log(`revenue of ${orders.toLocaleString('en-US')} orders: ${(cents / 100).toFixed(2)}`)
console.log('\nledger: polled = delivered + filtered + sent + dropped + in flight')
for (const [name, count] of Object.entries(ledger)) console.log(`  ${name.padEnd(12)} ${count}`)
const rate = Math.round(ORDERS / seconds).toLocaleString('en-US')
console.log(
  `\n${rate} records/s in ${seconds.toFixed(2)} s: put, handled and checkpointed durably,`,
)
console.log('and the back-off of the broken orders waited for (npm run bench measures without)')
printDiscarded(failedBatches)
printNext(failedBatches)
