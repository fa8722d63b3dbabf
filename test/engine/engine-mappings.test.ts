import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createEngine } from '../../lib/index.ts'

type Teardown = { teardown(done: () => Promise<void>): void }

/** An engine over one stream of two shards, with a closure and a function that cannot be loaded. */
async function openEngine(
  t: Teardown,
  mappings: { Stream: string; FunctionName: string; StartingPosition: 'LATEST' }[] = [],
) {
  const data = mkdtempSync(join(tmpdir(), 'millrace-mappings-'))
  const seen: unknown[] = []
  const engine = await createEngine({
    data,
    streams: {
      orders: { ShardCount: 2, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
    },
    functions: {
      count: (event: unknown) => void seen.push(...(event as { Records: unknown[] }).Records),
      broken: { Runtime: 'nodejs20.x', CodeUri: data, Handler: 'nothing.handler' },
    },
    mappings,
  })
  t.teardown(async () => {
    await engine.stop()
    rmSync(data, { recursive: true })
  })
  await engine.start()
  const EventSourceArn = engine.stream('orders').streamArn
  return { engine, seen, EventSourceArn }
}

const record = (id: string) => ({
  eventName: 'INSERT',
  dynamodb: { Keys: { id: { S: id } }, NewImage: { id: { S: id } } },
})

t.test('a mapping is created, reads, is listed and deleted', async (t) => {
  const { engine, seen, EventSourceArn } = await openEngine(t)
  const input = { EventSourceArn, FunctionName: 'count', StartingPosition: 'TRIM_HORIZON' }
  const created = await engine.mappings.create(input)
  t.match(created, {
    State: 'Creating',
    BatchSize: 100,
    MaximumRetryAttempts: -1,
    MaximumRecordAgeInSeconds: -1,
    DestinationConfig: { OnFailure: {} },
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:count',
    LastProcessingResult: 'No records processed',
  })
  await engine.stream('orders').put(['a', 'b', 'c', 'd'].map(record))
  await engine.caughtUp()
  t.equal(seen.length, 4)
  t.match(engine.mappings.get(created.UUID), { State: 'Enabled', LastProcessingResult: 'OK' })
  t.equal(engine.mappings.list({ EventSourceArn }).length, 1)
  t.equal(engine.mappings.list({ FunctionName: 'other' }).length, 0)
  t.match(await engine.mappings.delete(created.UUID), { State: 'Deleting' })
  t.equal(await engine.mappings.waitUntilUpdated(created.UUID), undefined)
  t.throws(() => engine.mappings.get(created.UUID), {
    message: 'The resource you requested does not exist.',
  })
  t.equal(engine.mappings.list().length, 0)
})

t.test('aws-semantics §1.5: members of an answer stand in AWS’s order', async (t) => {
  const { engine, EventSourceArn } = await openEngine(t)
  const created = await engine.mappings.create({
    EventSourceArn,
    FunctionName: 'count',
    StartingPosition: 'TRIM_HORIZON',
  })
  t.same(Object.keys(created), [
    'UUID',
    'StartingPosition',
    'BatchSize',
    'MaximumBatchingWindowInSeconds',
    'ParallelizationFactor',
    'EventSourceArn',
    'FunctionArn',
    'LastModified',
    'LastProcessingResult',
    'State',
    'StateTransitionReason',
    'DestinationConfig',
    'MaximumRecordAgeInSeconds',
    'BisectBatchOnFunctionError',
    'MaximumRetryAttempts',
    'TumblingWindowInSeconds',
    'FunctionResponseTypes',
    'EventSourceMappingArn',
  ])
})

t.test('what cannot be created is refused, and nothing of it stays', async (t) => {
  const { engine, EventSourceArn } = await openEngine(t)
  const good = { EventSourceArn, FunctionName: 'count', StartingPosition: 'LATEST' }
  const { UUID } = await engine.mappings.create(good)
  await t.rejects(engine.mappings.create(good), {
    exception: 'ResourceConflictException',
    status: 409,
    message: `The event source arn (" ${EventSourceArn} ") and function (" count ") provided mapping already exists. Please update or delete the existing mapping with UUID ${UUID}`,
  })
  await t.rejects(engine.mappings.create({ ...good, FunctionName: 'nobody' }), {
    exception: 'InvalidParameterValueException',
    message: 'Function does not exist',
  })
  t.equal(engine.mappings.list().length, 1)
})

t.test('D32: a mapping of the configuration is listed and not changed by the API', async (t) => {
  const mapping = { Stream: 'orders', FunctionName: 'count', StartingPosition: 'LATEST' } as const
  const { engine } = await openEngine(t, [mapping])
  const [configured] = engine.mappings.list()
  t.match(configured, { State: 'Enabled' })
  const { UUID } = configured!
  await t.rejects(engine.mappings.delete(UUID), { message: /belongs to the configuration/ })
  await t.rejects(engine.mappings.update(UUID, {}), {
    exception: 'ResourceConflictException',
    status: 409,
    message: /belongs to the configuration/,
  })
})
