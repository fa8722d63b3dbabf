import type { EpochMs, MappingUuid } from '../ids.ts'
import type { MappingState } from './mapping-life.ts'
import type { MappingSettings } from './settings.ts'

/** What a description says beside the settings. */
export type MappingFacts = {
  readonly uuid: MappingUuid
  readonly eventSourceArn: string
  readonly functionArn: string
  readonly mappingArn: string
  readonly lastModified: EpochMs
  readonly lastProcessingResult: string
  readonly state: MappingState
}

/** A mapping as the API answers it, members in AWS's order. `LastModified` in epoch seconds. @source aws-semantics §1.5 */
export type MappingDescription = {
  readonly UUID: string
  readonly StartingPosition: string
  readonly BatchSize: number
  readonly MaximumBatchingWindowInSeconds: number
  readonly ParallelizationFactor: number
  readonly EventSourceArn: string
  readonly FilterCriteria?: { readonly Filters: readonly { readonly Pattern: string }[] }
  readonly MetricsConfig?: { readonly Metrics: readonly string[] }
  readonly FunctionArn: string
  readonly LastModified: number
  readonly LastProcessingResult: string
  readonly State: MappingState
  readonly StateTransitionReason: string
  readonly DestinationConfig: { readonly OnFailure: { readonly Destination?: string } }
  readonly MaximumRecordAgeInSeconds: number
  readonly BisectBatchOnFunctionError: boolean
  readonly MaximumRetryAttempts: number
  readonly TumblingWindowInSeconds: number
  readonly FunctionResponseTypes: readonly string[]
  readonly EventSourceMappingArn: string
}

/** What `engine.mappings` answers of a mapping: every setting as it holds, defaults included. @source aws-semantics §1.5 */
export function describeMapping(
  settings: MappingSettings,
  facts: MappingFacts,
): MappingDescription {
  const { onFailureDestination: destination, metrics, filterPatterns } = settings
  return {
    UUID: facts.uuid,
    StartingPosition: settings.startingPosition,
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: settings.maximumBatchingWindowInSeconds,
    ParallelizationFactor: settings.parallelizationFactor,
    EventSourceArn: facts.eventSourceArn,
    ...(filterPatterns.length > 0
      ? { FilterCriteria: { Filters: filterPatterns.map((Pattern) => ({ Pattern })) } }
      : {}),
    ...(metrics ? { MetricsConfig: { Metrics: metrics } } : {}),
    FunctionArn: facts.functionArn,
    LastModified: facts.lastModified / 1000,
    LastProcessingResult: facts.lastProcessingResult,
    State: facts.state,
    StateTransitionReason: 'User action',
    DestinationConfig: { OnFailure: destination === undefined ? {} : { Destination: destination } },
    MaximumRecordAgeInSeconds: settings.maximumRecordAgeInSeconds,
    BisectBatchOnFunctionError: settings.bisectBatchOnFunctionError,
    MaximumRetryAttempts: settings.maximumRetryAttempts,
    TumblingWindowInSeconds: settings.tumblingWindowInSeconds,
    FunctionResponseTypes: settings.functionResponseTypes,
    EventSourceMappingArn: facts.mappingArn,
  }
}
