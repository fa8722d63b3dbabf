import { MillraceError } from '../../lib/core/errors.ts'
import type { SequenceNumber, ShardId } from '../../lib/core/ids.ts'
import { sequenceNumberOf } from '../../lib/core/record/embedded-sequence.ts'
import type { StateChange, StateStore } from '../../lib/ports/state-store.ts'
import type {
  ReadResult,
  ReadStart,
  ShardReader,
  StreamSource,
} from '../../lib/ports/stream-source.ts'
import type { EngineRig, RigOptions } from './engine-rig.ts'
import { savedState } from './rig-settings.ts'

export type PortName = 'save' | 'read' | 'function' | 'destination'

type Life = { readonly alive: boolean }

/**
 * The ports of a rig: they write the history, count their calls, and do to the n-th call what the test asks for:
 * it fails, or the process ends before it or (for a save) after it took effect and before anybody hears of it.
 */
export class RigPorts {
  readonly counts: Record<PortName, number> = { save: 0, read: 0, function: 0, destination: 0 }
  readonly #rig: EngineRig
  readonly #options: RigOptions

  constructor(rig: EngineRig, options: RigOptions) {
    this.#rig = rig
    this.#options = options
  }

  /** LATEST of a memory shard. */
  latest(shard: ShardId): SequenceNumber | null {
    const puts = this.#rig.history.flatMap((event) =>
      event.type === 'put' && event.shard === shard ? event.records : [],
    )
    return puts.length > 0 ? sequenceNumberOf(puts.length) : null
  }

  enterFunction(life: Life): void {
    const fault = this.#fault('function')
    if (fault === 'fail') throw new Error('the function was made to fail')
    if (fault !== undefined && life.alive) this.#rig.crash()
  }

  enterDestination(life: Life): Promise<void> | void {
    if (!life.alive) return never()
    const fault = this.#fault('destination')
    if (fault === 'fail') throw new Error('the destination was made to fail')
    if (fault === undefined) return
    this.#rig.crash()
    return never()
  }

  store(store: StateStore, life: Life): StateStore {
    return {
      uncleanStart: store.uncleanStart,
      loadShards: (mapping) => store.loadShards(mapping),
      save: (changes) => this.#save(store, changes, life),
      loadMapping: (mapping) => store.loadMapping(mapping),
      saveMapping: (record) => (life.alive ? store.saveMapping(record) : never()),
      failedBatches: (filter) => store.failedBatches(filter),
      outbox: (limit) => store.outbox(limit),
      delivered: (id) => (life.alive ? store.delivered(id) : never()),
      close: () => store.close(),
    }
  }

  source(source: StreamSource, life: Life): StreamSource {
    const remote = this.#options.pace === 'remote'
    return {
      pace: remote ? 'remote' : 'notified',
      describe: () => (life.alive ? source.describe() : never()),
      ...(source.findChildren
        ? {
            findChildren: (shard: ShardId) => (life.alive ? source.findChildren!(shard) : never()),
          }
        : {}),
      openReader: (shard, start) => this.#reader(source, { shard, start, remote }, life),
      structures: () => source.structures(),
      close: async () => {},
    }
  }

  #fault(port: PortName): 'fail' | 'crash' | 'crash-after' | undefined {
    const number = ++this.counts[port]
    return this.#options.beforeCall?.(port, number)
  }

  async #save(store: StateStore, changes: readonly StateChange[], life: Life): Promise<void> {
    if (!life.alive) return never()
    const fault = this.#fault('save')
    if (fault === 'fail') {
      this.#rig.note({ type: 'save-failed' })
      const facts = { directory: '(memory)', reason: 'it was made to fail' }
      throw MillraceError.of('MILLRACE_DATA_UNWRITABLE', facts)
    }
    if (fault === 'crash') {
      this.#rig.crash()
      return never()
    }
    await store.save(changes)
    // Also of a process that ended meanwhile: the commit was under way already.
    for (const change of changes) {
      const { shardId: shard } = change.address
      this.#rig.note({ type: 'saved', shard, state: savedState(change) })
    }
    if (fault === 'crash-after') this.#rig.crash()
    if (!life.alive) return never()
  }

  #reader(
    source: StreamSource,
    { shard, start, remote }: { shard: ShardId; start: ReadStart; remote: boolean },
    life: Life,
  ): ShardReader {
    const reader = source.openReader(shard, start)
    const read = (): ReadResult | Promise<ReadResult> => {
      if (!life.alive) return { type: 'empty' }
      const fault = this.#fault('read')
      if (fault === undefined) return reader.read()
      if (fault === 'fail')
        return { type: 'failed', failure: { type: 'unreachable', reason: 'it was made to fail' } }
      this.#rig.crash()
      return { type: 'empty' }
    }
    const awaitArrival = (arrived: () => void) =>
      life.alive ? reader.onArrival!(arrived) : () => {}
    return {
      read: remote ? async () => read() : read,
      ...(remote ? {} : { onArrival: awaitArrival }),
      close: () => reader.close(),
    }
  }
}

const never = (): Promise<never> => new Promise(() => {})
