import {
  type OwedFinalCall,
  type StackEntry,
  unsettledStack,
} from '../../core/checkpoint/shard-state.ts'
import { exitedError } from '../../core/function/function-error.ts'
import { type HostEnd, lostInvocationError } from '../../core/function/host-end.ts'
import type { Verdict } from '../../core/lane/verdict.ts'
import {
  FLIGHT_RUNNING,
  FlightDouble,
  type LaneBlock,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import type { LanePool } from '../pool/lane-pool.ts'
import type { HostLoss } from '../pool/open-shards.ts'
import type { ResumedWork, Resumption } from '../protocol.ts'
import type { LaneFeed } from './lane-feed.ts'
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
  /** By lane: what a host was told and has not acted on yet; it may die before it does. */
  readonly #handedOver = new Map<number, Resumption>()

  constructor(lanes: ShardLanes, pool: LanePool, handle: number) {
    this.#timeoutSeconds = pool.timeoutSeconds
    this.#lanes = lanes
    this.#pool = pool
    this.#handle = handle
    for (const feed of lanes.feeds) if (holdsWorks(feed)) this.#waiting.add(feed)
  }

  /** The lane waits for the records of its batches: it is not to be handed out. Resumes it when they are there. */
  holds(feed: LaneFeed): boolean {
    if (!this.#waiting.has(feed)) return false
    const stack = unsettledStack(feed.stack, feed.position)
    const last = stack.at(-1)
    if (last && !feed.hasFed(last.last)) return true
    this.#waiting.delete(feed)
    const final = feed.windows?.final
    const first = final ?? stack[0]
    if (!first) return false
    const verdict = first.inDoubt ? { verdict: IN_DOUBT } : {}
    const works = [...(final ? [finalFromStore(final)] : []), ...stack.map(fromStore)]
    this.#handOver(feed, { works, ...verdict, resumeAt: 0 })
    return true
  }

  /** @param leaving the shard is being let go: the lanes are only freed. */
  hostLost(lanes: readonly number[], loss: HostLoss, leaving: boolean): void {
    const { block, feeds } = this.#lanes
    for (const lane of lanes) {
      const feed = feeds[lane]!
      const ran = block.load(lane, LaneWord.inFlight) === FLIGHT_RUNNING
      feed.takeOver(ran)
      if (leaving) continue
      if (ran) this.#takeUpRunning(feed, loss)
      else this.#takeUpHeld(feed)
    }
  }

  /** The lane's new owner has acted on what it was handed over with. */
  hasBegun(lane: number): void {
    this.#handedOver.delete(lane)
  }

  /** A lane that held batches or had been claimed, but ran nothing. */
  #takeUpHeld(feed: LaneFeed): void {
    const owed = this.#handedOver.get(feed.lane)
    if (owed) return this.#handOver(feed, owed)
    const works = this.#unsettled(feed)
    if (works.length > 0) this.#handOver(feed, { works, resumeAt: feed.resumeAt })
    else if (feed.queued > 0) this.#pool.ready(this.#handle, feed.lane)
  }

  /** The death of the thread is the verdict on the batch, if it was the only one that ran (D27). */
  #takeUpRunning(feed: LaneFeed, { end, isProof }: HostLoss): void {
    const { block } = this.#lanes
    const { lane } = feed
    const requestId = block.requestId(lane)
    const begun = block.load(lane, LaneWord.attempt)
    const attempt = isProof ? begun : begun - 1
    const running: ResumedWork = { ...whatRan(feed, block), attempt, requestId }
    // It is the first of the batches in hand, where there are any.
    const works = [running, ...this.#unsettled(feed).slice(1)]
    if (isProof) {
      const verdict = verdictOf(end, requestId, this.#timeoutSeconds)
      this.#handOver(feed, { works, verdict, resumeAt: 0 })
    } else this.#handOver(feed, { works, resumeAt: 0, alone: true })
  }

  #handOver(feed: LaneFeed, resumption: Resumption): void {
    this.#handedOver.set(feed.lane, resumption)
    feed.handOver()
    this.#pool.resume(this.#handle, feed.lane, resumption)
  }

  #unsettled(feed: LaneFeed): ResumedWork[] {
    const stack = unsettledStack(feed.stack, feed.position).map(notEnded).map(fromStore)
    const final = feed.windows?.final
    return final ? [finalFromStore(notEnded(final)), ...stack] : stack
  }
}

function holdsWorks({ stack, position, windows }: LaneFeed): boolean {
  return windows?.final !== undefined || unsettledStack(stack, position).length > 0
}

/** A final call runs without records. */
function whatRan({ lane, windows }: LaneFeed, block: LaneBlock) {
  const ordinal = block.flight(lane, FlightDouble.lastOrdinal)
  if (ordinal >= block.flight(lane, FlightDouble.firstOrdinal)) return { until: { ordinal } }
  return { final: windows?.final?.isEarly ? ('early' as const) : ('ended' as const) }
}

function finalFromStore({ isEarly, attempt, requestId }: OwedFinalCall): ResumedWork {
  return { final: isEarly ? 'early' : 'ended', attempt, requestId }
}

function fromStore({ first, last, attempt, requestId }: StackEntry): ResumedWork {
  return { from: first, until: { sequenceNumber: last }, attempt, requestId }
}

/** Where it is known that an attempt that was written ahead has not ended. */
function notEnded<Owed extends StackEntry | OwedFinalCall>(owed: Owed): Owed {
  return owed.inDoubt ? { ...owed, attempt: owed.attempt - 1 } : owed
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
