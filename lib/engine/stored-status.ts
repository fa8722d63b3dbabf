import type { ShardState } from '../core/checkpoint/shard-state.ts'
import { MillraceError } from '../core/errors.ts'
import type {
  MappingExplanation,
  ShardCondition,
  ShardExplanation,
} from '../core/explanation/explanation.ts'
import { explainStoredShard, type ShardExtent } from '../core/explanation/stored-shard.ts'
import type { MappingUuid, ShardId } from '../core/ids.ts'
import { addCounts, type LedgerCounts, NO_COUNTS } from '../core/ledger/ledger.ts'
import { sourceText } from '../core/mapping/mapping-settings.ts'
import type { EngineConfiguration, MappingSettings } from '../core/mapping/settings.ts'
import { maybeOrdinal } from '../core/record/embedded-sequence.ts'
import { configuredMappingUuid } from './mapping-uuid.ts'
import { storedDefinitions } from './mappings/mapping-definitions.ts'
import { type MappingRecord, type OwnerView, openStateView, type StateView } from './state-view.ts'
import { listStreams, type StreamListing } from './stream-view.ts'

/** What a data directory tells of its mappings. */
export type StoredStatus = {
  readonly directory: string
  readonly owner: OwnerView
  /** Those that have run, those of the configuration, and those that were made over the API. */
  readonly mappings: readonly MappingExplanation[]
  /** Reports that wait for their destination. */
  readonly outboxCount: number
}

/** A shard that nothing was saved of. */
const UNTOUCHED: ShardState = {
  mark: null,
  generations: [],
  stacks: {},
  counts: NO_COUNTS,
  start: { type: 'trim-horizon' },
  finished: false,
}

/**
 * Explains the mappings of a data directory from their last checkpoints, whoever owns it. Writes nothing, owns nothing.
 *
 * @param uuid Only this mapping.
 * @param now Wall clock, epoch ms.
 * @throws MillraceError MILLRACE_MAPPING_UNKNOWN, MILLRACE_DATA_ABSENT, MILLRACE_DATA_DAMAGED, MILLRACE_DATA_VERSION,
 *   MILLRACE_DATA_UNWRITABLE
 */
export async function readStatus(
  configuration: EngineConfiguration,
  uuid: string | undefined,
  now: number,
): Promise<StoredStatus> {
  const { dataDirectory: directory } = configuration
  const view = await openStateView(directory)
  try {
    const { owner, outboxCount } = view
    const condition = owner.state === 'running' ? 'saved' : 'stopped'
    const defined = new Map([
      ...configuration.mappings.map(
        (settings) => [configuredMappingUuid(settings), settings] as const,
      ),
      ...storedDefinitions(view, configuration).map(
        ({ uuid: id, settings }) => [id, settings] as const,
      ),
    ])
    const records = view.mappings().map((record) => ({ record, stored: view.shards(record.uuid) }))
    // Streams are looked at after positions: what is behind is never too little.
    const streams = await listStreams(configuration)
    const ground = { configuration, condition, now, streams } as const
    const ran = records.map((one) => explainRun(one, defined.get(one.record.uuid), ground))
    const hasRun = new Set(records.map(({ record }) => record.uuid))
    const others = [...defined].filter(([id]) => !hasRun.has(id)).map(explainUnrun)
    const mappings = chosen([...ran, ...others], uuid)
    return { directory, owner, mappings, outboxCount }
  } finally {
    await view.close()
  }
}

function chosen(all: readonly MappingExplanation[], uuid: string | undefined) {
  if (uuid === undefined) return all
  const found = all.filter((mapping) => mapping.uuid === uuid)
  if (found.length > 0) return found
  const known = all.map((mapping) => mapping.uuid).join(', ') || 'none'
  throw MillraceError.of('MILLRACE_MAPPING_UNKNOWN', { mapping: uuid, known })
}

type Ground = {
  readonly configuration: EngineConfiguration
  readonly streams: readonly StreamListing[]
  readonly condition: ShardCondition
  readonly now: number
}

type Run = { readonly record: MappingRecord; readonly stored: ReturnType<StateView['shards']> }

function explainRun(
  { record, stored }: Run,
  settings: MappingSettings | undefined,
  ground: Ground,
): MappingExplanation {
  const { uuid, streams: read } = record
  let ledger: LedgerCounts = NO_COUNTS
  for (const { state } of stored) ledger = addCounts(ledger, state.counts)
  const shards = stored.map(({ address, state }) => explain(address, state, ground))
  const eventSource = read.at(-1)?.streamArn ?? ''
  const isStored = new Set(stored.map(({ address }) => address.shardId))
  const untouched = (streamOf(eventSource, ground)?.shards ?? [])
    .filter(({ shardId }) => !isStored.has(shardId))
    .map(({ shardId }) => explain({ streamArn: eventSource, shardId }, UNTOUCHED, ground))
  const asOf = 'last-checkpoint'
  const all = [...shards, ...untouched]
  return { uuid, eventSource, ...definedFacts(settings), asOf, ledger, shards: all }
}

function explain(
  { streamArn, shardId }: { readonly streamArn: string; readonly shardId: ShardId },
  state: ShardState,
  ground: Ground,
): ShardExplanation {
  const { condition, now, configuration } = ground
  const extent = extentOf(streamOf(streamArn, ground), shardId)
  const graceMs = configuration.engine.tumblingWindowGraceMs
  return explainStoredShard({ shardId, streamArn, state, condition, extent, graceMs, now })
}

function streamOf(streamArn: string, { streams }: Ground): StreamListing | undefined {
  return streams.find((stream) => stream.streamArn === streamArn)
}

function extentOf(stream: StreamListing | undefined, shardId: ShardId): ShardExtent | undefined {
  const shard = stream?.shards.find((one) => one.shardId === shardId)
  if (!shard?.startingSequenceNumber) return undefined
  const first = maybeOrdinal(shard.startingSequenceNumber)
  if (first === undefined) return undefined
  return { trimmedThrough: first - 1, lastOrdinal: first - 1 + shard.recordCount }
}

/** A mapping that nothing was saved of. */
function explainUnrun([uuid, settings]: readonly [MappingUuid, MappingSettings]) {
  const eventSource = sourceText(settings.source)
  const asOf = 'last-checkpoint' as const
  return { uuid, eventSource, ...definedFacts(settings), asOf, ledger: NO_COUNTS, shards: [] }
}

function definedFacts(settings: MappingSettings | undefined) {
  if (!settings) return {}
  const { functionName, functionQualifier, enabled } = settings
  const qualifier = functionQualifier ? `:${functionQualifier}` : ''
  const state = enabled ? ('Enabled' as const) : ('Disabled' as const)
  return { functionName: `${functionName}${qualifier}`, state }
}
