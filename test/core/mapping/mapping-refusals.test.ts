import t from 'tap'
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

t.test('what this version does not carry out is refused in one sentence', (t) => {
  const cases: [object, RegExp][] = [
    [{ KMSKeyArn: 'arn:aws:kms:x' }, /KMSKeyArn is not supported: Millrace has no key service/],
    [
      { EventSourceArn: 'arn:aws:kinesis:us-east-1:0:stream/s' },
      /Kinesis streams are not supported by this version/,
    ],
    ...['arn:aws:lambda:us-east-1:000000000000:function:f', 'kafka://t', 'x'].map(
      (Destination): [object, RegExp] => [
        { DestinationConfig: { OnFailure: { Destination } } },
        /is invalid: it is no ARN of an SQS queue, an SNS topic or an S3 bucket/,
      ],
    ),
    ...['sqs', 'sns'].map((service): [object, RegExp] => [
      {
        DestinationConfig: {
          OnFailure: { Destination: `arn:aws:${service}:us-east-1:000000000000:a.fifo` },
        },
      },
      /is invalid: FIFO (queues|topics) are not supported/,
    ]),
    [{ MetricsConfig: { Metrics: ['ErrorCount'] } }, /Unsupported MetricsConfig parameter/],
  ]
  for (const [change, message] of cases)
    t.match(refusal({ ...CREATE, ...change }), { exception: I, message }, JSON.stringify(change))
  t.end()
})
