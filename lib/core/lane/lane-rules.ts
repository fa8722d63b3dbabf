import type { BackoffSettings, MappingSettings } from '../mapping/settings.ts'

/** What a lane follows: the mapping's settings in the lane's own units; `-1` has become `Infinity`. */
export type LaneRules = {
  readonly batchSize: number
  readonly batchingWindowMs: number
  /** Failed attempts that are followed by another one. */
  readonly retriesMax: number
  readonly recordAgeMsMax: number
  readonly bisect: boolean
  readonly partialResponses: boolean
  readonly backoff: BackoffSettings
}

const orInfinity = (value: number): number => (value === -1 ? Number.POSITIVE_INFINITY : value)

/** The lane's rules of a mapping. @param backoff the engine's D1 setting, where the mapping has none. */
export function laneRules(settings: MappingSettings, backoff: BackoffSettings): LaneRules {
  return {
    batchSize: settings.batchSize,
    batchingWindowMs: settings.maximumBatchingWindowInSeconds * 1000,
    retriesMax: orInfinity(settings.maximumRetryAttempts),
    recordAgeMsMax: orInfinity(settings.maximumRecordAgeInSeconds) * 1000,
    bisect: settings.bisectBatchOnFunctionError,
    partialResponses: settings.functionResponseTypes.includes('ReportBatchItemFailures'),
    backoff: settings.retryBackoff ?? backoff,
  }
}
