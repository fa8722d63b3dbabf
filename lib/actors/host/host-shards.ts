import { unreachable } from '../../core/invariant.ts'
import type { RecordDecoder } from '../../ports/record-decoder.ts'
import { LaneBlock } from '../lane-memory/lane-block.ts'
import type { OpenShard, StreamFacts } from '../protocol.ts'
import type { BatchActor } from './batch-actor.ts'
import type { HostKnowledge } from './host-inbox.ts'
import { type RecordFilter, recordFilterOf } from './record-filter.ts'

export type HostShard = {
  readonly open: OpenShard
  readonly block: LaneBlock
  readonly decoder: RecordDecoder
  /** Absent where all records are delivered. */
  readonly passes: RecordFilter | undefined
  /** By lane, from the first time that this host has it. */
  readonly actors: (BatchActor | undefined)[]
}

/** The shards whose lanes may come to a host. */
export class HostShards {
  readonly #createDecoder: (stream: StreamFacts) => RecordDecoder
  readonly #shards = new Map<number, HostShard>()

  constructor(createDecoder: (stream: StreamFacts) => RecordDecoder) {
    this.#createDecoder = createDecoder
  }

  learn(knowledge: HostKnowledge): void {
    switch (knowledge.type) {
      case 'open-shard': {
        const open = knowledge.shard
        const block = new LaneBlock(open.memory, open.lanes, open.ringSize)
        const decoder = this.#createDecoder(open.stream)
        const passes = recordFilterOf(open.rules.filterPatterns, decoder)
        this.#shards.set(open.handle, { open, block, decoder, passes, actors: [] })
        return
      }
      case 'structures':
        for (const { open, decoder } of this.#shards.values()) {
          if (open.stream.streamArn === knowledge.streamArn)
            decoder.extendStructures(knowledge.structures)
        }
        return
      default:
        return unreachable(knowledge)
    }
  }

  at(handle: number): HostShard | undefined {
    return this.#shards.get(handle)
  }

  close(handle: number): void {
    this.#shards.delete(handle)
  }
}
