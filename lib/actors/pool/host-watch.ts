import { FLIGHT_RUNNING, LANE_OWNED, type LaneBlock, LaneWord } from '../lane-memory/lane-block.ts'
import { laneIdOf } from '../protocol.ts'
import type { OpenShards } from './open-shards.ts'

/** Share of the processors above which more threads would only get in each other's way. */
const PROCESSORS_BUSY = 0.8
/** A handler's own timeout comes first; this long after its deadline its thread is taken for blocked. @unit ms */
const BLOCKED_GRACE_MS = 250

/** What a look at the hosts of a pool found. */
export type HostsLook = {
  readonly hosts: number
  readonly hostsMax: number
  readonly processors: number
  /** Processors that the hosts use. */
  readonly used: number
  /** Lanes that stand in the queue. */
  readonly waiting: number
  readonly isAnyFree: boolean
  /** How often a host found nothing to do, since the pool began. */
  readonly idleCount: number
}

/** What is found only by looking again and again: threads that a handler blocks, lanes that wait for a thread. */
export class HostWatch {
  /** Lanes past their deadline, and the version of their progress then. */
  readonly #late = new Map<number, number>()
  /** Idle count of a look that found lanes waiting and no host free; `undefined` where it found otherwise. */
  #idleCountInNeed: number | undefined

  /**
   * `hosts`: those that a handler blocks, since two looks found an invocation past its deadline and nothing had moved.
   * `busy`: there is something to look at again.
   */
  blockedHosts(
    shards: OpenShards,
    now: number,
  ): { readonly busy: boolean; readonly hosts: number[] } {
    const hosts: number[] = []
    let busy = false
    for (const { handle, block, lane, owner } of shards.busyLanes()) {
      busy = true
      if (owner < LANE_OWNED) continue
      const laneId = laneIdOf(handle, lane)
      const version = block.load(lane, LaneWord.version)
      if (!isLate(block, lane, now)) this.#late.delete(laneId)
      else if (this.#late.get(laneId) === version) hosts.push(owner - LANE_OWNED)
      else this.#late.set(laneId, version)
    }
    return { busy, hosts }
  }

  /**
   * How many more threads there should be: when lanes waited from one look to the next without any host being free
   * meanwhile, and the processors are not all in use, twice as many at most.
   */
  moreHosts(look: HostsLook): number {
    const { hosts, waiting, idleCount } = look
    const before = this.#idleCountInNeed
    this.#idleCountInNeed = waiting > 0 && !look.isAnyFree ? idleCount : undefined
    if (this.#idleCountInNeed === undefined || before !== idleCount) return 0
    if (hosts >= look.processors && look.used > look.processors * PROCESSORS_BUSY) return 0
    return Math.max(0, Math.min(waiting, hosts, look.hostsMax - hosts))
  }
}

function isLate(block: LaneBlock, lane: number, now: number): boolean {
  return (
    block.load(lane, LaneWord.inFlight) === FLIGHT_RUNNING &&
    block.deadline(lane) + BLOCKED_GRACE_MS < now
  )
}
