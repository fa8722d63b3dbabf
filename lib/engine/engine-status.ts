import type { LaneReport } from '../actors/mapping/lane-report.ts'
import type { MappingActor } from '../actors/mapping/mapping.ts'
import type { MappingUuid } from '../core/ids.ts'
import {
  addCounts,
  type Ledger,
  type LedgerCounts,
  ledgerOf,
  NO_COUNTS,
} from '../core/ledger/ledger.ts'
import type { MappingSettings } from '../core/mapping/settings.ts'
import type { SourceFailure } from '../ports/stream-source.ts'
import type { EngineOutbox } from './engine-outbox.ts'

/** A mapping as people see it. */
export type MappingStatus = {
  readonly uuid: MappingUuid
  readonly settings: MappingSettings
  readonly functionArn: string
  readonly lastProcessingResult: string
  readonly ledger: Ledger
  /** What the source last failed with; absent once it answered again. */
  readonly sourceFailure?: SourceFailure
}

/** A lane that holds records, and whose it is. */
export type MappingLaneReport = LaneReport & { readonly mapping: MappingUuid }

/** What an engine is busy with now, and what holds it up. */
export type Explanation = {
  /** Lanes that hold records. */
  readonly lanes: readonly MappingLaneReport[]
  readonly outbox: {
    /** Reports of failed batches delivered since the start. */
    readonly delivered: number
    /** Entries wait, and no destination takes any now. */
    readonly blocked: boolean
    /** Why, by destination. */
    readonly problems: ReadonlyMap<string, string>
  }
  /** Records settled by redrives of this engine. */
  readonly redrives: { readonly settled: number }
}

/** Redrives as an explanation sees them. */
type Redrives = {
  readonly settledCount: number
  laneReports(): readonly MappingLaneReport[]
}

type Mappings = ReadonlyMap<MappingUuid, MappingActor>

/** The ledgers of all mappings, added up. @source contract §7 */
export function ledgerOfAll(mappings: Mappings): Ledger {
  let counts: LedgerCounts = NO_COUNTS
  let inFlight = 0
  for (const mapping of mappings.values()) {
    const ledger = mapping.ledger()
    counts = addCounts(counts, ledger)
    inFlight += ledger.inFlight
  }
  return ledgerOf(counts, inFlight)
}

/** All mappings, in the order of the configuration. */
export function statusOf(mappings: Mappings): readonly MappingStatus[] {
  return [...mappings.values()].map((mapping) => {
    const { uuid, settings, functionArn } = mapping.parts
    const { sourceFailure, lastProcessingResult } = mapping
    const ledger = mapping.ledger()
    const status = { uuid, settings, functionArn, lastProcessingResult, ledger }
    return sourceFailure ? { ...status, sourceFailure } : status
  })
}

/** Every lane that holds records, in words; and whether reports of failed batches can be delivered. */
export function explanationOf(
  mappings: Mappings,
  outbox: EngineOutbox,
  failed: Redrives,
): Explanation {
  const lanes = [...mappings.values()].flatMap((mapping) =>
    mapping.laneReports().map((report) => ({ mapping: mapping.parts.uuid, ...report })),
  )
  const { deliveredCount: delivered, isBlocked: blocked } = outbox
  return {
    lanes: [...lanes, ...failed.laneReports()],
    outbox: { delivered, blocked, problems: outbox.problems() },
    redrives: { settled: failed.settledCount },
  }
}
