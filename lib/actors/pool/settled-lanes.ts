import type { EpochMs } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import { LaneWord } from '../lane-memory/lane-block.ts'
import type { PoolSignals } from '../lane-memory/pool-signals.ts'
import type { SharedQueue } from '../lane-memory/shared-queue.ts'
import { handleOf, laneIndexOf } from '../protocol.ts'
import type { OpenShards } from './open-shards.ts'

/** Least time between two looks at what settled. @unit ms */
const COLLECT_PACE_MS = 1

export type SettledLanesParts = {
  readonly queue: SharedQueue
  readonly signals: PoolSignals
  readonly shards: OpenShards
  readonly clock: Clock
}

/** Hears of lanes that have settled something, and tells their shards. */
export class SettledLanes {
  readonly #parts: SettledLanesParts
  #isListening = false

  constructor(parts: SettledLanesParts) {
    this.#parts = parts
  }

  /** Collects when something settles, as long as a shard is open. */
  listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    const { clock, signals, shards } = this.#parts
    signals.armMain(() => {
      this.collect()
      // Hosts that settle thousands of batches a second wake the main thread a thousand times at most.
      clock.at((clock.now() + COLLECT_PACE_MS) as EpochMs, () => {
        this.#isListening = false
        if (shards.size > 0) this.listen()
        // After listening, since what settled before found nobody to wake.
        this.collect()
      })
    })
  }

  /** Takes over what the hosts have settled up to now. */
  collect(): void {
    const { queue, shards } = this.#parts
    for (let laneId = queue.take(); laneId >= 0; laneId = queue.take()) {
      const shard = shards.at(handleOf(laneId))
      if (!shard) continue
      const lane = laneIndexOf(laneId)
      shard.listener.block.store(lane, LaneWord.reported, 0)
      shard.listener.laneSettled(lane)
    }
  }
}
