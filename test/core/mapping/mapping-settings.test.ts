import t from 'tap'
import { parseMapping } from '../../../lib/core/mapping/mapping-settings.ts'
import {
  API,
  ARN,
  CONFIGURED,
  CREATE,
  FILE,
  I,
  refusal,
  V,
} from '../../support/mapping-requests.ts'

t.test('defaults (aws-semantics §1.3)', (t) => {
  t.same(parseMapping(CREATE, API), {
    source: { type: 'arn', arn: ARN },
    functionName: 'fn',
    enabled: true,
    batchSize: 100,
    maximumBatchingWindowInSeconds: 0,
    parallelizationFactor: 1,
    startingPosition: 'LATEST',
    maximumRecordAgeInSeconds: -1,
    maximumRetryAttempts: -1,
    bisectBatchOnFunctionError: false,
    functionResponseTypes: [],
    filterPatterns: [],
    tumblingWindowInSeconds: 0,
  })
  t.end()
})

t.test('ranges are closed: their ends are accepted', (t) => {
  const ends: object[] = [
    { BatchSize: 1 },
    { BatchSize: 10000 },
    { MaximumBatchingWindowInSeconds: 300 },
    { ParallelizationFactor: 10 },
    { MaximumRecordAgeInSeconds: 60 },
    { MaximumRecordAgeInSeconds: 604800 },
    { MaximumRetryAttempts: 0 },
    { MaximumRetryAttempts: 10000 },
    { TumblingWindowInSeconds: 0 },
    { TumblingWindowInSeconds: 900 },
    { FilterCriteria: {} },
    { FilterCriteria: { Filters: [] } },
    { FunctionResponseTypes: ['ReportBatchItemFailures'] },
    { DestinationConfig: { OnFailure: {} } },
    { DestinationConfig: { OnFailure: { Destination: '' } } },
    { KMSKeyArn: '' },
  ]
  for (const end of ends)
    t.doesNotThrow(() => parseMapping({ ...CREATE, ...end }, API), JSON.stringify(end))
  // aws-semantics §1.4, below the table: the window that SQS needs is not asked of streams.
  t.equal(parseMapping({ ...CREATE, BatchSize: 101 }, API).batchSize, 101)
  t.end()
})

t.test('wrong types are refused, null is absent for the API', (t) => {
  for (const change of [
    { BatchSize: '100' },
    { BatchSize: 1.5 },
    { Enabled: 'true' },
    { Tags: [] },
    { FunctionResponseTypes: 'ReportBatchItemFailures' },
    { DestinationConfig: 'file:x' },
  ])
    t.match(
      refusal({ ...CREATE, ...change }),
      { exception: V, status: 400 },
      JSON.stringify(change),
    )
  t.match(refusal('text'), { exception: V })
  t.equal(parseMapping({ ...CREATE, BatchSize: null, Tags: null }, API).batchSize, 100)
  t.match(refusal({ ...CONFIGURED, BatchSize: null }, FILE), { exception: V })
  t.end()
})

t.test('unknown members are refused with the one that was meant', (t) => {
  t.match(refusal({ ...CREATE, BatchSzie: 1 }), {
    exception: V,
    message: /'batchSzie'; did you mean BatchSize\?/,
  })
  t.match(refusal({ ...CREATE, Stream: 'orders' }), {
    exception: V,
    message: /Unknown member 'stream'/,
  })
  t.match(refusal(JSON.parse(`{"__proto__": {"BatchSize": 1}}`)), { problem: { type: 'unknown' } })
  t.end()
})

t.test('metrics and tags are kept (D40)', (t) => {
  const { metrics, tags } = parseMapping(
    {
      ...CREATE,
      MetricsConfig: { Metrics: ['EventCount'] },
      Tags: { team: 'a b', __proto__x: '' },
    },
    API,
  )
  t.same(metrics, ['EventCount'])
  t.same(Object.entries(tags ?? {}), [
    ['team', 'a b'],
    ['__proto__x', ''],
  ])
  for (const Tags of [
    { '': 'x' },
    { ['k'.repeat(129)]: 'x' },
    { k: 'x'.repeat(257) },
    { 'k!': '' },
    { k: 1 },
  ])
    t.match(refusal({ ...CREATE, Tags }), { exception: V }, JSON.stringify(Tags).slice(0, 20))
  t.match(refusal({ ...CREATE, MetricsConfig: { Metrics: ['X'] } }), {
    exception: V,
    message: /enum value set: \[EventCount, ErrorCount, KafkaMetrics\]/,
  })
  t.end()
})

t.test('file: destinations are legal in a configuration only (D36)', (t) => {
  const to = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } })
  t.equal(
    parseMapping({ ...CONFIGURED, ...to('file:a/b.ndjson') }, FILE).onFailureDestination,
    'file:/base/a/b.ndjson',
  )
  t.match(refusal({ ...CREATE, ...to('file:a') }), {
    exception: I,
    message: /legal in the configuration only/,
  })
  for (const bad of ['file:', 'file:dir/', 'file://host/x'])
    t.match(refusal({ ...CONFIGURED, ...to(bad) }, FILE), { message: /names no file/ }, bad)
  t.end()
})

t.test('a configuration names its stream in exactly one of three ways', (t) => {
  const rest = { FunctionName: 'fn:$LATEST', StartingPosition: 'TRIM_HORIZON' }
  t.match(parseMapping({ ...rest, Stream: 'orders' }, FILE), {
    source: { type: 'embedded', name: 'orders' },
    functionName: 'fn',
    functionQualifier: '$LATEST',
  })
  t.match(parseMapping({ ...rest, Table: 't' }, FILE), { source: { type: 'table', name: 't' } })
  // D36: ARNs of other servers are opaque.
  for (const arn of ['arn:aws:dynamodb:ddblocal:0:table/t/stream/x', 'S0123-alternator'])
    t.match(parseMapping({ ...rest, EventSourceArn: arn }, FILE), { source: { type: 'arn', arn } })
  for (const bad of [rest, { ...rest, Stream: 'orders', Table: 't' }])
    t.match(refusal(bad, FILE), { message: 'give exactly one of Stream, EventSourceArn, Table' })
  t.match(refusal({ ...rest, Stream: 'toString' }, FILE), { message: 'Stream not found: toString' })
  t.end()
})

t.test('RetryBackoff of a mapping takes the rest from the engine (D1)', (t) => {
  const of = (RetryBackoff: object) =>
    parseMapping({ ...CONFIGURED, RetryBackoff }, FILE).retryBackoff
  t.same(of({ Base: '1s' }), { baseMs: 1000, maximumMs: 60_000 })
  t.same(of({ Base: '10ms', Maximum: '2m' }), { baseMs: 10, maximumMs: 120_000 })
  t.equal(parseMapping(CONFIGURED, FILE).retryBackoff, undefined)
  t.match(refusal({ ...CONFIGURED, RetryBackoff: { Maximum: '100ms' } }, FILE), {
    message: /Base \(200ms\) must not be above Maximum \(100ms\)/,
  })
  t.match(refusal({ ...CONFIGURED, RetryBackoff: { Base: 200 } }, FILE), { exception: V })
  t.end()
})
