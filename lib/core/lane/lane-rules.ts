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
  /** As text: each thread compiles them for itself. None = every record is delivered. */
  readonly filterPatterns: readonly string[]
  readonly backoff: BackoffSettings
  /** 0 = no windows. @source aws-semantics §5 */
  readonly tumblingWindowMs: number
  /** How long after its end a window may still get records before an idle shard closes it (D8). */
  readonly tumblingGraceMs: number
  /** As the mapping names it: handlers are told. */
  readonly functionArn: string
  /** What that means now: reports of failures tell. */
  readonly executedVersion: string
}

/** A lane with fewer records than this many batches wants more. */
const BATCHES_AHEAD = 4
const RECORDS_AHEAD_MIN = 512

/** So many times more where a filter may let few of them pass: the next batch is to be full all the same. */
const FILTERED_AHEAD = 8

/** The rules that say how much a lane should hold. */
type ReadingRules = Pick<LaneRules, 'batchSize' | 'filterPatterns'>

/** Records that are read ahead into a lane, where they are small (D6), while its function is busy. */
export function recordsAhead(rules: ReadingRules): number {
  return recordsTakenForBatch(rules) * (rules.filterPatterns.length === 0 ? 1 : FILTERED_AHEAD)
}

/**
 * Records that a lane should hold before its next batch is cut, while more are coming: of a filter's many may go. It
 * does not wait for all that it may read ahead: a function that is idle is not kept waiting for a full batch.
 * @source D5
 */
export function recordsForBatch(rules: ReadingRules): number {
  return rules.filterPatterns.length === 0 ? rules.batchSize : recordsTakenForBatch(rules) / 2
}

/**
 * Records with a filter that are taken for a full batch within its batching window, however few of them match: each
 * time that more come, all of them are looked at.
 */
export function recordsTakenForBatch({ batchSize }: Pick<LaneRules, 'batchSize'>): number {
  return Math.max(BATCHES_AHEAD * batchSize, RECORDS_AHEAD_MIN)
}

const orInfinity = (value: number): number => (value === -1 ? Number.POSITIVE_INFINITY : value)

/** The engine's part of the rules, and the function's. */
export type EngineRules = {
  /** D1, where the mapping has none of its own. */
  readonly backoff: BackoffSettings
  /** D8. */
  readonly tumblingGraceMs: number
  readonly functionArn: string
  readonly executedVersion: string
}

/** The lane's rules of a mapping. */
export function laneRules(settings: MappingSettings, engine: EngineRules): LaneRules {
  return {
    batchSize: settings.batchSize,
    batchingWindowMs: settings.maximumBatchingWindowInSeconds * 1000,
    retriesMax: orInfinity(settings.maximumRetryAttempts),
    recordAgeMsMax: orInfinity(settings.maximumRecordAgeInSeconds) * 1000,
    bisect: settings.bisectBatchOnFunctionError,
    partialResponses: settings.functionResponseTypes.includes('ReportBatchItemFailures'),
    filterPatterns: settings.filterPatterns,
    backoff: settings.retryBackoff ?? engine.backoff,
    tumblingWindowMs: settings.tumblingWindowInSeconds * 1000,
    tumblingGraceMs: engine.tumblingGraceMs,
    functionArn: engine.functionArn,
    executedVersion: engine.executedVersion,
  }
}
