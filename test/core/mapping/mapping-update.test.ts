import t from 'tap'
import { parseMapping } from '../../../lib/core/mapping/mapping-settings.ts'
import { API_MAPPING_RULE } from '../../../lib/core/mapping/mapping-table.ts'
import { updatedRequest } from '../../../lib/core/mapping/mapping-update.ts'
import type { MappingSettings } from '../../../lib/core/mapping/settings.ts'

const EventSourceArn =
  'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000'
const CREATED = {
  EventSourceArn,
  FunctionName: 'on-order',
  StartingPosition: 'LATEST',
  BatchSize: 7,
  MaximumBatchingWindowInSeconds: 2,
  ParallelizationFactor: 3,
  MaximumRecordAgeInSeconds: 60,
  MaximumRetryAttempts: 4,
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  DestinationConfig: { OnFailure: { Destination: 'file:failed' } },
  FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
  MetricsConfig: { Metrics: ['EventCount'] },
  Tags: { team: 'orders' },
}

const settingsOf = (request: unknown): MappingSettings =>
  parseMapping(request, {
    origin: 'api',
    region: 'us-east-1',
    account: '000000000000',
    hasFunction: (name) => name.startsWith('on-'),
    resolvePath: (path) => `/project/${path}`,
  })
const updated = (changes: unknown) => settingsOf(updatedRequest(CREATED, changes))

t.test(
  'aws-semantics §1.3: what an update does not give, or gives as null, stays as it is',
  (t) => {
    t.same(updated({}), settingsOf(CREATED))
    const nothing = Object.fromEntries(
      Object.keys(API_MAPPING_RULE.members).map((name) => [name, null]),
    )
    t.same(updated(nothing), settingsOf(CREATED))
    t.end()
  },
)

t.test(
  'aws-semantics §1.3: every setting with "Update: yes" changes, and no other with it',
  (t) => {
    const rows: readonly [object, Partial<MappingSettings>][] = [
      [{ FunctionName: 'on-other' }, { functionName: 'on-other' }],
      [{ Enabled: false }, { enabled: false }],
      [{ BatchSize: 9 }, { batchSize: 9 }],
      [{ MaximumBatchingWindowInSeconds: 0 }, { maximumBatchingWindowInSeconds: 0 }],
      [{ ParallelizationFactor: 10 }, { parallelizationFactor: 10 }],
      [{ MaximumRecordAgeInSeconds: -1 }, { maximumRecordAgeInSeconds: -1 }],
      [{ MaximumRetryAttempts: 0 }, { maximumRetryAttempts: 0 }],
      [{ BisectBatchOnFunctionError: false }, { bisectBatchOnFunctionError: false }],
      [{ FunctionResponseTypes: [] }, { functionResponseTypes: [] }],
      [
        { DestinationConfig: { OnFailure: { Destination: 'file:other' } } },
        { onFailureDestination: 'file:/project/other' },
      ],
      [
        { FilterCriteria: { Filters: [{ Pattern: '{"a":[1]}' }] } },
        { filterPatterns: ['{"a":[1]}'] },
      ],
      [{ TumblingWindowInSeconds: 0 }, {}],
      [{ KMSKeyArn: '' }, {}],
    ]
    for (const [changes, expected] of rows)
      t.same(updated(changes), { ...settingsOf(CREATED), ...expected }, JSON.stringify(changes))
    t.end()
  },
)

t.test('aws-semantics §1.5: clearing', (t) => {
  const rows: readonly [object, keyof MappingSettings][] = [
    [{ DestinationConfig: { OnFailure: { Destination: '' } } }, 'onFailureDestination'],
    [{ MetricsConfig: {} }, 'metrics'],
  ]
  for (const [changes, name] of rows) {
    const { [name]: _cleared, ...rest } = settingsOf(CREATED)
    t.same(updated(changes), rest)
  }
  t.same(updated({ FilterCriteria: {} }), { ...settingsOf(CREATED), filterPatterns: [] })
  t.end()
})

t.test('aws-semantics §1.3: what cannot be changed is refused, with the reason', (t) => {
  const exception = 'InvalidParameterValueException'
  const rows = [
    [{ EventSourceArn }, 'EventSourceArn cannot be changed: create another mapping.'],
    [{ StartingPosition: 'LATEST' }, 'StartingPosition cannot be changed: create another mapping.'],
    [{ StartingPositionTimestamp: 1 }, /^StartingPositionTimestamp cannot be changed/],
    [{ Tags: {} }, 'Tags cannot be changed: tags have an API of their own.'],
    [{ KMSKeyArn: 'arn:aws:kms:a:b:key/c' }, /^KMSKeyArn is not supported/],
    [{ ScalingConfig: {} }, /^Unsupported ScalingConfig parameter/],
  ] as const
  for (const [changes, message] of rows)
    t.throws(() => updated(changes), { exception, message }, JSON.stringify(changes))
  t.end()
})

t.test('aws-semantics §1.4: an update is refused with the texts of Create', (t) => {
  const rows = [
    [
      { BatchSize: 10_001 },
      "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000",
    ],
    [{ MaximumRecordAgeInSeconds: 5 }, /^MaximumRecordAgeInSeconds must be either -1/],
    [{ FunctionName: 'nobody' }, 'Function does not exist'],
    [{ FilterCriteria: { Filters: [{ Pattern: '{' }] } }, 'Invalid filter pattern definition.'],
    [{ BatchSise: 1 }, /^Unknown member 'batchSise'/],
    ['BatchSize', /failed to satisfy constraint/],
    [null, /failed to satisfy constraint/],
  ] as const
  for (const [changes, message] of rows)
    t.throws(() => updated(changes), { name: 'ApiError', message }, JSON.stringify(changes))
  t.end()
})
