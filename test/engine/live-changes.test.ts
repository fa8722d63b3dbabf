import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryDirectory } from '../support/embedded-fixture.ts'
import { openLiveEngine as open } from '../support/live-engine.ts'

t.test('aws-semantics §1.6: an update answers at once, with the new settings', async (t) => {
  const { engine, UUID, put, seen } = await open(t)
  const { LastModified } = engine.mappings.get(UUID)
  const answer = await engine.mappings.update(UUID, {
    BatchSize: 7,
    MetricsConfig: { Metrics: ['EventCount'] },
  })
  t.match(answer, { State: 'Updating', BatchSize: 7, StateTransitionReason: 'User action' })
  t.ok(answer.LastModified >= LastModified)
  t.match(await engine.mappings.waitUntilUpdated(UUID), { State: 'Enabled', BatchSize: 7 })
  t.match(await engine.mappings.update(UUID, { Enabled: false }), { State: 'Disabling' })
  t.match(await engine.mappings.waitUntilUpdated(UUID), { State: 'Disabled' })
  await put(5)
  t.match(await engine.mappings.update(UUID, { ParallelizationFactor: 4 }), { State: 'Updating' })
  t.match(await engine.mappings.waitUntilUpdated(UUID), { State: 'Disabled' })
  await engine.caughtUp()
  t.same(seen['one'], [], 'D23: a disabled mapping does not count')
  t.match(await engine.mappings.update(UUID, { Enabled: true }), { State: 'Enabling' })
  await engine.caughtUp()
  t.equal(seen['one']!.length, 5, 'D23: one that is being enabled does')
  t.match(engine.ledger(UUID), { delivered: 5, inFlight: 0 })
  t.match(engine.mappings.get(UUID), { ParallelizationFactor: 4, BatchSize: 7 })
})

t.test('D38: Update or Delete while Creating, Updating, Deleting', async (t) => {
  const { engine, UUID, EventSourceArn, put, gate, hasBegun } = await open(t)
  const inUse = (what: string) => ({
    name: 'ApiError',
    exception: 'ResourceInUseException',
    status: 400,
    message: `Cannot ${what} the event source mapping because it is in use.`,
  })
  const { mappings } = engine
  const refused = async (uuid: string) => {
    await t.rejects(mappings.update(uuid, { BatchSize: 2 }), inUse('update'))
    await t.rejects(mappings.delete(uuid), inUse('delete'))
  }
  await mappings.update(UUID, { BatchSize: 3 })
  await refused(UUID)
  await mappings.waitUntilUpdated(UUID)
  const slow = { EventSourceArn, FunctionName: 'slow', StartingPosition: 'LATEST' }
  const creating = mappings.create(slow)
  const [{ UUID: other } = { UUID: '' }] = mappings.list({ FunctionName: 'slow' })
  t.match(mappings.get(other), { State: 'Creating' })
  await refused(other)
  await creating
  t.match(mappings.get(other), { State: 'Enabled' })
  await put(1)
  await hasBegun(1)
  t.match(await mappings.delete(other), { State: 'Deleting' })
  await refused(other)
  t.match(mappings.get(other), { State: 'Deleting' }, 'D7: until the running invocation has ended')
  gate.open()
  t.equal(await mappings.waitUntilUpdated(other), undefined)
  await t.rejects(mappings.update(other, {}), {
    name: 'ApiError',
    exception: 'ResourceNotFoundException',
    status: 404,
  })
  await t.rejects(mappings.delete(other), {
    message: 'The resource you requested does not exist.',
  })
  await engine.caughtUp()
})

