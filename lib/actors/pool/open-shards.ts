import type { HostEnd } from '../../core/function/host-end.ts'
import { FLIGHT_RUNNING, LANE_IDLE, type LaneBlock, LaneWord } from '../lane-memory/lane-block.ts'
import type { AttemptFailure, FromHost, OpenShard, ToHost } from '../protocol.ts'

export type SaveRequest = Extract<FromHost, { type: 'save' }>

/** How a host went, and whether that proves anything about the one batch that ran in it (D27). */
export type HostLoss = { readonly end: HostEnd; readonly isProof: boolean }

/** The poller's side of a shard that is open in the pool. */
export interface ShardListener {
  readonly block: LaneBlock
  laneSettled(lane: number): void
  saveRequested(lane: number, request: SaveRequest, saved: () => void): void
  attemptFailed(lane: number, failure: AttemptFailure): void
  /** The host that owned these lanes is gone. */
  hostLost(lanes: readonly number[], loss: HostLoss): void
}

type OpenedShard = { readonly open: OpenShard; readonly listener: ShardListener }

/** Some lanes of a shard. */
export type ShardsLanes = {
  readonly handle: number
  readonly listener: ShardListener
  readonly lanes: readonly number[]
}

/** The shards that are open in a pool, and what a host must know of them. */
export class OpenShards {
  readonly #shards = new Map<number, OpenedShard>()
  readonly #structures = new Map<string, readonly unknown[]>()
  #nextHandle = 1

  get size(): number {
    return this.#shards.size
  }

  at(handle: number): OpenedShard | undefined {
    return this.#shards.get(handle)
  }

  /** @returns its handle, and what the hosts are told. */
  open(shard: Omit<OpenShard, 'handle'>, listener: ShardListener): [number, readonly ToHost[]] {
    const open = { ...shard, handle: this.#nextHandle++ }
    this.#shards.set(open.handle, { open, listener })
    return [open.handle, [{ type: 'open-shard', shard: open }, ...this.#learned(open)]]
  }

  close(handle: number): void {
    this.#shards.delete(handle)
  }

  /** @returns what the hosts are told, before records that need it are published. */
  structuresGrew(streamArn: string, structures: readonly unknown[]): ToHost {
    const known = structures.slice()
    this.#structures.set(streamArn, known)
    return { type: 'structures', streamArn, structures: known }
  }

  /** What a host that begins now must be told. */
  *introductions(): Iterable<ToHost> {
    for (const { open } of this.#shards.values()) yield { type: 'open-shard', shard: open }
    for (const [streamArn, structures] of this.#structures)
      yield { type: 'structures', streamArn, structures }
  }

  /** Lanes whose `owner` word says so, by shard. */
  lanesOwnedBy(owner: number): readonly ShardsLanes[] {
    const found: ShardsLanes[] = []
    for (const [handle, { listener }] of this.#shards) {
      const { block } = listener
      const lanes: number[] = []
      for (let lane = 0; lane < block.lanes; lane++)
        if (block.load(lane, LaneWord.owner) === owner) lanes.push(lane)
      if (lanes.length > 0) found.push({ handle, listener, lanes })
    }
    return found
  }

  /** Every lane that waits for a host, or that a host owns. */
  *busyLanes(): Iterable<{
    readonly handle: number
    readonly block: LaneBlock
    readonly lane: number
    readonly owner: number
  }> {
    for (const [handle, { listener }] of this.#shards) {
      const { block } = listener
      for (let lane = 0; lane < block.lanes; lane++) {
        const owner = block.load(lane, LaneWord.owner)
        if (owner !== LANE_IDLE) yield { handle, block, lane, owner }
      }
    }
  }

  #learned({ stream: { streamArn } }: OpenShard): readonly ToHost[] {
    const structures = this.#structures.get(streamArn)
    return structures ? [{ type: 'structures', streamArn, structures }] : []
  }
}

/** How many of these lanes have a function running. */
export function countRunning(owned: readonly ShardsLanes[]): number {
  let running = 0
  for (const { listener, lanes } of owned)
    for (const lane of lanes)
      if (listener.block.load(lane, LaneWord.inFlight) === FLIGHT_RUNNING) running++
  return running
}
