import { fileURLToPath } from 'node:url'
import { sourceText } from '../../lib/core/mapping/mapping-settings.ts'
import type {
  EmbeddedStreamSettings,
  EngineConfiguration,
  MappingSettings,
  ModuleFunctionSettings,
} from '../../lib/core/mapping/settings.ts'
import { configuredMappingUuid } from '../../lib/engine/mapping-uuid.ts'

/** More are numbered apart from one another no more in the log. */
const SHARDS_MAX = 500
/** Where a table's records go, whose own name no stream may have. */
const STREAM_NAME = 'trial'
/** Discarded batches tell which records were given up: none of them may be purged. */
const FAILED_BATCH_BYTES_MAX = 1024 ** 4

/** A run of a user's function that touches nothing of theirs: not their data, not their destinations. */
export type Trial = {
  readonly configuration: EngineConfiguration
  readonly streamName: string
  readonly stream: EmbeddedStreamSettings
  readonly mapping: MappingSettings
  /** As it was configured. */
  readonly function: ModuleFunctionSettings
  /** What is not as in their configuration, for people. */
  readonly notes: readonly string[]
}

/** Why there is no trial. */
export type TrialRefusal = { readonly refused: string }

/**
 * What of a user's configuration a trial runs: one mapping and its function, on a stream of the trial's own.
 * @param options.mapping UUID of a mapping, or the name of its function or stream; without it, the first.
 * @param options.directory the trial's data directory.
 */
export function trialOf(
  given: EngineConfiguration,
  { mapping: wanted, directory }: { readonly mapping?: string; readonly directory: string },
): Trial | TrialRefusal {
  const found = given.mappings.find((mapping) => wanted === undefined || isNamed(mapping, wanted))
  if (!found) return { refused: refusalOf(given, wanted) }
  const { onFailureDestination, ...kept } = found
  const own = given.functions.get(found.functionName)
  if (own?.type !== 'module')
    return { refused: `${found.functionName} is not a function of a module` }
  const { source } = found
  const streamName = source.type === 'embedded' ? source.name : STREAM_NAME
  const configured = source.type === 'embedded' ? given.streams.get(source.name) : undefined
  const stream = limited(configured)
  const mapping: MappingSettings = {
    ...kept,
    source: { type: 'embedded', name: streamName },
    startingPosition: 'TRIM_HORIZON',
    enabled: true,
  }
  return {
    configuration: {
      ...given,
      dataDirectory: directory,
      streams: new Map([[streamName, stream]]),
      functions: new Map([[found.functionName, wrapped(own)]]),
      mappings: [mapping],
      engine: { ...given.engine, failedBatchStoreMaximumBytes: FAILED_BATCH_BYTES_MAX },
    },
    streamName,
    stream,
    mapping,
    function: own,
    notes: [
      `${found.functionName} gets records of a stream of its own, in a directory that is removed at the end`,
      ...(onFailureDestination === undefined
        ? []
        : [
            `nothing is sent to ${onFailureDestination}: failed batches are kept in that directory and counted`,
          ]),
      ...(source.type === 'embedded'
        ? []
        : [
            `${sourceText(source)} is not read: the stream has one shard, and the whole key of a record decides its order`,
          ]),
      ...((configured?.shardCount ?? 0) > SHARDS_MAX
        ? [`the stream has ${SHARDS_MAX} shards instead of ${configured!.shardCount}`]
        : []),
    ],
  }
}

function isNamed(mapping: MappingSettings, name: string): boolean {
  const { source, functionName } = mapping
  return [configuredMappingUuid(mapping), functionName, sourceText(source)].includes(name)
}

function refusalOf({ mappings }: EngineConfiguration, wanted: string | undefined): string {
  if (wanted === undefined) return 'the configuration has no mapping'
  const names = mappings.map(({ functionName }) => functionName)
  return `no mapping is called ${wanted}; there are mappings of: ${names.join(', ')}`
}

function limited(configured: EmbeddedStreamSettings | undefined): EmbeddedStreamSettings {
  const stream = configured ?? {
    shardCount: 1,
    streamViewType: 'NEW_AND_OLD_IMAGES',
    keySchema: [],
  }
  return { ...stream, shardCount: Math.min(SHARDS_MAX, stream.shardCount) }
}

/** The same place and settings, so that the function finds everything as it is used to; but the wrapper is loaded. */
function wrapped(own: ModuleFunctionSettings): ModuleFunctionSettings {
  const file = fileURLToPath(new URL('../handlers/wrapped', import.meta.url))
  return { ...own, handler: `${file}.handler` }
}
