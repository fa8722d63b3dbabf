import type { ShardId } from '../../core/ids.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import {
  FLIGHT_BACKING_OFF,
  FLIGHT_NONE,
  FlightDouble,
  LANE_IDLE,
  LANE_QUEUED,
  LANE_SUSPECTED,
  type LaneBlock,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import type { LaneFeed } from '../poller/lane-feed.ts'
import type { ShardLanes } from '../poller/shard-lanes.ts'

/**
 * `ready`: waits for a thread, or for the records that it needs. `running`: the function runs, or what it answered is
 * being saved. `gathering`: a batching window is open. `backing-off`: its batch failed and is tried again later.
 */
export type LaneCondition = 'ready' | 'running' | 'gathering' | 'backing-off'

/** A lane with unsettled records, for people. */
export type LaneReport = {
  readonly shardId: ShardId
  /** From 0. */
  readonly lane: number
  /** Records read into it and not settled. */
  readonly queued: number
  readonly condition: LaneCondition
  /** Attempts begun of the batch in hand. */
  readonly attempt: number
  /** Of a lane that backs off: until when. @unit epoch ms */
  readonly retryAt?: number
  /** What the function last failed with since the lane last was empty. */
  readonly lastError?: FunctionError
}

/** Lanes of a shard that hold something, or lag behind its reading. */
export function reportLanes(shardId: ShardId, lanes: ShardLanes, now: number): LaneReport[] {
  return lanes.feeds
    .filter((feed) => !feed.isDrained)
    .map((feed) => {
      const retryAt = retryAtOf(feed, lanes.block, now)
      const condition = retryAt === undefined ? conditionOf(feed, lanes.block) : 'backing-off'
      const { lane, queued, lastError } = feed
      return {
        shardId,
        lane,
        queued,
        condition,
        attempt: attemptOf(feed, lanes.block, condition),
        ...(retryAt === undefined ? {} : { retryAt }),
        ...(lastError ? { lastError } : {}),
      }
    })
}

/** Until when the lane backs off: by its owner's word, or by the store's where it has none. */
function retryAtOf(
  { lane, resumeAt }: LaneFeed,
  block: LaneBlock,
  now: number,
): number | undefined {
  const inFlight = block.load(lane, LaneWord.inFlight)
  if (inFlight === FLIGHT_BACKING_OFF) return block.flight(lane, FlightDouble.retryAt)
  return inFlight === FLIGHT_NONE && resumeAt > now ? resumeAt : undefined
}

function conditionOf(feed: LaneFeed, block: LaneBlock): LaneCondition {
  if (block.load(feed.lane, LaneWord.inFlight) !== FLIGHT_NONE) return 'running'
  const owner = block.load(feed.lane, LaneWord.owner)
  return owner === LANE_IDLE || owner === LANE_QUEUED || owner === LANE_SUSPECTED
    ? 'ready'
    : 'gathering'
}

function attemptOf(feed: LaneFeed, block: LaneBlock, condition: LaneCondition): number {
  return condition === 'running'
    ? block.load(feed.lane, LaneWord.attempt)
    : (feed.stack[0]?.attempt ?? 0)
}
