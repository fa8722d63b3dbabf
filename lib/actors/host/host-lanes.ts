import { invariant } from '../../core/invariant.ts'
import { recordsForBatch } from '../../core/lane/lane-rules.ts'
import type { RecordDecoder } from '../../ports/record-decoder.ts'
import {
  LANE_IDLE,
  LANE_OWNED,
  LANE_QUEUED,
  type LaneBlock,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import type { SharedQueue } from '../lane-memory/shared-queue.ts'
import { handleOf, laneIdOf, laneIndexOf, type Resumption } from '../protocol.ts'
import { BatchActor } from './batch-actor.ts'
import type { BatchActorHost, HostedActor } from './batch-actor-host.ts'
import { BatchWait } from './batch-wait.ts'
import { HostLane, type LaneReading } from './host-lane.ts'
import type { HostShard, HostShards } from './host-shards.ts'
import { HostWindows } from './host-windows.ts'
import type { InvocationSlots } from './invocation-slots.ts'

export type HostLanesParts = {
  readonly hostId: number
  readonly host: BatchActorHost
  readonly reader: LaneReading['reader']
  readonly shards: HostShards
  /** Lanes that are ready, of the whole pool. */
  readonly ready: SharedQueue
  readonly slots: InvocationSlots
  /** Takes in what has been posted: a shard, or structures, may be among it. */
  readonly drainInbox: () => void
  /** There may be room for another lane. */
  readonly pump: () => void
}

/** The lanes that a host has: claims them, waits for their batches to fill, lets them go. */
export class HostLanes implements LaneReading {
  readonly reader: LaneReading['reader']
  readonly #parts: HostLanesParts
  readonly #waits = new Map<number, BatchWait>()

  constructor(parts: HostLanesParts) {
    this.#parts = parts
    this.reader = parts.reader
  }

  decoderFor(handle: number, structureCount: number): RecordDecoder {
    const { decoder } = this.#shard(handle)
    // The main thread posts new structures before it publishes a record that needs them.
    if (decoder.structureCount < structureCount) this.#parts.drainInbox()
    invariant(
      decoder.structureCount >= structureCount,
      'structures come before the records that need them',
    )
    return decoder
  }

  /** A lane came out of the queue: its next batch begins, or is waited for. */
  claim(laneId: number): void {
    const handle = handleOf(laneId)
    const shard = this.#maybeShard(handle)
    // A lane may stand in the queue longer than its shard is open.
    if (!shard) return
    const lane = laneIndexOf(laneId)
    const { block } = shard
    if (!block.swap(lane, LaneWord.owner, LANE_QUEUED, LANE_OWNED + this.#parts.hostId)) return
    const actor = this.#actor(shard, lane)
    actor.adopt()
    const isWindowOver = block.swap(lane, LaneWord.windowOver, 1, 0)
    if (block.isLeaving()) return this.released(actor)
    if (isWindowOver && actor.waiting === 0 && actor.closeWindow()) return
    this.#take(actor, block)
  }

  #take(actor: BatchActor, block: LaneBlock): void {
    const { rules, lane } = actor
    const gathers = rules.batchingWindowMs > 0
    if (gathers && lane.isFiltering) actor.passFiltered()
    const { waiting } = actor
    const partial = waiting < rules.batchSize
    const tooFew = waiting < recordsForBatch(rules) && block.isMoreComing()
    if (waiting === 0 || tooFew) return this.released(actor)
    if (gathers && (partial || lane.isFiltering)) return this.#wait(actor)
    if (!actor.cutNext()) this.released(actor)
  }

  #wait(actor: BatchActor): void {
    const { host, pump } = this.#parts
    const wait = new BatchWait(actor, host.clock, (cut) =>
      host.enter(() => {
        this.#waits.delete(actor.laneId)
        if (!cut || !actor.cutNext()) this.released(actor)
        pump()
      }),
    )
    this.#waits.set(actor.laneId, wait)
    wait.begin()
  }

  /** Records may have come for lanes that wait. */
  look(): void {
    for (const wait of this.#waits.values()) wait.look()
  }

  /** The lane holds nothing: it may go to another host. */
  released(actor: HostedActor): void {
    const { host, slots, ready } = this.#parts
    const { block, lane } = actor.lane
    block.store(lane, LaneWord.owner, LANE_IDLE)
    slots.endAlone(actor.laneId)
    if (block.isLeaving()) return host.settled(actor)
    const { waiting } = actor
    const enough = waiting >= recordsForBatch(actor.rules) || (waiting > 0 && !block.isMoreComing())
    const mustClose = block.load(lane, LaneWord.windowOver) === 1
    if ((enough || mustClose) && block.swap(lane, LaneWord.owner, LANE_IDLE, LANE_QUEUED))
      ready.push(actor.laneId)
  }

  /** The lane was handed to this host, with batches in hand. */
  resume(resumption: Resumption & { readonly laneId: number }): void {
    const { laneId, works, alone } = resumption
    const actor = this.#actor(this.#shard(handleOf(laneId)), laneIndexOf(laneId))
    actor.adopt()
    const resume = () =>
      actor.lane.block.isLeaving() ? this.released(actor) : actor.resume(works, resumption)
    return alone ? this.#parts.slots.whenAlone(laneId, resume) : resume()
  }

  at(laneId: number): BatchActor | undefined {
    return this.#parts.shards.at(handleOf(laneId))?.actors[laneIndexOf(laneId)]
  }

  /** The shard is being let go: nothing new begins. */
  leave(handle: number): void {
    for (const [laneId, wait] of this.#waits) if (handleOf(laneId) === handle) wait.end(false)
    for (const actor of this.#parts.shards.at(handle)?.actors ?? []) actor?.leave()
    this.#parts.slots.refuse((laneId) => handleOf(laneId) === handle)
  }

  #actor(shard: HostShard, lane: number): BatchActor {
    const { open, block } = shard
    const known = shard.actors[lane]
    if (known) return known
    const { rules, cautiousUntil, windowMemory } = open
    const actor = new BatchActor({
      laneId: laneIdOf(open.handle, lane),
      lane: new HostLane({ handle: open.handle, lane }, block, this, shard.passes),
      rules,
      host: this.#parts.host,
      cautiousUntil,
      // Only the first lane: the factor is 1 where there are windows.
      windows: windowMemory && lane === 0 ? new HostWindows(open, windowMemory) : undefined,
    })
    shard.actors[lane] = actor
    return actor
  }

  #maybeShard(handle: number): HostShard | undefined {
    const { shards, drainInbox } = this.#parts
    const known = shards.at(handle)
    if (known) return known
    drainInbox()
    return shards.at(handle)
  }

  #shard(handle: number): HostShard {
    const shard = this.#maybeShard(handle)
    invariant(shard !== undefined, `shard ${handle} was opened before its lanes are ready`)
    return shard
  }
}
