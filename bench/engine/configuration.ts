import { fileURLToPath } from 'node:url'
import type { EngineConfiguration } from '../../lib/core/mapping/settings.ts'
import { fromLibraryOptions, type LibraryOptions } from '../../lib/settings/library-options.ts'
import type { Behaviour } from '../handlers/behaviour.ts'

export const STREAM_NAME = 'orders'
export const REGION = 'us-east-1'
const FUNCTION_NAME = 'on-order'
/** `ParallelizationFactor`, where a benchmark does not say another. */
export const LANES = 10
/** As many as the machine that the bounds were set for has processors. */
const POOL_THREADS = 2

/** What of an engine differs between the benchmarks. */
export type EngineUse = {
  /** The engine's data directory. */
  readonly directory: string
  readonly batchSize: number
  /** What the handler does with a batch, besides writing it down. */
  readonly behaviour?: Behaviour
  /** `ParallelizationFactor`; default {@link LANES}. */
  readonly lanes?: number
  /** `MaximumThreads`; default 2 for embedded streams, the engine's own for tables. */
  readonly threads?: number
  /** `ShardCount` of the embedded stream; default 1. */
  readonly shards?: number
  /** `PerExecutionEnvironmentMaxConcurrency`; default 1. */
  readonly invocationsPerThread?: number
  /** `Timeout` of the function; default 3. @unit s */
  readonly timeoutSeconds?: number
  /** Further settings of the mapping, by the API's names; they go before those above. */
  readonly mapping?: Readonly<Record<string, unknown>>
  /** Further settings of the engine. */
  readonly engine?: NonNullable<LibraryOptions['engine']>
}

/** An embedded stream and one mapping; what is not said is as by default. */
export const embeddedConfiguration = (use: EngineUse): EngineConfiguration =>
  toConfiguration(embeddedOptions(use))

/** {@link embeddedConfiguration} as a program would write it: plain data. */
export function embeddedOptions(use: EngineUse): LibraryOptions {
  return withFunction(use, {
    streams: {
      [STREAM_NAME]: streamOptions(use.shards),
    },
    mappings: [{ Stream: STREAM_NAME, ...mapping(use) }],
    engine: { MaximumThreads: use.threads ?? POOL_THREADS, ...use.engine },
  })
}

/** A function, and streams that are there already: mappings are made while it runs, see {@link mappingRequest}. */
export function functionConfiguration(use: Omit<EngineUse, 'batchSize'>): EngineConfiguration {
  const engine = { MaximumThreads: use.threads ?? POOL_THREADS, ...use.engine }
  return toConfiguration(withFunction(use, { engine }))
}

/** What a program creates a mapping of an embedded stream from. */
export const mappingRequest = (
  streamArn: string,
  use: Pick<EngineUse, 'batchSize' | 'lanes' | 'mapping'>,
) => ({ EventSourceArn: streamArn, ...mapping(use) })

/** A table's stream on a server; threads by default, as handlers that wait want them. */
export function tableConfiguration(
  use: EngineUse,
  table: { readonly endpoint: string; readonly name: string },
): EngineConfiguration {
  const options = withFunction(use, {
    sources: { DynamoDB: { Endpoint: table.endpoint, Region: REGION } },
    mappings: [{ Table: table.name, ...mapping(use) }],
    engine: { ...(use.threads ? { MaximumThreads: use.threads } : {}), ...use.engine },
  })
  return toConfiguration(options)
}

const mapping = (use: Pick<EngineUse, 'batchSize' | 'lanes' | 'mapping'>) => ({
  FunctionName: FUNCTION_NAME,
  BatchSize: use.batchSize,
  ParallelizationFactor: use.lanes ?? LANES,
  StartingPosition: 'TRIM_HORIZON' as const,
  ...use.mapping,
})

const withFunction = (
  use: Omit<EngineUse, 'batchSize'>,
  options: LibraryOptions,
): LibraryOptions => ({
  data: use.directory,
  functions: { [FUNCTION_NAME]: loggedFunction(use) },
  ...options,
})

/** A stream of generated records: ordered by `pk`. */
export const streamOptions = (shards = 1) => ({
  ShardCount: shards,
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
})

/** The handler of the suite, which does as it is told. */
export const loggedFunction = ({
  behaviour = {},
  invocationsPerThread = 1,
  timeoutSeconds,
}: Pick<EngineUse, 'behaviour' | 'invocationsPerThread' | 'timeoutSeconds'>) => ({
  Runtime: 'nodejs20.x' as const,
  CodeUri: fileURLToPath(new URL('../handlers/', import.meta.url)),
  Handler: 'logged.handler',
  PerExecutionEnvironmentMaxConcurrency: invocationsPerThread,
  ...(timeoutSeconds ? { Timeout: timeoutSeconds } : {}),
  Environment: { Variables: { BEHAVIOUR: JSON.stringify(behaviour) } },
})

/** No environment: what happens to be set here must not change a figure. */
export const toConfiguration = (options: LibraryOptions): EngineConfiguration =>
  fromLibraryOptions(options, { workingDirectory: process.cwd(), environment: {} })
