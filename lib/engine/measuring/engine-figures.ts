import type { Slab } from '../../actors/lane-memory/slab.ts'
import type { MappingActor, MappingFigures } from '../../actors/mapping/mapping.ts'
import type { SupervisorActor } from '../../actors/supervisor.ts'
import type { FailedBatchTotals } from '../../core/destination/failed-batch.ts'
import type { MappingUuid } from '../../core/ids.ts'
import { type Ledger, ledgerOf, NO_COUNTS } from '../../core/ledger/ledger.ts'
import { greaterLedger, NO_WORK } from '../../core/ledger/work-counts.ts'
import type { MappingDescription } from '../../core/mapping/mapping-description.ts'
import type { CallCounts, Calls } from './call-counts.ts'
import type { Deliveries, DeliveryCounts } from './delivery-counts.ts'

/** A mapping in numbers. */
export type MeasuredMapping = MappingFigures & {
  readonly uuid: MappingUuid
  /** With its qualifier. */
  readonly functionName: string
  readonly eventSource: string
  readonly state: string
  readonly deliveries: Deliveries
}

/** What an engine has done and holds now, in numbers. Counts never go back while it runs. @source contract §6 */
export type EngineFigures = {
  readonly mappings: readonly MeasuredMapping[]
  /** Invocations that are of no mapping, by function. */
  readonly calls: ReadonlyMap<string, Calls>
  readonly failedBatches: FailedBatchTotals
  /** Entries wait, and no destination takes any now. */
  readonly isOutboxBlocked: boolean
  /** Records that redrives have settled. */
  readonly redrivenRecords: number
  /** Records on their way to handlers. @unit bytes */
  readonly readAheadBytes: number
  /** Threads, of all functions. */
  readonly threads: number
}

export type FiguresParts = {
  readonly supervisor: SupervisorActor
  readonly slab: Slab
  readonly calls: CallCounts
  readonly deliveries: DeliveryCounts
  readonly descriptions: () => readonly MappingDescription[]
  readonly functionNames: () => readonly string[]
  readonly failedTotals: () => FailedBatchTotals
  readonly isOutboxBlocked: () => boolean
  readonly redrivenRecords: () => number
  readonly threads: () => number
}

const NOTHING: MappingFigures = { ledger: ledgerOf(NO_COUNTS, 0), work: NO_WORK, shards: [] }

/** Reads the counters that the engine keeps for its work, when somebody asks: nothing is counted for this alone. */
export class FiguresReader {
  readonly #parts: FiguresParts
  readonly #ledgers = new Map<string, Ledger>()
  #redrivenRecords = 0

  constructor(parts: FiguresParts) {
    this.#parts = parts
  }

  /** @cost O(mappings, and shards and lanes that are being read) */
  read(): EngineFigures {
    const { supervisor, slab, calls, deliveries, descriptions } = this.#parts
    const listed = descriptions()
    this.#forgetOthers(new Set(listed.map(({ UUID }) => UUID)))
    const mappings = listed.map((description) =>
      this.#measure(description, supervisor.mappings.get(description.UUID as MappingUuid)),
    )
    // A redrive that is cancelled is not counted any more by who runs them.
    this.#redrivenRecords = Math.max(this.#redrivenRecords, this.#parts.redrivenRecords())
    return {
      mappings: mappings.map((mapping) => ({
        ...mapping,
        deliveries: deliveries.of(mapping.uuid),
      })),
      calls: calls.all,
      failedBatches: this.#parts.failedTotals(),
      isOutboxBlocked: this.#parts.isOutboxBlocked(),
      redrivenRecords: this.#redrivenRecords,
      readAheadBytes: slab.usedBytes,
      threads: this.#parts.threads(),
    }
  }

  #measure(
    { UUID, FunctionArn, EventSourceArn, State }: MappingDescription,
    mapping: MappingActor | undefined,
  ): Omit<MeasuredMapping, 'deliveries'> {
    const figures = mapping?.figures() ?? NOTHING
    const before = this.#ledgers.get(UUID)
    const ledger = before ? greaterLedger(before, figures.ledger) : figures.ledger
    this.#ledgers.set(UUID, ledger)
    return {
      ...figures,
      ledger,
      uuid: UUID as MappingUuid,
      functionName: FunctionArn.slice(FunctionArn.indexOf(':function:') + ':function:'.length),
      eventSource: EventSourceArn,
      state: State,
    }
  }

  #forgetOthers(mappings: ReadonlySet<string>): void {
    const { calls, deliveries, functionNames } = this.#parts
    for (const uuid of this.#ledgers.keys()) if (!mappings.has(uuid)) this.#ledgers.delete(uuid)
    deliveries.keepOnly(mappings)
    calls.keepOnly(new Set(functionNames()))
  }
}
