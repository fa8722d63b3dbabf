import { fileURLToPath } from 'node:url'
import { OutboxCourier } from '../actors/outbox-courier.ts'
import { parseDestinationArn } from '../core/destination/destination-arn.ts'
import { MillraceError } from '../core/errors.ts'
import type { DestinationServices } from '../core/mapping/settings.ts'
import { openFileDestination } from '../destinations/file/file-destination.ts'
import type { Clock } from '../ports/clock.ts'
import type { Destination } from '../ports/destination.ts'
import type { Random } from '../ports/random.ts'
import type { OutboxEntry, StateStore } from '../ports/state-store.ts'
import type { DeliveryCounts } from './measuring/delivery-counts.ts'

/** Entries looked at to find the oldest one of each destination. */
const LOOK_AHEAD = 1000
const FILE = 'file:'

export type OutboxParts = {
  readonly store: StateStore
  readonly clock: Clock
  readonly random: Random
  readonly services: DestinationServices
  /** An entry left. */
  readonly moved: () => void
  readonly failed: (destination: string, reason: string) => void
  readonly deliveries: DeliveryCounts
}

/** Delivers what is in the durable outbox, one courier for each destination (D16). */
export class EngineOutbox {
  readonly #parts: OutboxParts
  readonly #couriers = new Map<string, OutboxCourier>()
  #deliveredCount = 0

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  get isEmpty(): boolean {
    return this.#parts.store.outbox(1).length === 0
  }

  /** Entries accepted by their destination since the start. */
  get deliveredCount(): number {
    return this.#deliveredCount
  }

  /** Entries wait, and no destination takes any now. */
  get isBlocked(): boolean {
    const couriers = [...this.#couriers.values()].filter(({ isIdle }) => !isIdle)
    return couriers.length > 0 && couriers.every(({ problem }) => problem !== undefined)
  }

  /** Why entries wait, by destination. */
  problems(): ReadonlyMap<string, string> {
    const problems = new Map<string, string>()
    for (const [destination, courier] of this.#couriers) {
      if (courier.problem) problems.set(destination, courier.problem)
    }
    return problems
  }

  /** There may be entries. */
  look(): void {
    const destinations = new Set(
      this.#parts.store.outbox(LOOK_AHEAD).map(({ destination }) => destination),
    )
    for (const destination of destinations) this.#courier(destination).look()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#couriers.values()].map((courier) => courier.stop()))
  }

  #courier(destination: string): OutboxCourier {
    const known = this.#couriers.get(destination)
    if (known) return known
    const { store, clock, random, services, moved, failed, deliveries } = this.#parts
    const courier = new OutboxCourier({
      store,
      clock,
      random,
      open: () => openDestination(destination, services),
      oldest: () => oldestOf(store.outbox(LOOK_AHEAD), destination),
      removed: (report) => {
        this.#deliveredCount++
        deliveries.delivered(report)
        moved()
      },
      failed: (reason, mapping) => {
        deliveries.failed(mapping)
        failed(destination, reason)
      },
    })
    this.#couriers.set(destination, courier)
    return courier
  }
}

function oldestOf(entries: readonly OutboxEntry[], destination: string): OutboxEntry | undefined {
  return entries.find((entry) => entry.destination === destination)
}

async function openDestination(
  destination: string,
  services: DestinationServices,
): Promise<Destination> {
  if (destination.startsWith(FILE)) {
    const path = destination.slice(FILE.length)
    return openFileDestination(path.startsWith('//') ? fileURLToPath(destination) : path)
  }
  const parsing = parseDestinationArn(destination)
  if (parsing.type === 'destination') {
    const { openAwsDestination } = await import('../destinations/aws/aws-destination.ts')
    return openAwsDestination(parsing.destination, services[parsing.destination.service])
  }
  throw MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting: 'OnFailure.Destination',
    expected: 'a file: path, or the ARN of a queue, a topic or a bucket',
    actual: destination,
    origin: '',
  })
}
