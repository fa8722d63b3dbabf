// A program that keeps a view of its own up to date from a stream: balances of accounts, in its memory.
import { createEngine, MillraceError } from 'millrace'

const balances = new Map()

/** A closure: it runs in this thread, and sees what the program sees. */
async function applyMovements(event) {
  for (const { dynamodb } of event.Records) {
    const { account, amount } = dynamodb.NewImage
    if (!amount) throw new Error(`a movement of ${account.S} has no amount`)
    balances.set(account.S, (balances.get(account.S) ?? 0) + Number(amount.N))
  }
}

const options = {
  data: process.argv[2] ?? '.millrace',
  streams: { movements: { KeySchema: [{ AttributeName: 'account', KeyType: 'HASH' }] } },
  functions: { 'apply-movements': applyMovements },
  mappings: [
    {
      Stream: 'movements',
      FunctionName: 'apply-movements',
      StartingPosition: 'TRIM_HORIZON',
      // A closure changes this program's memory, and a retry would change it twice: one record at a time.
      BatchSize: 1,
      ParallelizationFactor: 10,
      MaximumRetryAttempts: 1,
    },
  ],
}

const movement = (account, amount) => ({
  dynamodb: {
    Keys: { account: { S: account } },
    NewImage: {
      account: { S: account },
      ...(amount === undefined ? {} : { amount: { N: `${amount}` } }),
    },
  },
})

/** What happens, as it happens; ends when the engine stops. */
async function printEvents(engine) {
  for await (const event of engine.inspect()) console.error(event.type)
}

const engine = await createEngine(options)
const printed = printEvents(engine)
await engine.start()
const { streamArn, put } = engine.stream('movements')
console.log(`writing to ${streamArn.split('/')[1]}`)
await put([movement('ada', 100), movement('grace', 50), movement('ada', -30), movement('ada')])

try {
  await put([{ dynamodb: { Keys: {} } }])
} catch (error) {
  if (!(error instanceof MillraceError)) throw error
  console.log(`${error.code}: ${error.message}`)
}

await engine.caughtUp({ signal: AbortSignal.timeout(60_000) })
for (const [account, balance] of [...balances].sort()) console.log(`${account} has ${balance}`)

const { polled, delivered, dropped } = engine.ledger()
console.log(`${polled} records: ${delivered} delivered, ${dropped} given up`)
for (const { failed } of engine.failedBatches())
  console.log(`because ${failed.lastError.errorMessage}`)
await engine.stop()
await printed
