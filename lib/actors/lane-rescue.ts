import { type StackEntry, unsettledStack } from '../core/checkpoint/shard-state.ts'
import { exitedError } from '../core/function/function-error.ts'
import { type HostEnd, lostInvocationError } from '../core/function/host-end.ts'
import type { Verdict } from '../core/lane/verdict.ts'
import type { LaneFeed } from './lane-feed.ts'
import {
  CUT_FREE,
  FLIGHT_NONE,
  FLIGHT_RUNNING,
  FlightDouble,
  LANE_IDLE,
  LaneWord,
} from './lane-memory/lane-block.ts'
import type { HostLoss, LanePool } from './lane-pool.ts'
import type { ResumedWork } from './protocol.ts'
import type { ShardLanes } from './shard-lanes.ts'

/**
 * Gives lanes with batches in hand to a host again: batches of the store at the start (D26), and those of a thread
 * that died (D27).
 */
export class LaneRescue {
  readonly #lanes: ShardLanes
  readonly #pool: LanePool
  readonly #handle: number
  readonly #timeoutSeconds: number
  /** Lanes whose batches wait until all their records have been read. */
  readonly #waiting = new Set<LaneFeed>()

  constructor(lanes: ShardLanes, pool: LanePool, handle: number) {
    this.#timeoutSeconds = pool.timeoutSeconds
    this.#lanes = lanes
    this.#pool = pool
    this.#handle = handle
    for (const feed of lanes.feeds)
      if (unsettledStack(feed.stack, feed.position).length > 0) this.#waiting.add(feed)
  }

  /** The lane waits for the records of its batches: it is not to be handed out. Resumes it when they are there. */
  holds(feed: LaneFeed): boolean {
    if (!this.#waiting.has(feed)) return false
    const works = unsettledStack(feed.stack, feed.position)
    const last = works.at(-1)
    if (last && !feed.hasFed(last.last)) return true
    this.#waiting.delete(feed)
    const [first] = works
    if (!first) return false
    const verdict = first.inDoubt ? { verdict: IN_DOUBT } : {}
    this.#pool.resume(this.#handle, feed.lane, {
      works: works.map(fromStore),
      ...verdict,
      resumeAt: 0,
    })
    return true
  }

  /** @param leaving the shard is being let go: the lanes are only freed. */
  hostLost(lanes: readonly number[], loss: HostLoss, leaving: boolean): void {
    for (const lane of lanes) {
      const feed = this.#lanes.feeds[lane]!
      feed.settle()
      const { block } = this.#lanes
      block.store(lane, LaneWord.cut, CUT_FREE)
      block.store(lane, LaneWord.owner, LANE_IDLE)
      if (leaving) continue
      const ran = block.load(lane, LaneWord.inFlight) === FLIGHT_RUNNING
      block.store(lane, LaneWord.inFlight, FLIGHT_NONE)
      if (ran) this.#takeUpRunning(feed, loss)
      else this.#takeUpHeld(feed)
    }
  }

  /** A lane that held batches or had been claimed, but ran nothing. */
  #takeUpHeld(feed: LaneFeed): void {
    const works = this.#unsettled(feed)
    const { resumeAt } = feed
    if (works.length > 0) this.#pool.resume(this.#handle, feed.lane, { works, resumeAt })
    else if (feed.queued > 0) this.#pool.ready(this.#handle, feed.lane)
  }

  /** The death of the thread is the verdict on the batch, if it was the only one that ran (D27). */
  #takeUpRunning(feed: LaneFeed, { end, isProof }: HostLoss): void {
    const { block } = this.#lanes
    const { lane } = feed
    const requestId = block.requestId(lane)
    const begun = block.load(lane, LaneWord.attempt)
    const running: ResumedWork = {
      until: { ordinal: block.flight(lane, FlightDouble.lastOrdinal) },
      attempt: isProof ? begun : begun - 1,
      requestId,
    }
    // It is the first of the batches in hand, where there are any.
    const works = [running, ...this.#unsettled(feed).slice(1)]
    if (isProof) {
      const verdict = verdictOf(end, requestId, this.#timeoutSeconds)
      this.#pool.resume(this.#handle, lane, { works, verdict, resumeAt: 0 })
    } else this.#pool.resumeAlone(this.#handle, lane, { works, resumeAt: 0 })
  }

  #unsettled(feed: LaneFeed): ResumedWork[] {
    return unsettledStack(feed.stack, feed.position).map(fromStore)
  }
}

function fromStore({ last, attempt, requestId }: StackEntry): ResumedWork {
  return { until: { sequenceNumber: last }, attempt, requestId }
}

/** How an attempt ended whose process did not live to write it (D15). */
const IN_DOUBT: Verdict = {
  type: 'failed',
  functionError: 'Unhandled',
  error: {
    errorType: 'Runtime.ExitError',
    errorMessage: 'the process ended while the function ran',
  },
}

/** D27: the death of a thread under a handler is the function's error. @source aws-semantics §9.3 */
function verdictOf(end: HostEnd, requestId: string, timeoutSeconds: number): Verdict {
  const error =
    end.type === 'finished'
      ? exitedError(requestId)
      : lostInvocationError(end, { requestId, timeoutSeconds })
  const { errorType, errorMessage } = error
  return { type: 'failed', functionError: 'Unhandled', error: { errorType, errorMessage } }
}
