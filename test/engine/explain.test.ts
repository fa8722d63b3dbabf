import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Engine, LaneExplanation, MappingExplanation } from '../../lib/index.ts'
import { temporaryDirectory } from '../support/embedded-fixture.ts'
import { openLiveEngine } from '../support/live-engine.ts'

const explained = (engine: Engine, uuid: string): MappingExplanation =>
  engine.explain(uuid).mappings[0]!
const lanesOf = (engine: Engine, uuid: string): readonly LaneExplanation[] =>
  explained(engine, uuid).shards.flatMap(({ lanes }) => lanes)

/** Resolves when a lane is as asked for. */
async function laneThat(
  { engine, UUID }: { readonly engine: Engine; readonly UUID: string },
  is: (lane: LaneExplanation) => boolean,
): Promise<LaneExplanation> {
  for (;;) {
    const found = lanesOf(engine, UUID).find(is)
    if (found) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

t.test('contract §2, §5: a mapping, its shards and lanes while its function runs', async (t) => {
  const live = await openLiveEngine(t, { mapping: { FunctionName: 'slow', BatchSize: 2 } })
  const { engine, UUID, put, hasBegun, gate, EventSourceArn } = live
  await put(5)
  await hasBegun(1)
  const mapping = explained(engine, UUID)
  t.match(mapping, {
    uuid: UUID,
    eventSource: EventSourceArn,
    functionName: 'slow',
    asOf: 'now',
    state: 'Enabled',
    lastProcessingResult: 'No records processed',
    ledger: { polled: 5, delivered: 0, inFlight: 5 },
    shards: [{ streamArn: EventSourceArn, condition: 'at-tip', recordsBehind: 5, inFlight: 5 }],
  })
  t.match(lanesOf(engine, UUID), [{ condition: 'invoking', attempt: 1, queued: 5 }])
  t.ok(lanesOf(engine, UUID)[0]!.invokingSince! <= Date.now())
  t.same(JSON.parse(JSON.stringify(mapping)), mapping, 'plain JSON')
  const all = engine.explain()
  t.same([all.mappings.length, all.outbox.blocked], [1, false])
  t.throws(() => engine.explain('x'), {
    code: 'MILLRACE_MAPPING_UNKNOWN',
    message: new RegExp(`no mapping x; there are: ${UUID}`),
  })
  for (let begun = 1; begun <= 3; begun++) {
    await hasBegun(begun)
    gate.open()
  }
  await engine.caughtUp()
  t.match(explained(engine, UUID), {
    lastProcessingResult: 'OK',
    shards: [{ recordsBehind: 0, inFlight: 0, lanes: [], iteratorAgeMs: Number }],
  })
})

t.test('a batch that is gathered, and what waits when its mapping is disabled', async (t) => {
  const mapping = { MaximumBatchingWindowInSeconds: 300 }
  const live = await openLiveEngine(t, { mapping })
  await live.put(3)
  const lane = await laneThat(live, ({ condition }) => condition === 'gathering')
  t.match(lane, { queued: 3, words: /^gathers a batch for \d min( \d+ s)? more$/ })
  const { engine, UUID } = live
  await engine.mappings.update(UUID, { Enabled: false })
  await engine.mappings.waitUntilUpdated(UUID)
  t.match(explained(engine, UUID), {
    state: 'Disabled',
    shards: [{ condition: 'stopped', words: 'stands still', recordsBehind: 3, lanes: [] }],
  })
})

t.test('contract §2: blocked by which key and error; parked while disabled', async (t) => {
  const live = await openLiveEngine(t, { mapping: { FunctionName: 'failing' } })
  const { engine, UUID, put } = live
  await put(2)
  const lane = await laneThat(live, ({ attempt, blocked }) => attempt > 2 && blocked !== undefined)
  t.match(lane, {
    blocked: { key: { id: { S: 'key-0' } }, error: { errorType: 'Error', errorMessage: 'always' } },
    words: /; blocked for .* by \{"id":\{"S":"key-0"\}\}: Error: always$/,
  })
  t.ok(lane.blocked!.since <= Date.now())
  await engine.mappings.update(UUID, { Enabled: false })
  await engine.mappings.waitUntilUpdated(UUID)
  t.match(lanesOf(engine, UUID), [{ condition: 'parked', words: /^parked after \d+ attempts$/ }])
})

t.test('D27: a record that ends its thread is what blocks its lane', async (t) => {
  const code = temporaryDirectory(t)
  writeFileSync(join(code, 'exits.mjs'), 'export const handler = () => process.exit(7)')
  const exits = { Runtime: 'nodejs20.x', CodeUri: code, Handler: 'exits.handler' }
  const live = await openLiveEngine(t, {
    functions: { exits },
    mapping: { FunctionName: 'exits' },
  })
  await live.put(1)
  const { blocked } = await laneThat(live, (lane) => lane.blocked !== undefined)
  t.match(blocked, { key: { id: { S: 'key-0' } }, error: { errorType: 'Runtime.ExitError' } })
  t.equal(explained(live.engine, live.UUID).lastProcessingResult, 'PROBLEM: Function call failed')
})

t.test(
  'aws-semantics §5: an open tumbling window, live and when the engine has stopped',
  async (t) => {
    const aggregate = () => ({ state: { count: 1 } })
    const mapping = { FunctionName: 'aggregate', TumblingWindowInSeconds: 900 }
    const { engine, UUID } = await openLiveEngine(t, { functions: { aggregate }, mapping })
    // Of the year 2100: it does not end while this runs.
    const Keys = { id: { S: 'a' } }
    const dynamodb = { Keys, NewImage: Keys, ApproximateCreationDateTime: 4102444800 }
    await engine.stream('orders').put([{ dynamodb }])
    await engine.caughtUp()
    const [shard] = explained(engine, UUID).shards
    t.match(shard, {
      openWindow: { stateBytes: '{"count":1}'.length, finalAttempts: 0 },
      lateRecords: 0,
    })
    await engine.stop()
    t.same(explained(engine, UUID).shards[0]!.openWindow, shard!.openWindow)
    t.equal(explained(engine, UUID).shards[0]!.condition, 'stopped')
  },
)
