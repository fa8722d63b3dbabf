import type { ShardStart, ShardState } from '../../core/checkpoint/shard-state.ts'
import type { MappingUuid, SequenceNumber, ShardId } from '../../core/ids.ts'
import { NO_COUNTS } from '../../core/ledger/ledger.ts'
import type { LineageVerdict } from '../../core/shard/lineage.ts'
import type { ShardAddress, StateStore } from '../../ports/state-store.ts'
import type { StreamDescription } from '../../ports/stream-source.ts'

/** The shards of one stream as the store had them, for one mapping, when they were last looked at. */
export class ShardStates {
  readonly #store: StateStore
  readonly #uuid: MappingUuid
  readonly #stream: Pick<StreamDescription, 'streamArn' | 'label'>
  readonly #states = new Map<ShardId, ShardState>()

  constructor(
    store: StateStore,
    uuid: MappingUuid,
    { streamArn, label }: Pick<StreamDescription, 'streamArn' | 'label'>,
  ) {
    this.#store = store
    this.#uuid = uuid
    // Another label is another stream: its positions mean nothing here (design §4).
    this.#stream = { streamArn, label }
  }

  [Symbol.iterator](): IterableIterator<[ShardId, ShardState]> {
    return this.#states[Symbol.iterator]()
  }

  /** Takes over all that the store has of this stream. */
  restore(): void {
    for (const [shardId, state] of this.#stored()) this.#states.set(shardId, state)
  }

  address(shardId: ShardId): ShardAddress {
    return { mapping: this.#uuid, ...this.#stream, shardId }
  }

  /** Settled to their ends. */
  *finished(): Iterable<ShardId> {
    for (const [shardId, { finished }] of this.#states) if (finished) yield shardId
  }

  /** Shards of a plan that were never looked at, as they will begin. */
  unknown(plan: LineageVerdict): readonly [ShardId, ShardState][] {
    if (plan.type === 'refused') return []
    const planned = [...plan.ready.map(({ shardId }) => shardId), ...plan.waiting]
    const unknown = planned.filter((shardId) => !this.#states.has(shardId))
    return unknown.map((shardId) => [shardId, newState({ type: 'trim-horizon' })])
  }

  /** As last looked at, or a shard that begins here. */
  at(shardId: ShardId, start: ShardStart): ShardState {
    const state = this.#states.get(shardId) ?? newState(start)
    this.#states.set(shardId, state)
    return state
  }

  /** Looks at the store again. */
  reload(shardId: ShardId): ShardState {
    const state =
      new Map(this.#stored()).get(shardId) ??
      newState(this.#states.get(shardId)?.start ?? { type: 'trim-horizon' })
    this.#states.set(shardId, state)
    return state
  }

  /** What the store holds, by who wrote it. */
  take(shardId: ShardId, state: ShardState): void {
    this.#states.set(shardId, state)
  }

  /** D21: shards that begin behind what they hold now, durably; `null` = behind nothing. */
  async beginBehind(latest: ReadonlyMap<ShardId, SequenceNumber | null>): Promise<void> {
    const changes = [...latest].map(([shardId, sequenceNumber]) => {
      const state = this.at(
        shardId,
        sequenceNumber ? { type: 'after', sequenceNumber } : { type: 'trim-horizon' },
      )
      return { address: this.address(shardId), state, discards: [] }
    })
    await this.#store.save(changes)
  }

  /** Batches in hand become records like any others, durably: what they were made of is no more what it was. */
  async dissolve(): Promise<void> {
    const changes = [...this.#stored()]
      .filter(([, { stacks }]) => Object.keys(stacks).length > 0)
      .map(([shardId, state]) => {
        return { address: this.address(shardId), state: { ...state, stacks: {} }, discards: [] }
      })
    if (changes.length > 0) await this.#store.save(changes)
  }

  *#stored(): Iterable<[ShardId, ShardState]> {
    const { streamArn, label } = this.#stream
    for (const { address, state } of this.#store.loadShards(this.#uuid).values())
      if (address.streamArn === streamArn && address.label === label) yield [address.shardId, state]
  }
}

function newState(start: ShardStart): ShardState {
  return { mark: null, generations: [], stacks: {}, counts: NO_COUNTS, start, finished: false }
}
