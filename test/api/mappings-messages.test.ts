import type { CreateEventSourceMappingCommandInput } from '@aws-sdk/client-lambda'
import t from 'tap'
import { serveStreams } from '../support/fake-dynamodb-streams.ts'
import { MAPPING_CONFIGURATION, MappingDaemon } from '../support/mapping-daemon.ts'
import { I, V } from '../support/mapping-requests.ts'
import { ScriptedStreams } from '../support/scripted-streams.ts'

const GONE = 'arn:aws:dynamodb:us-east-1:000000000000:table/gone/stream/2026-01-01T00:00:00.000'
const UNKNOWN_UUID = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa'

const detected = (value: string, at: string, constraint: string) =>
  `1 validation error detected: Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`
const atMost = (n: number) => `Member must have value less than or equal to ${n}`
const atLeast = (n: number) => `Member must have value greater than or equal to ${n}`
const unsupported = (name: string) =>
  `Unsupported ${name} parameter for given event source mapping type.`
const destination = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } })

type Change = Readonly<Record<string, unknown>>
type Row = readonly [row: string, change: Change, exception: string, message: string]

/** Refused at Create and at Update alike: aws-semantics §1.3, §1.4. */
const ALIKE: readonly Row[] = [
  ...(
    [
      ['BatchSize', 0, atLeast(1)],
      ['BatchSize', 10_001, atMost(10_000)],
      ['ParallelizationFactor', 0, atLeast(1)],
      ['ParallelizationFactor', 11, atMost(10)],
      ['MaximumBatchingWindowInSeconds', -1, atLeast(0)],
      ['MaximumBatchingWindowInSeconds', 301, atMost(300)],
      ['TumblingWindowInSeconds', -1, atLeast(0)],
      ['TumblingWindowInSeconds', 901, atMost(900)],
      ['MaximumRetryAttempts', -2, atLeast(-1)],
      ['MaximumRetryAttempts', 10_001, atMost(10_000)],
      ['MaximumRecordAgeInSeconds', -2, atLeast(-1)],
      ['MaximumRecordAgeInSeconds', 604_801, atMost(604_800)],
    ] as const
  ).map(([name, value, constraint]): Row => {
    const member = `${name[0]!.toLowerCase()}${name.slice(1)}`
    return [`${name} ${value}`, { [name]: value }, V, detected(`'${value}'`, member, constraint)]
  }),
  ...[0, 1, 59].map(
    (age): Row => [
      `age 0..59: ${age}`,
      { MaximumRecordAgeInSeconds: age },
      I,
      'MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)',
    ],
  ),
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
    'PF > 1 with tumbling window',
    { ParallelizationFactor: 2, TumblingWindowInSeconds: 1 },
    I,
    'Parallelization factor must be equal to 1 when tumbling window period is configured',
  ],
  [
    'D37: FilterCriteria with tumbling window',
    { TumblingWindowInSeconds: 1, FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }] } },
    I,
    'Tumbling window is not supported with FilterCriteria',
  ],
  ...['{', '[]', '{}', '{"a":{"b":[]}}'].map(
    (Pattern): Row => [
      `bad filter ${Pattern}`,
      { FilterCriteria: { Filters: [{ Pattern }] } },
      I,
      'Invalid filter pattern definition.',
    ],
  ),
  [
    'ScalingConfig on a stream',
    { ScalingConfig: { MaximumConcurrency: 2 } },
    I,
    unsupported('ScalingConfig'),
  ],
  [
    'OnSuccess on a stream',
    { DestinationConfig: { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } } },
    I,
    'OnSuccess configuration is not supported for event source mappings.',
  ],
  ...[
    ['SourceAccessConfigurations', [{ Type: 'BASIC_AUTH', URI: 'x' }]] as const,
    ['ProvisionedPollerConfig', { MinimumPollers: 1 }] as const,
    ['LoggingConfig', { SystemLogLevel: 'INFO' }] as const,
    ['AmazonManagedKafkaEventSourceConfig', { ConsumerGroupId: 'x' }] as const,
    ['SelfManagedKafkaEventSourceConfig', { ConsumerGroupId: 'x' }] as const,
    ['DocumentDBEventSourceConfig', { DatabaseName: 'x' }] as const,
  ].map(([name, value]): Row => [`D18: ${name}`, { [name]: value }, I, unsupported(name)]),
  [
    'D18: metrics of Kafka',
    { MetricsConfig: { Metrics: ['KafkaMetrics'] } },
    I,
    `${unsupported('MetricsConfig')} KafkaMetrics is of Kafka mappings.`,
  ],
  [
    'D36: a file',
    destination('file:x'),
    I,
    'A file: destination is legal in the configuration only',
  ],
  [
    'FIFO queue',
    destination('arn:aws:sqs:us-east-1:000000000000:q.fifo'),
    I,
    'The provided destination "arn:aws:sqs:us-east-1:000000000000:q.fifo" is invalid: FIFO queues are not supported',
  ],
  ['function missing', { FunctionName: 'nobody' }, I, 'Function does not exist'],
  ['alias missing', { FunctionName: 'told:prod' }, I, 'Function does not exist'],
  [
    'D33: another account',
    { FunctionName: '111111111111:function:told' },
    I,
    'Function does not exist',
  ],
]

