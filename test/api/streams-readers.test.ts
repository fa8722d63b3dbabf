import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { idsOf, openApiEngine } from '../support/api-engine.ts'
import { order, temporaryDirectory } from '../support/embedded-fixture.ts'
import { RunningMillrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject } from '../support/orders-project.ts'
import { serveApi } from '../support/served-api.ts'
import { allRecords, streamsClient } from '../support/streams-client.ts'

const KEY = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] }
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' }

t.test(
  'another Millrace reads the streams of a daemon, children after their parents',
  async (t) => {
    const api = await serveApi(t, temporaryDirectory(t), { orders: { ShardCount: 2, ...KEY } })
    const stream = api.engine.stream('orders')
    const put = (from: number, to: number) =>
      stream.put(
        Array.from({ length: to - from }, (_, i) => ({
          dynamodb: {
            Keys: { id: { S: `k-${i % 7}` } },
            NewImage: { id: { S: `k-${i % 7}` }, n: { N: String(from + i) } },
          },
        })),
      )
    await put(0, 3000)
    await stream.split(stream.shards()[0]!.shardId)
    await put(3000, 4000)
    await stream.close()
    const directory = t.testdir({
      'millrace.json': JSON.stringify({
        Sources: { DynamoDB: { Endpoint: api.url, Region: 'us-east-1' } },
        Functions: { ordered: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'ordered.handler' } },
        Mappings: [
          {
            Table: 'orders',
            FunctionName: 'ordered',
            StartingPosition: 'TRIM_HORIZON',
            BatchSize: 500,
          },
        ],
      }),
      'ordered.mjs': `const last = new Map()
export const handler = async ({ Records }) => {
  for (const { dynamodb } of Records) {
    const [key, n] = [dynamodb.Keys.id.S, Number(dynamodb.NewImage.n.N)]
    if (n <= (last.get(key) ?? -1)) throw new Error(key + ' is out of order')
    last.set(key, n)
  }
}
`,
    })
    const reader = new RunningMillrace(
      ['run', '--json', '--stall-timeout', '5s'],
      directory,
      CREDENTIALS,
    )
    const { status, stdout, stderr } = await reader.ended()
    t.equal(status, 0, stderr)
    t.match(JSON.parse(stdout), { polled: 4000, delivered: 4000, retries: 0 })
  },
)

t.test('millrace put --endpoint-url: a daemon takes lines as a data directory does', async (t) => {
  const api = await serveApi(t, temporaryDirectory(t))
  const cwd = ordersProject(t)
  const words = ['put', 'orders', 'orders.ndjson', '--endpoint-url', api.url]
  const run = async (input: string, more: readonly string[] = []) => {
    writeFileSync(join(cwd, 'orders.ndjson'), input)
    return new RunningMillrace([...words, ...more], cwd).ended()
  }
  const stored = await run(orderLines(1201))
  t.same([stored.status, stored.stdout], [0, '1,201 records stored in orders\n'], stored.stderr)
  const client = streamsClient(api)
  t.equal((await allRecords(client, api.engine.stream('orders').streamArn)).length, 1201)
  t.equal(api.engine.stream('orders').shards().length, 2, 'it is made as the configuration says')
  const bad = await run(`${orderLines(1002)}{"x":1}\n${orderLines(10)}`)
  t.equal(bad.status, 1)
  t.match(bad.stderr, 'line 1003: unknown member x; stored before it: 1,000 records')
  const none = new RunningMillrace(['put', 'none', 'orders.ndjson', '--endpoint-url', api.url], cwd)
  t.match(await none.ended(), { status: 1, stderr: /no embedded stream none; there are: orders/ })
})

t.test('a mapping reads a stream that was made and filled over HTTP', async (t) => {
  const seen: string[] = []
  const functions = { keep: (event: unknown) => void seen.push(...idsOf(event)) }
  const { request, get, post } = await openApiEngine(t, { functions })
  const body = JSON.stringify({ ShardCount: 2, ...KEY })
  const made = await request('/millrace/streams/later', { method: 'PUT', body })
  const { StreamArn } = (await made.json()) as { readonly StreamArn: string }
  const mapping = { EventSourceArn: StreamArn, FunctionName: 'keep', StartingPosition: 'LATEST' }
  const created = await post('/2015-03-31/event-source-mappings/', mapping)
  t.equal(created.status, 202, created.body.message)
  const ids = Array.from({ length: 50 }, (_, i) => `o-${i}`)
  const lines = ids.map((id) => JSON.stringify(order(id))).join('\n')
  const path = '/millrace/streams/later/records'
  const put = await request(path, { method: 'POST', body: lines })
  t.match(await put.json(), { Accepted: 50 })
  await post('/millrace/caught-up')
  t.same(seen.toSorted(), ids.toSorted())
  t.match((await get('/millrace/ledger')).body, { polled: 50, delivered: 50 })
})
