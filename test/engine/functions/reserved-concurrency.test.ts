import t from 'tap'
import { FunctionEngine, inversions } from '../../support/function-engine.ts'
import { zipOfFiles } from '../../support/zip-file.ts'

/** Writes down how many of it run, by a file for each; its threads share no memory. */
const COUNTING = zipOfFiles({
  'index.mjs': `
import { appendFileSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const running = process.env.SEEN + '-running'
mkdirSync(running, { recursive: true })
export const handler = async (event, context) => {
  const mine = running + '/' + context.awsRequestId
  mkdirSync(mine)
  const count = readdirSync(running).length
  await pause(2)
  rmdirSync(mine)
  if (event.die) process.exit(1)
  const numbers = (event.Records ?? []).map(({ dynamodb }) => Number(dynamodb.NewImage.n.N))
  appendFileSync(process.env.SEEN, JSON.stringify({ count, numbers }) + '\\n')
}
`,
})

const countsOf = (rig: FunctionEngine) =>
  rig.seen().map((batch) => (batch as unknown as { readonly count: number }).count)

t.test('so many run at the same time, of all mappings and versions together', async (t) => {
  const rig = await FunctionEngine.open(t)
  const { engine } = rig
  await rig.create('fn', COUNTING, { Publish: true })
  await engine.functions.concurrency.put('fn', { ReservedConcurrentExecutions: 2 })
  await rig.map('fn', { ParallelizationFactor: 6, BatchSize: 3 })
  await rig.map('fn:1', { ParallelizationFactor: 6, BatchSize: 3 })
  await rig.put(200)
  await engine.caughtUp()
  t.equal(Math.max(...countsOf(rig)), 2)
  const numbers = rig.seen().flatMap((batch) => batch.numbers)
  t.equal(numbers.length, 400, 'every record, once for each mapping')
})

t.test(
  'aws-semantics §4.1: with 0 nothing runs and no attempt is spent; then it goes on',
  async (t) => {
    const rig = await FunctionEngine.open(t)
    const { engine } = rig
    await rig.create('fn', COUNTING)
    await engine.functions.concurrency.put('fn', { ReservedConcurrentExecutions: 0 })
    const uuid = await rig.map('fn', {
      ParallelizationFactor: 3,
      BatchSize: 5,
      MaximumRetryAttempts: 0,
    })
    await rig.put(30)
    await t.rejects(engine.functions.invoke({ functionName: 'fn' }), {
      exception: 'TooManyRequestsException',
      reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      message: 'Rate Exceeded.',
    })
    const isHeldBack = () =>
      engine
        .explain(uuid)
        .mappings[0]!.shards[0]?.lanes.some(({ condition }) => condition === 'backing-off')
    while (!isHeldBack()) await new Promise((resolve) => setImmediate(resolve))
    t.same(rig.seen(), [])
    t.match(engine.ledger(uuid), { invocations: 0, dropped: 0, retries: 0 })
    await engine.functions.concurrency.delete('fn')
    await engine.caughtUp()
    t.equal(rig.seen().flatMap(({ numbers }) => numbers).length, 30)
    t.same(inversions(rig.seen()), [])
    t.match(engine.ledger(uuid), { dropped: 0, delivered: 30, retries: 0 })
  },
)

t.test('an engine that stops, and a mapping that changes, do not wait for room', async (t) => {
  const rig = await FunctionEngine.open(t)
  const { engine } = rig
  await rig.create('fn', COUNTING)
  await engine.functions.concurrency.put('fn', { ReservedConcurrentExecutions: 0 })
  const uuid = await rig.map('fn', { ParallelizationFactor: 4 })
  await rig.put(40)
  await engine.mappings.update(uuid, { BatchSize: 7 })
  t.match(await engine.mappings.waitUntilUpdated(uuid), { State: 'Enabled', BatchSize: 7 })
  await engine.stop()
  t.same(rig.seen(), [])
})

t.test('a thread that dies gives its place back', async (t) => {
  const rig = await FunctionEngine.open(t)
  const { engine } = rig
  await rig.create('fn', COUNTING)
  await engine.functions.concurrency.put('fn', { ReservedConcurrentExecutions: 1 })
  await rig.map('fn')
  for (let i = 0; i < 3; i++) {
    const died = await engine.functions.invoke({ functionName: 'fn', payload: '{"die":true}' })
    t.match(died, { FunctionError: 'Unhandled' })
    await rig.put(5)
    await engine.caughtUp()
  }
  t.equal(rig.seen().flatMap(({ numbers }) => numbers).length, 15)
})
