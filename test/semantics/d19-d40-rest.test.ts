import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { maybeFunctionReference } from '../../lib/core/mapping/function-name.ts'
import { parseMapping } from '../../lib/core/mapping/mapping-settings.ts'
import { createEngine, type LibraryOptions } from '../../lib/index.ts'
import { temporaryDirectory } from '../support/embedded-fixture.ts'
import { EngineRig } from '../support/engine-rig.ts'

const API = {
  origin: 'api',
  region: 'us-east-1',
  account: '000000000000',
  hasFunction: () => true,
} as const
const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000'
const CREATE = { EventSourceArn: ARN, FunctionName: 'fn', StartingPosition: 'LATEST' }

const order = (id: string) => ({
  dynamodb: { Keys: { id: { S: id } }, NewImage: { id: { S: id } } },
})

/** An engine over one stream and one closure, as a library user has it; started. */
async function engineOf(
  data: string,
  fn: () => void,
  mappings: NonNullable<LibraryOptions['mappings']>,
) {
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }]
  const engine = await createEngine({
    data,
    streams: { orders: { KeySchema } },
    functions: { fn },
    mappings,
  })
  await engine.start()
  return engine
}

t.test('D19: IteratorAge counts from when a record was put, not from its own time', async (t) => {
  const rig = new EngineRig()
  const dynamodb = { Keys: { id: { S: 'k' } }, NewImage: { id: { S: 'k' }, number: { N: '1' } } }
  const replayed = { dynamodb: { ...dynamodb, ApproximateCreationDateTime: 1_000_000_000 } }
  rig.source.put('shard-1' as never, [replayed])
  await rig.clock.advance(3000)
  await rig.start()
  await rig.drain()
  const [poller] = [...rig.mapping.pollers.values()]
  t.equal(poller!.lanes.feeds[0]!.progress.iteratorAgeMs, 3000)
  await rig.stop()
})

t.test(
  'D31: an older stream of the table that has a checkpoint is drained first, then the new one',
  async (t) => {
    const rig: EngineRig = new EngineRig({
      settings: { batchSize: 1, startingPosition: 'LATEST' },
      handler: () => rig.clock.after(100),
    })
    await rig.start()
    rig.putMany(3)
    await rig.clock.advance(50)
    await rig.stop()
    t.equal(rig.trace, '1')
    rig.source.closeShard('shard-1' as never)
    rig.renewStream('2026-02-02T00:00:00.000', 'shard-2')
    await rig.start()
    rig.putMany(2, 'k', 'shard-2')
    await rig.drain()
    t.equal(rig.trace, '1, 2, 3, 4, 5')
    t.match(rig.ledger(), { polled: 5, delivered: 5, inFlight: 0 })
    t.same(rig.violations(), [])
    await rig.stop()
  },
)

t.test('D31: an older stream that was never read is left alone', async (t) => {
  const rig = new EngineRig()
  rig.putMany(3)
  rig.source.closeShard('shard-1' as never)
  rig.renewStream('2026-02-02T00:00:00.000', 'shard-2')
  rig.putMany(2, 'k', 'shard-2')
  await rig.start()
  await rig.drain()
  t.equal(rig.trace, '45')
  await rig.stop()
})

t.test(
  'D32: a mapping that is left out of the configuration stops; put back, it goes on where it was',
  async (t) => {
    const data = temporaryDirectory(t)
    let seen = 0
    const fn = () => void seen++
    const Mapping = { Stream: 'orders', FunctionName: 'fn', BatchSize: 1 } as const
    const mappings = [{ ...Mapping, StartingPosition: 'TRIM_HORIZON' as const }]
    const uuids: string[] = []
    for (const [configured, expected] of [
      [mappings, 1],
      [[], 1],
      [mappings, 3],
    ] as const) {
      await using engine = await engineOf(data, fn, [...configured])
      await engine.stream('orders').put([order('a')])
      await engine.caughtUp()
      t.equal(seen, expected)
      uuids.push(...engine.mappings.list().map(({ UUID }) => UUID))
    }
    t.equal(uuids.length, 2)
    t.equal(new Set(uuids).size, 1, 'under the same UUID')
  },
)

