import { type StackEntry, unsettledStack } from '../core/checkpoint/shard-state.ts'
import type { Verdict } from '../core/lane/verdict.ts'
import type { HostEnd } from '../ports/host-threads.ts'
import type { LaneFeed } from './lane-feed.ts'
import { FlightDouble, LANE_IDLE, LaneWord } from './lane-memory/lane-block.ts'
import type { LanePool } from './lane-pool.ts'
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
  /** Lanes whose batches wait until all their records have been read. */
  readonly #waiting = new Set<LaneFeed>()

  constructor(lanes: ShardLanes, pool: LanePool, handle: number) {
    this.#lanes = lanes
    this.#pool = pool
    this.#handle = handle
    for (const feed of lanes.feeds) if (unsettledStack(feed.stack, feed.position).length > 0) this.#waiting.add(feed)
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
    this.#pool.resume(this.#handle, feed.lane, works.map(fromStore), first.inDoubt ? IN_DOUBT : undefined)
    return true
  }

  /** @param leaving the shard is being let go: the lanes are only freed. */
  hostLost(lanes: readonly number[], end: HostEnd, leaving: boolean): void {
    for (const lane of lanes) {
      const feed = this.#lanes.feeds[lane]!
      feed.settle()
      const { block } = this.#lanes
      block.store(lane, LaneWord.cut, 0)
      block.store(lane, LaneWord.owner, LANE_IDLE)
      if (leaving) continue
      const running = block.load(lane, LaneWord.inFlight) === 1
      block.store(lane, LaneWord.inFlight, 0)
      this.#takeUp(feed, running ? verdictOf(end, block.requestId(lane)) : undefined)
    }
  }

  #takeUp(feed: LaneFeed, verdict: Verdict | undefined): void {
    const { block } = this.#lanes
    const works: ResumedWork[] = unsettledStack(feed.stack, feed.position).map(fromStore)
    if (verdict) {
      const ordinal = block.flight(feed.lane, FlightDouble.lastOrdinal)
      const running = {
        until: { ordinal },
        attempt: block.load(feed.lane, LaneWord.attempt),
        requestId: block.requestId(feed.lane),
      }
      // The batch that ran is the first of the stack, where there is one.
      if (works.length > 0) works[0] = running
      else works.push(running)
    }
    if (works.length > 0) this.#pool.resume(this.#handle, feed.lane, works, verdict)
    else if (feed.queued > 0) this.#pool.ready(this.#handle, feed.lane)
  }
}

function fromStore({ last, attempt, requestId }: StackEntry): ResumedWork {
  return { until: { sequenceNumber: last }, attempt, requestId }
}

/** How an attempt ended whose process did not live to write it (D15). */
const IN_DOUBT: Verdict = {
  type: 'failed',
  functionError: 'Unhandled',
  error: { errorType: 'Runtime.ExitError', errorMessage: 'the process ended while the function ran' },
}

/** @source aws-semantics §9.3 */
function verdictOf(end: HostEnd, requestId: string): Verdict {
  const failed = (errorType: string, reason: string): Verdict => ({
    type: 'failed',
    functionError: 'Unhandled',
    error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` },
  })
  switch (end.type) {
    case 'out-of-memory':
      return failed('Runtime.OutOfMemory', 'Runtime exited with error: signal: killed')
    case 'killed':
      return failed('Sandbox.Timedout', 'Task timed out')
    case 'exited':
      return end.code === 0
        ? failed('Runtime.ExitError', 'Runtime exited without providing a reason')
        : failed('Runtime.ExitError', `Runtime exited with error: exit status ${end.code}`)
    default:
      return failed('Runtime.ExitError', 'Runtime exited without providing a reason')
  }
}
