// Functions that break what they can reach, and what they and the log get to know.
import { CreateFunctionCommand, InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import t from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'
import { millrace } from '../support/millrace-process.ts'

const call = async (client: LambdaClient, FunctionName: string) => {
  const answer = await client.send(new InvokeCommand({ FunctionName }))
  return { error: answer.FunctionError, payload: answer.Payload!.transformToString() }
}

const BROKEN: Readonly<Record<string, string>> = {
  exit: 'export const handler = async () => process.exit(0)',
  abort: 'export const handler = async () => process.abort()',
  'at-once': 'process.exit(1); export const handler = async () => 1',
  endless: 'export const handler = async () => { for (;;); }',
  heap: 'export const handler = async () => { const a = []; for (;;) a.push({ a: a.length }) }',
  late: 'export const handler = async () => { setTimeout(() => { throw new Error("late") }, 0); await new Promise(() => {}) }',
  nothing: 'export const handler = async () => { throw undefined }',
  getter:
    'export const handler = async () => { throw Object.defineProperty({}, "message", { get() { throw 1 } }) }',
  cyclic: 'export const handler = async () => { const a = {}; a.a = a; return a }',
  large: 'export const handler = async () => "x".repeat(100 * 1024 * 1024)',
}

t.test('reliability §4 (14): a broken handler is an error of its own invocation', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  for (const [name, code] of Object.entries(BROKEN)) {
    await client.send(new CreateFunctionCommand(functionOf(name, code, { Timeout: 2 })))
    const { error, payload } = await call(client, name)
    t.equal(error, 'Unhandled', name)
    t.ok(JSON.parse(payload).errorType, name)
  }
  await client.send(
    new CreateFunctionCommand(functionOf('fine', 'export const handler = async () => "fine"')),
  )
  t.same(await call(client, 'fine'), { error: undefined, payload: '"fine"' })
  t.equal((await daemon.request('/livez')).status, 200)
  t.equal((await daemon.stop()).status, 0)
})

const POLLUTING = `
import { parentPort } from 'node:worker_threads'
export const handler = async () => {
  Object.prototype.polluted = 'yes'
  Object.prototype.status = 500
  Array.prototype.map = () => ['polluted']
  JSON.parse = () => 'polluted'
  globalThis.setTimeout = undefined
  for (const message of [undefined, null, 7, 'x', {}, { type: 'task-ended', task: 'x' }, { type: '__proto__' }])
    parentPort?.postMessage(message)
  return 'done'
}`

t.test('reliability §4 (14): what it pollutes is its own', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  await client.send(new CreateFunctionCommand(functionOf('polluting', POLLUTING, { Timeout: 2 })))
  await call(client, 'polluting')
  const fine = 'export const handler = async () => [[1].map((a) => a + 1), ({}).polluted ?? null]'
  await client.send(new CreateFunctionCommand(functionOf('fine', fine)))
  t.same(await call(client, 'fine'), { error: undefined, payload: '[[2],null]' })
  const listed = await daemon.request('/2015-03-31/functions')
  t.equal(listed.status, 200)
  t.notMatch(await listed.text(), /polluted/)
  t.equal((await daemon.stop()).status, 0)
})

const SECRETS = {
  MILLRACE_ACCESS_KEY_ID: 'AKIDTEST',
  MILLRACE_SECRET_ACCESS_KEY: 'of-the-listener',
  DATABASE_PASSWORD: 'of-the-operator',
}

t.test('reliability §4 (13): a handler gets its own environment', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir(), { environment: SECRETS })
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  const code = 'export const handler = async () => process.env'
  const Environment = { Variables: { TOKEN: 'of-the-function' } }
  await client.send(new CreateFunctionCommand(functionOf('told', code, { Environment })))
  const { payload } = await call(client, 'told')
  t.match(JSON.parse(payload), { TOKEN: 'of-the-function' })
  t.notMatch(payload, /of-the-listener|of-the-operator|AKIDTEST/)
  const { stderr, status } = await daemon.stop()
  t.equal(status, 0)
  t.notMatch(stderr, /of-the-listener|of-the-operator|of-the-function/)
})

t.test('no record image is in the log at info: not of a batch that fails either', async (t) => {
  const directory = t.testdir()
  const Environment = { Variables: { TOKEN: 'of-the-function' } }
  const fails = { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'fails.handler', Environment }
  const mapping = { Stream: 'orders', FunctionName: 'fails', StartingPosition: 'TRIM_HORIZON' }
  const configuration = {
    Streams: { orders: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] } },
    Functions: { fails },
    Mappings: [{ ...mapping, MaximumRetryAttempts: 1 }],
  }
  const files = { 'fails.mjs': 'export const handler = async () => { throw new Error("no") }' }
  const first = await RunningDaemon.start(directory, { configuration, files })
  await first.stop()
  const image = { pk: { S: 'a' }, card: { S: '4111-1111-1111-1111' } }
  const record = { eventName: 'INSERT', dynamodb: { Keys: { pk: image.pk }, NewImage: image } }
  const input = JSON.stringify(record)
  t.equal(millrace(['put', 'orders', '-'], directory, { input }).status, 0)
  const daemon = await RunningDaemon.start(directory, { configuration })
  t.teardown(() => daemon.kill())
  await daemon.logs('batches-given-up')
  const { stderr, status } = await daemon.stop()
  t.equal(status, 0)
  t.match(stderr, /attempt-failed/)
  t.notMatch(stderr, /4111|of-the-function/)
})
