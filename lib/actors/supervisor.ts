import type { MappingUuid } from '../core/ids.ts'
import type { ChildFailure } from '../core/supervision/decider.ts'
import type { Clock } from '../ports/clock.ts'
import { Mailbox } from './mailbox.ts'
import type { MappingActor } from './mapping/mapping.ts'
import type { LanePool } from './pool/lane-pool.ts'

type Message =
  | { readonly type: 'mapping-failed'; readonly uuid: MappingUuid; readonly failure: ChildFailure }
  | { readonly type: 'function-failed'; readonly pool: LanePool; readonly reason: string }

/** What became of a mapping that could not go on. */
export type MappingLoss = { readonly uuid: MappingUuid; readonly reason: string }

export type SupervisorParts = {
  readonly clock: Clock
  readonly lost: (loss: MappingLoss) => void
  /** A bug of ours in the supervisor itself. */
  readonly failed: (error: unknown) => void
}

/**
 * Holds the mappings of an engine. What a mapping cannot mend itself ends that mapping, visibly; the others go on.
 */
export class SupervisorActor {
  readonly #parts: SupervisorParts
  readonly #mailbox: Mailbox<Message>
  readonly #mappings = new Map<MappingUuid, MappingActor>()
  readonly #losses = new Map<MappingUuid, MappingLoss>()

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    this.#mailbox = new Mailbox<Message>({
      receive: (message) => this.#receive(message),
      failed: parts.failed,
      soon: (due) => parts.clock.soon(due),
    })
  }

  get mappings(): ReadonlyMap<MappingUuid, MappingActor> {
    return this.#mappings
  }

  /** Mappings that ended, with the cause. */
  get losses(): ReadonlyMap<MappingUuid, MappingLoss> {
    return this.#losses
  }

  adopt(mapping: MappingActor): void {
    this.#mappings.set(mapping.parts.uuid, mapping)
  }

  /** Stops one mapping and lets it go. */
  async remove(uuid: MappingUuid): Promise<void> {
    const mapping = this.#mappings.get(uuid)
    await mapping?.stop()
    this.#mappings.delete(uuid)
    this.#losses.delete(uuid)
  }

  /** The mapping was given another chance. */
  forgive(uuid: MappingUuid): void {
    this.#losses.delete(uuid)
  }

  /** Stops all mappings; resolves when all positions are durable. */
  async stop(): Promise<void> {
    await Promise.all([...this.#mappings.values()].map((mapping) => mapping.stop()))
    this.#mailbox.close()
  }

  /** A mapping cannot go on. */
  mappingFailed(uuid: MappingUuid, failure: ChildFailure): void {
    this.#mailbox.tellSystem({ type: 'mapping-failed', uuid, failure })
  }

  /** Nothing of a pool can run any more: the mappings that use it end. */
  functionFailed(pool: LanePool, reason: string): void {
    this.#mailbox.tellSystem({ type: 'function-failed', pool, reason })
  }

  #receive(message: Message): void {
    if (message.type === 'mapping-failed') {
      const { uuid, failure } = message
      return this.lose(uuid, reasonOf(failure))
    }
    for (const [uuid, { parts, isReading }] of this.#mappings) {
      if (isReading && parts.pool === message.pool) this.lose(uuid, message.reason)
    }
  }

  /** A mapping cannot go on: it ends, visibly. */
  lose(uuid: MappingUuid, reason: string): void {
    const mapping = this.#mappings.get(uuid)
    if (!mapping || this.#losses.has(uuid)) return
    const loss = { uuid, reason }
    this.#losses.set(uuid, loss)
    mapping.lose(reason)
    this.#parts.lost(loss)
  }
}

function reasonOf(failure: ChildFailure): string {
  if ('reason' in failure) return failure.reason
  if (failure.type === 'invariant-broken') return failure.error.stack ?? failure.error.message
  return failure.type
}
