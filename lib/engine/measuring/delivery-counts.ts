import type { DeliveredReport } from '../../actors/outbox-courier.ts'
import type { MappingUuid } from '../../core/ids.ts'

/** Reports of a mapping's failed batches, since the engine was opened. */
export type Deliveries = {
  /** Records in reports that were accepted. */
  readonly deliveredRecords: number
  /** Deliveries that were not: each is tried again. */
  readonly failures: number
}

/** Nothing was delivered. */
export const NO_DELIVERIES: Deliveries = { deliveredRecords: 0, failures: 0 }

/** What became of deliveries to destinations, by mapping. @source contract §6; aws-semantics §8 */
export class DeliveryCounts {
  readonly #counts = new Map<MappingUuid, Deliveries>()

  of(mapping: MappingUuid): Deliveries {
    return this.#counts.get(mapping) ?? NO_DELIVERIES
  }

  delivered({ mapping, recordCount }: DeliveredReport): void {
    const { deliveredRecords, failures } = this.of(mapping)
    this.#counts.set(mapping, { deliveredRecords: deliveredRecords + recordCount, failures })
  }

  failed(mapping: MappingUuid | undefined): void {
    if (mapping === undefined) return
    const { deliveredRecords, failures } = this.of(mapping)
    this.#counts.set(mapping, { deliveredRecords, failures: failures + 1 })
  }

  /** Forgets mappings that are gone. */
  keepOnly(mappings: ReadonlySet<string>): void {
    for (const mapping of this.#counts.keys())
      if (!mappings.has(mapping)) this.#counts.delete(mapping)
  }
}