const CREATE: readonly Row[] = [
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
    'Timestamp without AT_TIMESTAMP',
    { StartingPositionTimestamp: new Date(0) },
    I,
    'Timestamp only valid with StartingPosition AT_TIMESTAMP',
  ],
  ['EventSourceArn missing', { EventSourceArn: undefined }, I, 'Unrecognized event source.'],
  [
    'EventSourceArn of an unsupported service',
    { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q' },
    I,
    'Unrecognized event source.',
  ],
  ...['Topics', 'Queues'].map(
    (name): Row => [`D18: ${name}`, { [name]: ['x'] }, I, unsupported(name)],
  ),
  [
    'D18: SelfManagedEventSource',
    { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['x:1'] } } },
    I,
    unsupported('SelfManagedEventSource'),
  ],
  [
    'too many tags',
    { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) },
    I,
    'Number of tags exceeds resource tag limit (50).',
  ],
]

t.test('aws-semantics §1.3, §1.4: what is refused, with status, exception and text', async (t) => {
  const rig = await MappingDaemon.start(t)
  const { UUID } = await rig.create({ FunctionName: 'second', Enabled: false })
  const before = await rig.still(UUID)
  const told = (exception: string, message: string) => ({
    name: exception,
    message,
    $metadata: { httpStatusCode: 400 },
  })
  for (const [row, change, exception, message] of [...CREATE, ...ALIKE]) {
    const create = rig.create(change as Partial<CreateEventSourceMappingCommandInput>)
    await t.rejects(create, told(exception, message), `Create: ${row}`)
  }
  for (const [row, change, exception, message] of ALIKE)
    await t.rejects(rig.update(UUID, change), told(exception, message), `Update: ${row}`)
  await t.rejects(
    rig.create({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: new Date(0) }),
    told(I, `Unsupported starting position for arn type: ${rig.arn}`),
  )
  await t.rejects(rig.create({ KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' }), {
    name: I,
    message: /^KMSKeyArn is not supported: /,
  })
  t.same(await rig.uuids(), [UUID], 'nothing of it is there')
  t.same(await rig.get(UUID), before, 'and nothing has changed')
})

t.test('§1.4: a stream that is not there', async (t) => {
  const server = await serveStreams(new ScriptedStreams())
  t.teardown(() => server.stop())
  const Sources = { DynamoDB: { Endpoint: server.endpoint, Region: 'us-east-1' } }
  const rig = await MappingDaemon.start(t, t.testdir(), { ...MAPPING_CONFIGURATION, Sources })
  await t.rejects(rig.create({ EventSourceArn: GONE }), {
    name: I,
    message: `Stream not found: ${GONE}`,
    $metadata: { httpStatusCode: 400 },
  })
  t.same(await rig.uuids(), [])
})

t.test('§1.4: a second one, and one that is not there', async (t) => {
  const rig = await MappingDaemon.start(t)
  const { UUID } = await rig.create()
  const other = await rig.create({ FunctionName: 'second' })
  await rig.still(other.UUID)
  const conflict = {
    name: 'ResourceConflictException',
    message: `The event source arn (" ${rig.arn} ") and function (" told ") provided mapping already exists. Please update or delete the existing mapping with UUID ${UUID}`,
    $metadata: { httpStatusCode: 409 },
  }
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:told'
  for (const FunctionName of ['told', 'function:told', '000000000000:function:told', arn]) {
    await t.rejects(rig.create({ FunctionName }), conflict, FunctionName)
    await t.rejects(rig.update(other.UUID, { FunctionName }), conflict, FunctionName)
  }
  const absent = {
    name: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
    $metadata: { httpStatusCode: 404 },
  }
  for (const uuid of [UNKNOWN_UUID, 'x']) {
    await t.rejects(rig.get(uuid), absent)
    await t.rejects(rig.update(uuid, { BatchSize: 1 }), absent)
    await t.rejects(rig.delete(uuid), absent)
  }
})

t.test('aws-semantics §1.1: errors on the wire', async (t) => {
  const rig = await MappingDaemon.start(t)
  const answer = await rig.daemon.request(`/2015-03-31/event-source-mappings/${UNKNOWN_UUID}`)
  t.equal(answer.status, 404)
  t.equal(answer.headers.get('x-amzn-errortype'), 'ResourceNotFoundException')
  t.same(await answer.json(), {
    Type: 'User',
    message: 'The resource you requested does not exist.',
  })
})
