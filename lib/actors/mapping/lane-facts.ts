import { unsettledStack } from '../../core/checkpoint/shard-state.ts'
import type { LaneCondition, LaneExplanation } from '../../core/explanation/explanation.ts'
import { explainLane } from '../../core/explanation/lane-words.ts'
import {
  FLIGHT_BACKING_OFF,
  FLIGHT_NONE,
  FLIGHT_RUNNING,
  FlightDouble,
  LANE_IDLE,
  LANE_QUEUED,
  LANE_SUSPECTED,
  type LaneBlock,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import type { LaneFeed } from '../poller/lane-feed.ts'
import type { PollerActor } from '../poller/poller.ts'

/** Lanes of a shard that hold something, are read apart, or make a final call. @param now Wall clock, epoch ms. */
export function explainLanes(poller: PollerActor, now: number): readonly LaneExplanation[] {
  const { block, feeds } = poller.lanes
  const isBusy = (feed: LaneFeed) =>
    !feed.isDrained ||
    feed.windows?.final !== undefined ||
    block.load(feed.lane, LaneWord.inFlight) !== FLIGHT_NONE
  return feeds.filter(isBusy).map((feed) => explainOne(poller, feed, now))
}

function explainOne(poller: PollerActor, feed: LaneFeed, now: number): LaneExplanation {
  const { block } = poller.lanes
  const { lane, position, queued, blockage } = feed
  const condition = conditionOf(poller, feed, now)
  const facts = {
    lane,
    condition,
    position,
    queued,
    isLagging: feed.feed === 'lagging',
    attempt: attemptOf(feed, block, condition),
    ...timesOf(poller, feed, condition),
    ...(blockage ? { blocked: blockage } : {}),
  }
  return explainLane(facts, now)
}

function conditionOf(poller: PollerActor, feed: LaneFeed, now: number): LaneCondition {
  const { block } = poller.lanes
  const inFlight = block.load(feed.lane, LaneWord.inFlight)
  if (inFlight === FLIGHT_RUNNING) return 'invoking'
  if (inFlight === FLIGHT_BACKING_OFF) return 'backing-off'
  if (inFlight !== FLIGHT_NONE) return 'saving'
  const isParked = poller.isLeft || poller.rescue.isWaiting(feed)
  if (isParked && holdsWorks(feed)) return 'parked'
  // Its owner has not begun with what it was handed.
  if (feed.resumeAt > now && holdsWorks(feed)) return 'backing-off'
  if (feed.queued === 0 && !holdsWorks(feed)) return 'reading'
  return gathers(poller, feed) ? 'gathering' : 'ready'
}

function gathers({ parts, lanes }: PollerActor, feed: LaneFeed): boolean {
  const owner = lanes.block.load(feed.lane, LaneWord.owner)
  const hasOwner = owner !== LANE_IDLE && owner !== LANE_QUEUED && owner !== LANE_SUSPECTED
  return hasOwner && parts.rules.batchingWindowMs > 0 && !holdsWorks(feed)
}

function timesOf({ parts, lanes }: PollerActor, feed: LaneFeed, condition: LaneCondition) {
  const { block } = lanes
  const { lane, resumeAt } = feed
  switch (condition) {
    case 'invoking':
      return { invokingSince: block.deadline(lane) - parts.pool.timeoutSeconds * 1000 }
    case 'gathering':
      return { gatherUntil: block.flight(lane, FlightDouble.gatherUntil) }
    case 'backing-off': {
      const isOwned = block.load(lane, LaneWord.inFlight) === FLIGHT_BACKING_OFF
      return { retryAt: isOwned ? block.flight(lane, FlightDouble.retryAt) : resumeAt }
    }
    default:
      return {}
  }
}

function attemptOf(feed: LaneFeed, block: LaneBlock, condition: LaneCondition): number {
  if (condition === 'invoking' || condition === 'saving')
    return block.load(feed.lane, LaneWord.attempt)
  const first = feed.windows?.final ?? unsettledStack(feed.stack, feed.position)[0]
  return first?.attempt ?? 0
}

function holdsWorks({ stack, position, windows }: LaneFeed): boolean {
  return windows?.final !== undefined || unsettledStack(stack, position).length > 0
}
