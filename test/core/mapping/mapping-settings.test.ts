import t from 'tap'
import { ApiError } from '../../../lib/core/mapping/api-error.ts'
import { type MappingContext, parseMapping } from '../../../lib/core/mapping/mapping-settings.ts'

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000'
const HERE = {
  region: 'us-east-1',
  account: '000000000000',
  hasFunction: (name: string) => name === 'fn',
}
const API: MappingContext = { ...HERE, origin: 'api' }
const FILE: MappingContext = {
  ...HERE,
  origin: 'configuration',
  hasStream: (name) => name === 'orders',
  resolvePath: (path) => `/base/${path}`,
  retryBackoff: { baseMs: 200, maximumMs: 60_000 },
}
const CREATE = { EventSourceArn: ARN, FunctionName: 'fn', StartingPosition: 'LATEST' }
const CONFIGURED = { Stream: 'orders', FunctionName: 'fn', StartingPosition: 'LATEST' }

function refusal(input: unknown, context: MappingContext = API): ApiError {
  try {
    parseMapping(input, context)
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('was accepted')
}

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

const V = 'ValidationException'
const I = 'InvalidParameterValueException'
const detected = (value: string, at: string, constraint: string) =>
  `1 validation error detected: Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`
const atMost = (n: number) => `Member must have value less than or equal to ${n}`
const atLeast = (n: number) => `Member must have value greater than or equal to ${n}`

/** Row of aws-semantics §1.4, what is added to a good request, exception, message. */
const ROWS: readonly [string, object, string, string][] = [
  [
    'StartingPosition missing',
    { StartingPosition: undefined },
    I,
    detected('null', 'startingPosition', 'Member must not be null.'),
  ],
  [
    'StartingPosition unknown',
    { StartingPosition: 'invalid' },
    V,
    detected(
      "'invalid'",
      'startingPosition',
      'Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]',
    ),
  ],
  [
    'AT_TIMESTAMP on DynamoDB',
    { StartingPosition: 'AT_TIMESTAMP' },
    I,
    `Unsupported starting position for arn type: ${ARN}`,
  ],
  [
    'AT_TIMESTAMP on DynamoDB, with its timestamp',
    { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1 },
    I,
    `Unsupported starting position for arn type: ${ARN}`,
  ],
  [
    'Timestamp without AT_TIMESTAMP',
    { StartingPositionTimestamp: 1 },
    I,
    'Timestamp only valid with StartingPosition AT_TIMESTAMP',
  ],
  [
    'BatchSize over maximum',
    { BatchSize: 10001 },
    V,
    detected("'10001'", 'batchSize', atMost(10000)),
  ],
  ['BatchSize under minimum', { BatchSize: 0 }, V, detected("'0'", 'batchSize', atLeast(1))],
  [
    'parallelizationFactor over maximum',
    { ParallelizationFactor: 11 },
    V,
    detected("'11'", 'parallelizationFactor', atMost(10)),
  ],
  [
    'parallelizationFactor under minimum',
    { ParallelizationFactor: 0 },
    V,
    detected("'0'", 'parallelizationFactor', atLeast(1)),
  ],
  [
    'maximumBatchingWindowInSeconds over maximum',
    { MaximumBatchingWindowInSeconds: 301 },
    V,
    detected("'301'", 'maximumBatchingWindowInSeconds', atMost(300)),
  ],
  [
    'maximumBatchingWindowInSeconds under minimum',
    { MaximumBatchingWindowInSeconds: -1 },
    V,
    detected("'-1'", 'maximumBatchingWindowInSeconds', atLeast(0)),
  ],
  [
    'tumblingWindowInSeconds over maximum',
    { TumblingWindowInSeconds: 901 },
    V,
    detected("'901'", 'tumblingWindowInSeconds', atMost(900)),
  ],
  [
    'maximumRetryAttempts over maximum',
    { MaximumRetryAttempts: 10001 },
    V,
    detected("'10001'", 'maximumRetryAttempts', atMost(10000)),
  ],
  [
    'maximumRetryAttempts under minimum',
    { MaximumRetryAttempts: -2 },
    V,
    detected("'-2'", 'maximumRetryAttempts', atLeast(-1)),
  ],
  [
    'age over maximum',
    { MaximumRecordAgeInSeconds: 604801 },
    V,
    detected("'604801'", 'maximumRecordAgeInSeconds', atMost(604800)),
  ],
  [
    'age under minimum',
    { MaximumRecordAgeInSeconds: -2 },
    V,
    detected("'-2'", 'maximumRecordAgeInSeconds', atLeast(-1)),
  ],
  [
    'bad response type',
    { FunctionResponseTypes: ['Bad'] },
    V,
    detected(
      "'[Bad]'",
      'functionResponseTypes',
      'Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]',
    ),
  ],
  [
    'two response types',
    { FunctionResponseTypes: ['ReportBatchItemFailures', 'ReportBatchItemFailures'] },
    V,
    detected(
      "'[ReportBatchItemFailures, ReportBatchItemFailures]'",
      'functionResponseTypes',
      'Member must have length less than or equal to 1',
    ),
  ],
  ...[0, 1, 59].map((age): [string, object, string, string] => [
    `age 0..59: ${age}`,
    { MaximumRecordAgeInSeconds: age },
    I,
    'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
  ]),
  [
    'PF > 1 with tumbling window',
    { ParallelizationFactor: 2, TumblingWindowInSeconds: 5 },
    I,
    'Parallelization factor must be equal to 1 when tumbling window period is configured',
  ],
  [
    'non-empty FilterCriteria with tumbling window (D37)',
    { TumblingWindowInSeconds: 5, FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }] } },
    I,
    'Tumbling window is not supported with FilterCriteria',
  ],
  [
    'bad filter: no JSON',
    { FilterCriteria: { Filters: [{ Pattern: 'x' }] } },
    I,
    'Invalid filter pattern definition.',
  ],
  [
    'bad filter: {} (D14)',
    { FilterCriteria: { Filters: [{ Pattern: '{}' }] } },
    I,
    'Invalid filter pattern definition.',
  ],
  [
    'bad filter: none',
    { FilterCriteria: { Filters: [{}] } },
    I,
    'Invalid filter pattern definition.',
  ],
  [
    'ScalingConfig on a stream',
    { ScalingConfig: { MaximumConcurrency: 2 } },
    I,
    'Unsupported ScalingConfig parameter for given event source mapping type.',
  ],
  [
    'OnSuccess on a stream',
    { DestinationConfig: { OnSuccess: { Destination: 'x' } } },
    I,
    'OnSuccess configuration is not supported for event source mappings.',
  ],
  ['function missing (Create)', { FunctionName: 'other' }, I, 'Function does not exist'],
  [
    'function of another account (D33)',
    { FunctionName: '111111111111:function:fn' },
    I,
    'Function does not exist',
  ],
  [
    'function alias that nothing here has',
    { FunctionName: 'fn:live' },
    I,
    'Function does not exist',
  ],
  [
    'FunctionName missing',
    { FunctionName: undefined },
    I,
    detected('null', 'functionName', 'Member must not be null.'),
  ],
  ['EventSourceArn missing', { EventSourceArn: undefined }, I, 'Unrecognized event source.'],
  [
    'EventSourceArn of an unsupported service',
    { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q' },
    I,
    'Unrecognized event source.',
  ],
]

