// The test's own writer uses the SDK, which warns about the Node version.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import t from 'tap'
import { startDynamoDbLocal } from './dynamodb-local.ts'

const CLI = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
const sdk = await import('@aws-sdk/client-dynamodb')
const local = await startDynamoDbLocal()
const writer: DynamoDBClient = new sdk.DynamoDBClient({
  endpoint: local.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
const folder = mkdtempSync(join(tmpdir(), 'millrace-table-'))
t.teardown(async () => {
  writer.destroy()
  await local.stop()
  rmSync(folder, { recursive: true, force: true })
})

const TABLE = 'orders'
const JOURNAL = join(folder, 'journal.ndjson')

writeFileSync(
  join(folder, 'handler.mjs'),
  `import { appendFileSync } from 'node:fs'
export const handler = async (event) => {
  for (const record of event.Records) {
    appendFileSync(process.env.JOURNAL, JSON.stringify(record) + '\\n')
  }
}
`,
)
writeFileSync(
  join(folder, 'millrace.yaml'),
  `Sources:
  DynamoDB: { Endpoint: '${local.endpoint}', Region: us-east-1 }
Functions:
  journal:
    Runtime: nodejs20.x
    CodeUri: .
    Handler: handler.handler
    Environment: { Variables: { JOURNAL: '${JOURNAL}' } }
Mappings:
  - Table: ${TABLE}
    FunctionName: journal
    StartingPosition: TRIM_HORIZON
    ParallelizationFactor: 10
    BatchSize: 25
`,
)

async function createTable(): Promise<void> {
  await writer.send(
    new sdk.CreateTableCommand({
      TableName: TABLE,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  )
}

const put = (id: string, n: number) =>
  writer.send(
    new sdk.PutItemCommand({ TableName: TABLE, Item: { id: { S: id }, n: { N: String(n) } } }),
  )
const remove = (id: string) =>
  writer.send(new sdk.DeleteItemCommand({ TableName: TABLE, Key: { id: { S: id } } }))

/** Runs `millrace run` to its end. @returns the ledger. */
async function run(): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [CLI, 'run', '--config', join(folder, 'millrace.yaml'), '--json'],
    { env: { PATH: process.env['PATH'] }, timeout: 60_000 },
  )
  return JSON.parse(stdout) as Record<string, number>
}

function journal(): DynamoDBRecord[] {
  const lines = readFileSync(JOURNAL, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as DynamoDBRecord)
}

const KEYS = 20
const ROUNDS = 15

t.test(
  'aws-semantics §6.1: records of a table reach the handler as Lambda gives them',
  async (t) => {
    await createTable()
    for (let n = 0; n < ROUNDS; n++) for (let k = 0; k < KEYS; k++) await put(`k-${k}`, n)
    for (let k = 0; k < KEYS; k += 2) await remove(`k-${k}`)
    const ledger = await run()
    const total = KEYS * ROUNDS + KEYS / 2
    t.match(ledger, { polled: total, delivered: total, inFlight: 0, dropped: 0 })
    const records = journal()
    t.equal(records.length, total)
    const [first] = records.filter(({ dynamodb }) => dynamodb?.Keys?.['id']?.S === 'k-0')
    t.same(Object.keys(first!), [
      'eventID',
      'eventName',
      'eventVersion',
      'eventSource',
      'awsRegion',
      'dynamodb',
      'eventSourceARN',
    ])
    t.match(first, { eventName: 'INSERT', eventSource: 'aws:dynamodb' })
    t.match(first?.dynamodb, { NewImage: { n: { N: '0' } }, StreamViewType: 'NEW_AND_OLD_IMAGES' })
    t.match(first?.eventSourceARN, /table\/orders\/stream\//)
    for (let k = 0; k < KEYS; k++) {
      const ofKey = records.filter(({ dynamodb }) => dynamodb?.Keys?.['id']?.S === `k-${k}`)
      const seen = ofKey.map(
        ({ eventName, dynamodb }) => `${eventName} ${dynamodb?.NewImage?.['n']?.N}`,
      )
      const rounds = Array.from(
        { length: ROUNDS },
        (_, n) => `${n === 0 ? 'INSERT' : 'MODIFY'} ${n}`,
      )
      t.same(seen, k % 2 === 0 ? [...rounds, 'REMOVE undefined'] : rounds, `order of k-${k}`)
    }
  },
)

t.test('a second run goes on where the first one stopped', async (t) => {
  await put('late', 1)
  const before = journal().length
  const ledger = await run()
  t.equal(journal().length, before + 1)
  t.match(ledger, { delivered: before + 1, inFlight: 0 })
})

t.test(
  'D31: a table made again under its name is another stream, read from its beginning',
  async (t) => {
    const before = journal().length
    await writer.send(new sdk.DeleteTableCommand({ TableName: TABLE }))
    await createTable()
    for (let k = 0; k < 5; k++) await put(`again-${k}`, k)
    await run()
    const records = journal().slice(before)
    t.same(records.map(({ dynamodb }) => dynamodb?.Keys?.['id']?.S).sort(), [
      'again-0',
      'again-1',
      'again-2',
      'again-3',
      'again-4',
    ])
  },
)