t.test(
  'D7: Disabling until the running invocation has ended; Delete is taken meanwhile',
  async (t) => {
    const { engine, UUID, put, gate, hasBegun, seen } = await open(t, {
      mapping: { FunctionName: 'slow', BatchSize: 1 },
    })
    await put(3)
    await hasBegun(1)
    await engine.mappings.update(UUID, { Enabled: false })
    let isCaughtUp = false
    const caughtUp = engine.caughtUp().then(() => {
      isCaughtUp = true
    })
    t.match(engine.mappings.get(UUID), { State: 'Disabling' })
    await put(1)
    t.notOk(isCaughtUp)
    t.match(engine.ledger(UUID), { delivered: 0 })
    t.match(await engine.mappings.delete(UUID), { State: 'Deleting' })
    gate.open()
    await caughtUp
    t.equal(await engine.mappings.waitUntilUpdated(UUID), undefined)
    t.same(seen['slow'], [1])
    t.throws(() => engine.ledger(UUID), { code: 'MILLRACE_MAPPING_UNKNOWN' })
  },
)

t.test(
  'FunctionName: the next batch goes to the other function, none is lost or comes twice',
  async (t) => {
    const { engine, UUID, put, seen, EventSourceArn } = await open(t, { mapping: { BatchSize: 3 } })
    await put(10)
    const answer = await engine.mappings.update(UUID, { FunctionName: 'two' })
    t.match(answer.FunctionArn, /:function:two$/)
    await put(10)
    await engine.caughtUp()
    const all = [...seen['one']!, ...seen['two']!]
    t.same(
      all.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
    t.ok(seen['two']!.length >= 10)
    t.equal(engine.status()[0]!.settings.functionName, 'two')
    const second = { EventSourceArn, FunctionName: 'one', StartingPosition: 'LATEST' }
    await engine.mappings.create(second)
    await t.rejects(engine.mappings.update(UUID, { FunctionName: 'one' }), {
      exception: 'ResourceConflictException',
      status: 409,
      message: /provided mapping already exists/,
    })
    t.match(engine.mappings.get(UUID), { State: 'Enabled', FunctionArn: /:function:two$/ })
  },
)

t.test('D34: a function that cannot be loaded: the mapping stays, and says why', async (t) => {
  const { engine, UUID, put, seen, EventSourceArn } = await open(t)
  await put(2)
  await engine.caughtUp()
  await engine.mappings.update(UUID, { FunctionName: 'broken' })
  const stuck = await engine.mappings.waitUntilUpdated(UUID)
  t.match(stuck, { State: 'Enabled', LastProcessingResult: /^PROBLEM: .*broken/ })
  await put(3)
  await t.rejects(engine.caughtUp(), { code: 'MILLRACE_ABORTED', message: /broken/ })
  t.same(seen['one'], [1, 2], 'the old function gets nothing more')
  t.match(engine.ledger(UUID), { delivered: 2, inFlight: 0 })
  // Another try, while the first thread may still be ending.
  await engine.mappings.update(UUID, {})
  t.match(await engine.mappings.waitUntilUpdated(UUID), { LastProcessingResult: /^PROBLEM: / })
  const other = await engine.mappings.create({
    EventSourceArn,
    FunctionName: 'broken:$LATEST',
    StartingPosition: 'LATEST',
  })
  t.match(engine.mappings.get(other.UUID), {
    State: 'Enabled',
    LastProcessingResult: /^PROBLEM: .*broken/,
  })
  await engine.mappings.delete(other.UUID)
  await engine.mappings.update(UUID, { FunctionName: 'two' })
  await engine.caughtUp()
  t.same(seen['two'], [3, 4, 5], 'its position was kept')
  t.match(engine.mappings.get(UUID), { State: 'Enabled', LastProcessingResult: 'OK' })
})

t.test('D34: disabled, a function that cannot be loaded is no concern of anybody', async (t) => {
  const { engine, UUID, put } = await open(t)
  await engine.mappings.update(UUID, { FunctionName: 'broken' })
  await engine.mappings.waitUntilUpdated(UUID)
  await put(1)
  await t.rejects(engine.caughtUp(), { code: 'MILLRACE_ABORTED' })
  await engine.mappings.update(UUID, { Enabled: false })
  await engine.caughtUp()
  t.match(engine.mappings.get(UUID), {
    State: 'Disabled',
    LastProcessingResult: 'No records processed',
  })
})

t.test(
  'D36: a destination of the program: discards go where they were decided to go',
  async (t) => {
    const { engine, UUID, put, data } = await open(t, {
      mapping: { FunctionName: 'failing', BatchSize: 1, MaximumRetryAttempts: 0 },
    })
    const linesOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n').length
    const [first, second] = [join(data, 'first.ndjson'), join(data, 'second.ndjson')]
    for (const [path, count] of [
      [first, 3],
      [second, 2],
      ['', 1],
    ] as const) {
      const Destination = path && `file:${path}`
      const changes = { DestinationConfig: { OnFailure: { Destination } } }
      const { DestinationConfig } = await engine.mappings.update(UUID, changes)
      t.same(DestinationConfig, { OnFailure: path ? { Destination } : {} })
      await put(count)
      await engine.caughtUp()
    }
    t.equal(linesOf(first), 3)
    t.equal(linesOf(second), 2)
    t.match(engine.ledger(UUID), { sent: 5, dropped: 1 })
  },
)

t.test('D21: made disabled at LATEST, it begins where it was created', async (t) => {
  const { engine, put, seen, EventSourceArn } = await open(t)
  await put(2)
  const { UUID, State } = await engine.mappings.create({
    EventSourceArn,
    FunctionName: 'two',
    StartingPosition: 'LATEST',
    Enabled: false,
  })
  t.equal(State, 'Creating')
  t.match(engine.mappings.get(UUID), { State: 'Disabled' })
  await put(3)
  await engine.caughtUp()
  t.same(seen['two'], [])
  await engine.mappings.update(UUID, { Enabled: true })
  await engine.caughtUp()
  t.same(seen['two'], [3, 4, 5])
})

t.test('a refused update leaves everything as it was', async (t) => {
  const { engine, UUID } = await open(t)
  const before = engine.mappings.get(UUID)
  for (const changes of [
    { BatchSize: 0 },
    { EventSourceArn: 'x' },
    { BatchSize: 5, FunctionName: 'nobody' },
    { BatchSize: 5, Unknown: 1 },
  ])
    await t.rejects(engine.mappings.update(UUID, changes), { name: 'ApiError', status: 400 })
  t.same(engine.mappings.get(UUID), before)
})

t.test(
  'an engine that stops in the midst of changes stops, and changes nothing any more',
  async (t) => {
    const { engine, UUID, put, gate, hasBegun, seen } = await open(t, {
      mapping: { FunctionName: 'slow', BatchSize: 1 },
    })
    await put(5)
    await hasBegun(1)
    await engine.mappings.update(UUID, { FunctionName: 'broken', ParallelizationFactor: 10 })
    const stopping = engine.stop()
    gate.open()
    await stopping
    t.same(seen['slow'], [1])
    await t.rejects(engine.mappings.update(UUID, { BatchSize: 2 }), { code: 'MILLRACE_STATE' })
    await t.rejects(engine.mappings.delete(UUID), { code: 'MILLRACE_STATE' })
  },
)

t.test('changes while threads die under their handlers: nothing is lost', async (t) => {
  const deadly = {
    Runtime: 'nodejs20.x',
    CodeUri: 'test/fixtures/handlers',
    Handler: 'deadly.handler',
    Timeout: 1,
    Environment: { Variables: { JOURNAL: join(temporaryDirectory(t), 'journal') } },
  } as const
  const { engine, UUID, put } = await open(t, {
    functions: { deadly },
    mapping: { FunctionName: 'deadly', BatchSize: 2, MaximumRetryAttempts: 1 },
  })
  for (const ParallelizationFactor of [10, 3, 1, 5]) {
    await put(6, { number: { N: '1' } })
    await put(2, { do: { S: 'exit' }, number: { N: '1' } })
    await engine.mappings.update(UUID, { ParallelizationFactor, BisectBatchOnFunctionError: true })
    await engine.mappings.waitUntilUpdated(UUID)
  }
  await engine.caughtUp()
  t.match(engine.ledger(UUID), { polled: 32, delivered: 24, dropped: 8, inFlight: 0 })
})
