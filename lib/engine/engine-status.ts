import type { MappingActor } from '../actors/mapping/mapping.ts'
import type { MappingExplanation, ShardExplanation } from '../core/explanation/explanation.ts'
import type { MappingUuid } from '../core/ids.ts'
import {
  addCounts,
  type Ledger,
  type LedgerCounts,
  ledgerOf,
  NO_COUNTS,
} from '../core/ledger/ledger.ts'
import type { MappingDescription } from '../core/mapping/mapping-description.ts'
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

/** A shard of a redrive: failed batches of a mapping, read like a stream. */
export type RedriveShardExplanation = ShardExplanation & { readonly mapping: MappingUuid }

/** What an engine is busy with now, and what holds it up. */
export type Explanation = {
  /** In the order in which they were declared and created. */
  readonly mappings: readonly MappingExplanation[]
  readonly outbox: {
    /** Reports of failed batches delivered since the start. */
    readonly delivered: number
    /** Entries wait, and no destination takes any now. */
    readonly blocked: boolean
    /** Why, by destination. */
    readonly problems: ReadonlyMap<string, string>
  }
  /** Redrives of this engine. */
  readonly redrives: {
    /** Records settled. */
    readonly settled: number
    /** What they read now, whichever mapping it is for. */
    readonly shards: readonly RedriveShardExplanation[]
  }
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

/** What a mapping does now. @param mapping absent where the configuration disables it: nothing of it is open then. */
export function explainMapping(
  description: MappingDescription,
  mapping: MappingActor | undefined,
): MappingExplanation {
  const { UUID, EventSourceArn, FunctionArn, State, LastProcessingResult } = description
  const sourceFailure = mapping?.sourceFailure
  return {
    uuid: UUID as MappingUuid,
    eventSource: EventSourceArn,
    functionName: FunctionArn.slice(FunctionArn.indexOf(':function:') + ':function:'.length),
    asOf: 'now',
    state: State,
    lastProcessingResult: LastProcessingResult,
    ...(sourceFailure ? { sourceFailure } : {}),
    ledger: mapping?.ledger() ?? ledgerOf(NO_COUNTS, 0),
    shards: mapping?.explainShards() ?? [],
  }
}

/** Whether reports of failed batches can be delivered. */
export function explainOutbox(outbox: EngineOutbox): Explanation['outbox'] {
  const { deliveredCount: delivered, isBlocked: blocked } = outbox
  return { delivered, blocked, problems: outbox.problems() }
}
