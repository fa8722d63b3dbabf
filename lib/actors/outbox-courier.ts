import type { FailedBatch } from '../core/destination/failed-batch.ts'
import { type OutboxMessage, type OutboxState, stepOutbox } from '../core/destination/outbox.ts'
import type { MappingUuid } from '../core/ids.ts'
import { unreachable } from '../core/invariant.ts'
import type { Clock } from '../ports/clock.ts'
import type { Destination } from '../ports/destination.ts'
import type { Random } from '../ports/random.ts'
import type { OutboxEntry, StateStore } from '../ports/state-store.ts'

export type CourierParts = {
  readonly store: StateStore
  readonly clock: Clock
  readonly random: Random
  open(): Promise<Destination>
  /** The oldest entry for this destination. */
  oldest(): OutboxEntry | undefined
  removed(report: DeliveredReport): void
  /** @param mapping whose report it was. */
  failed(reason: string, mapping: MappingUuid | undefined): void
}

/** A report that a destination has accepted. */
export type DeliveredReport = Pick<FailedBatch, 'mapping' | 'recordCount'>

/** Delivers the outbox entries of one destination until they are accepted (D16): a shell round `stepOutbox`. */
export class OutboxCourier {
  readonly #parts: CourierParts
  #state: OutboxState = { state: 'idle' }
  #destination: Destination | undefined
  /** Accepted last. */
  #accepted: DeliveredReport | undefined
  #takeBack: (() => void) | undefined
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(parts: CourierParts) {
    this.#parts = parts
  }

  get isIdle(): boolean {
    return this.#state.state === 'idle'
  }

  /** Why nothing is delivered now. */
  get problem(): string | undefined {
    return this.#state.state === 'backing-off' ? this.#state.reason : undefined
  }

  /** There may be an entry. */
  look(): void {
    if (this.#stopped || !this.isIdle) return
    const entry = this.#parts.oldest()
    if (entry) this.#receive({ type: 'entry-found', id: entry.id })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#takeBack?.()
    await this.#running
    await this.#destination?.close()
  }

  #receive(message: OutboxMessage): void {
    if (this.#stopped) return
    const [state, effects] = stepOutbox(this.#state, message)
    this.#state = state
    for (const effect of effects) {
      switch (effect.type) {
        case 'deliver':
          this.#running = this.#deliver()
          break
        case 'arm-retry':
          this.#takeBack = this.#parts.clock.at(effect.at, () =>
            this.#receive({ type: 'retry-due' }),
          )
          break
        case 'remove':
          this.#running = this.#remove(effect.id)
          break
        case 'look-up':
          this.look()
          break
        default:
          unreachable(effect)
      }
    }
  }

  async #deliver(): Promise<void> {
    const { clock, random, oldest, open, failed } = this.#parts
    let entry: OutboxEntry | undefined
    try {
      entry = oldest()
      if (!entry) throw new Error('the entry is gone')
      this.#destination ??= await open()
      await this.#destination.deliver(entry.failed, entry.id)
      const { mapping, recordCount } = entry.failed
      this.#accepted = { mapping, recordCount }
      this.#receive({ type: 'delivery-accepted' })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      failed(reason, entry?.failed.mapping)
      this.#receive({
        type: 'delivery-failed',
        reason,
        now: clock.now(),
        fraction: random.fraction(),
      })
    }
  }

  async #remove(id: string): Promise<void> {
    try {
      await this.#parts.store.delivered(id)
    } catch {
      // Delivered, but not known to be so: it stays in the outbox and goes out once more at the next start.
    }
    this.#receive({ type: 'entry-removed' })
    this.#parts.removed(this.#accepted!)
  }
}
