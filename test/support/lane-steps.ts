import type { EpochMs } from '../../lib/core/ids.ts'
import { stepLane } from '../../lib/core/lane/lane.ts'
import type { LaneRules } from '../../lib/core/lane/lane-rules.ts'
import type { LaneEffect, LaneMessage, LaneState } from '../../lib/core/lane/lane-state.ts'
import type { Verdict } from '../../lib/core/lane/verdict.ts'

/** Of a mapping with AWS's defaults. */
export const LANE_RULES: LaneRules = {
  batchSize: 100,
  batchingWindowMs: 0,
  retriesMax: Number.POSITIVE_INFINITY,
  recordAgeMsMax: Number.POSITIVE_INFINITY,
  bisect: false,
  partialResponses: false,
  filterPatterns: [],
  tumblingWindowMs: 0,
  tumblingGraceMs: 1000,
  functionArn: 'arn:function',
  executedVersion: '$LATEST',
  backoff: { baseMs: 200, maximumMs: 60_000 },
}

export const FAILED: Verdict = { type: 'failed', functionError: 'Unhandled' }

/** Of messages to a lane that need not write ahead. */
export const NOW = { now: 1_000_000 as EpochMs, freshId: 'fresh', cautious: false }
/** The same after a stop that was not clean (D15). */
export const CAREFUL = { ...NOW, cautious: true }
/** A batch of records that arrived then. */
export const batchOf = (...arrivals: number[]) => ({ arrivals })
/** A batch was cut from the lane's records. */
export const cut = (arrivals: number[], now = NOW): LaneMessage => ({
  type: 'batch-cut',
  batch: batchOf(...arrivals),
  ...now,
})
/** The function answered. */
export const ended = (verdict: Verdict, now = NOW): LaneMessage => ({
  type: 'invocation-ended',
  verdict,
  fraction: 0.5,
  ...now,
})
/** What a step brings about, in a word each. */
export const effectNames = (effects: readonly LaneEffect[]): string =>
  effects.map(({ type }) => type).join(' ')

/** Sends messages to an idle lane. @returns its state and the names of what each message brought about. */
export function send(rules: Partial<LaneRules>, ...messages: readonly LaneMessage[]) {
  let lane: LaneState = { state: 'idle' }
  const effects: LaneEffect[][] = []
  for (const message of messages) {
    const [next, brought] = stepLane(lane, message, { ...LANE_RULES, ...rules })
    lane = next
    effects.push([...brought])
  }
  return { lane, effects, last: effects.at(-1)!, trace: effects.map(effectNames).join(' | ') }
}