for (const [row, change, exception, message] of ROWS) {
  t.test(`§1.4: ${row}`, (t) => {
    const error = refusal({ ...CREATE, ...change })
    t.strictSame([error.exception, error.status, error.message], [exception, 400, message])
    t.end()
  })
}

for (const name of [
  'LoggingConfig',
  'ProvisionedPollerConfig',
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'AmazonManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
]) {
  t.test(`D18: ${name} is of other sources`, (t) => {
    const message = `Unsupported ${name} parameter for given event source mapping type.`
    for (const [good, context] of [
      [CREATE, API],
      [CONFIGURED, FILE],
    ] as const)
      t.match(refusal({ ...good, [name]: {} }, context), { exception: I, message, path: [name] })
    t.end()
  })
}

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

t.test('what this version does not carry out is refused in one sentence', (t) => {
  const cases: [object, RegExp][] = [
    [{ KMSKeyArn: 'arn:aws:kms:x' }, /KMSKeyArn is not supported: Millrace has no key service/],
    [
      { EventSourceArn: 'arn:aws:kinesis:us-east-1:0:stream/s' },
      /Kinesis streams are not supported by this version/,
    ],
    ...[
      'arn:aws:sqs:us-east-1:0:q',
      'arn:aws:sns:us-east-1:0:t',
      'arn:aws:s3:::b',
      'kafka://t',
      'x',
    ].map((Destination): [object, RegExp] => [
      { DestinationConfig: { OnFailure: { Destination } } },
      /is not supported by this version of Millrace: it reports to files only/,
    ]),
    [{ MetricsConfig: { Metrics: ['ErrorCount'] } }, /Unsupported MetricsConfig parameter/],
  ]
  for (const [change, message] of cases)
    t.match(refusal({ ...CREATE, ...change }), { exception: I, message }, JSON.stringify(change))
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
  t.same(
    [...(tags ?? [])],
    [
      ['team', 'a b'],
      ['__proto__x', ''],
    ],
  )
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