t.test('D33: a function of another account or region does not exist', (t) => {
  const names = [
    '111111111111:function:fn',
    'arn:aws:lambda:eu-west-1:000000000000:function:fn',
    'arn:aws:lambda:us-east-1:111111111111:function:fn:live',
  ]
  for (const FunctionName of names) {
    t.same(maybeFunctionReference(FunctionName, API), { type: 'foreign' })
    t.throws(() => parseMapping({ ...CREATE, FunctionName }, API), {
      exception: 'InvalidParameterValueException',
      message: 'Function does not exist',
    })
  }
  t.end()
})

t.test('D36: no pattern is asked of a stream’s ARN', (t) => {
  const names = ['us-west-2:1:table/t/stream/x', 'ddblocal:000000000000:table/a b/stream/2026']
  for (const name of names) {
    const EventSourceArn = `arn:aws:dynamodb:${name}`
    const { source } = parseMapping({ ...CREATE, EventSourceArn }, API)
    t.same(source, { type: 'arn', arn: EventSourceArn })
  }
  t.end()
})

t.test('D37: FilterCriteria with a tumbling window is refused in these words', (t) => {
  const Filters = [{ Pattern: '{"eventName":["INSERT"]}' }]
  const both = { TumblingWindowInSeconds: 5, FilterCriteria: { Filters } }
  t.throws(() => parseMapping({ ...CREATE, ...both }, API), {
    exception: 'InvalidParameterValueException',
    message: 'Tumbling window is not supported with FilterCriteria',
  })
  t.end()
})

t.test('D40: KMSKeyArn is refused with a sentence that says why', (t) => {
  const KMSKeyArn = 'arn:aws:kms:us-east-1:000000000000:key/1'
  t.throws(() => parseMapping({ ...CREATE, KMSKeyArn }, API), {
    exception: 'InvalidParameterValueException',
    message: /^KMSKeyArn is not supported: Millrace has no key service and /,
  })
  t.end()
})

t.test('D40: MetricsConfig is stored and echoed; counters are kept without it', async (t) => {
  await using engine = await engineOf(temporaryDirectory(t), () => {}, [])
  const EventSourceArn = engine.stream('orders').streamArn
  const MetricsConfig = { Metrics: ['EventCount'] }
  const StartingPosition = 'LATEST'
  const counted = { EventSourceArn, FunctionName: 'fn', StartingPosition, MetricsConfig }
  const { UUID } = await engine.mappings.create(counted)
  t.same(engine.mappings.get(UUID).MetricsConfig, MetricsConfig)
  const { MetricsConfig: _, ...plain } = { ...counted, FunctionName: 'fn:$LATEST' }
  const other = await engine.mappings.create(plain)
  t.notOk('MetricsConfig' in engine.mappings.get(other.UUID))
  await engine.stream('orders').put([order('a'), order('b')])
  await engine.caughtUp()
  t.match(engine.ledger(), { polled: 4, delivered: 4 }, 'two records for each of two mappings')
})

t.test('aws-semantics §4.6 [N]: functionArn keeps the qualifier', async (t) => {
  const data = temporaryDirectory(t)
  for (const [FunctionName, end] of [
    ['fn', ':function:fn'],
    ['fn:$LATEST', ':function:fn:$LATEST'],
  ] as const) {
    const file = join(data, `${FunctionName.length}.ndjson`)
    const failing = () => {
      throw new Error('always')
    }
    const mapping = {
      Stream: 'orders',
      FunctionName,
      StartingPosition: 'TRIM_HORIZON' as const,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: `file:${file}` } },
    }
    await using engine = await engineOf(data, failing, [mapping])
    await engine.stream('orders').put([order('a')])
    await engine.caughtUp()
    const document = JSON.parse(readFileSync(file, 'utf8').split('\n')[0]!)
    t.equal(document.requestContext.functionArn, `arn:aws:lambda:us-east-1:000000000000${end}`)
    t.equal(document.requestContext.condition, 'RetryAttemptsExhausted')
  }
})
