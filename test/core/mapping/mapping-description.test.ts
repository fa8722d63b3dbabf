import t from 'tap'
import type { EpochMs, MappingUuid } from '../../../lib/core/ids.ts'
import { describeMapping } from '../../../lib/core/mapping/mapping-description.ts'
import { DEFAULT_MAPPING } from '../../support/rig-settings.ts'

const FACTS = {
  uuid: 'a-uuid' as MappingUuid,
  eventSourceArn: 'arn:stream',
  functionArn: 'arn:function',
  mappingArn: 'arn:mapping',
  lastModified: 1_735_689_600_500 as EpochMs,
  lastProcessingResult: 'No records processed',
  state: 'Enabled' as const,
}

t.test('a mapping is described with every default, in AWS’s order (aws-semantics §1.5)', (t) => {
  const described = describeMapping(DEFAULT_MAPPING, FACTS)
  t.strictSame(JSON.parse(JSON.stringify(described)), {
    UUID: 'a-uuid',
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    ParallelizationFactor: 1,
    EventSourceArn: 'arn:stream',
    FunctionArn: 'arn:function',
    LastModified: 1_735_689_600.5,
    LastProcessingResult: 'No records processed',
    State: 'Enabled',
    StateTransitionReason: 'User action',
    DestinationConfig: { OnFailure: {} },
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: false,
    MaximumRetryAttempts: -1,
    TumblingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    EventSourceMappingArn: 'arn:mapping',
  })
  t.match(Object.keys(described).slice(0, 6), [
    'UUID',
    'StartingPosition',
    'BatchSize',
    'MaximumBatchingWindowInSeconds',
    'ParallelizationFactor',
    'EventSourceArn',
  ])
  t.end()
})

t.test('filters, metrics and the destination stand there where they are set', (t) => {
  const settings = {
    ...DEFAULT_MAPPING,
    filterPatterns: ['{"eventName":["INSERT"]}'],
    metrics: ['EventCount'] as const,
    onFailureDestination: 'file:./failed.ndjson',
  }
  t.match(describeMapping(settings, FACTS), {
    FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    MetricsConfig: { Metrics: ['EventCount'] },
    DestinationConfig: { OnFailure: { Destination: 'file:./failed.ndjson' } },
  })
  t.end()
})
