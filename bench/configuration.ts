import { fileURLToPath } from 'node:url'
import type { EngineConfiguration } from '../lib/core/mapping/settings.ts'
import { fromLibraryOptions, type LibraryOptions } from '../lib/settings/library-options.ts'

export const STREAM_NAME = 'orders'
export const REGION = 'us-east-1'
const FUNCTION_NAME = 'on-order'
/** `ParallelizationFactor`. */
export const LANES = 10
/** As many as the machine that the bounds were set for has processors. */
const POOL_THREADS = 2

/** What of an engine differs between the benchmarks. */
export type EngineUse = {
  /** The engine's data directory. */
  readonly directory: string
  readonly batchSize: number
  /** Module below `bench/handlers`. */
  readonly handler: 'noop' | 'witness' | 'stamp' | 'ten-ms'
  readonly startingPosition?: 'TRIM_HORIZON' | 'LATEST'
  /** A `Pattern` of `FilterCriteria`. */
  readonly filterPattern?: string
  /** `PerExecutionEnvironmentMaxConcurrency`; default 1. */
  readonly invocationsPerThread?: number
}

/** An embedded stream, ten lanes, two pool threads; everything else by default. */
export function embeddedConfiguration(use: EngineUse): EngineConfiguration {
  return configuration(use, {
    streams: {
      [STREAM_NAME]: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    },
    mappings: [{ Stream: STREAM_NAME, ...mapping(use) }],
    engine: { MaximumThreads: POOL_THREADS },
  })
}

/** A table's stream on a server; threads by default, as handlers that wait want them. */
export function tableConfiguration(
  use: EngineUse,
  table: { readonly endpoint: string; readonly name: string },
): EngineConfiguration {
  return configuration(use, {
    sources: { DynamoDB: { Endpoint: table.endpoint, Region: REGION } },
    mappings: [{ Table: table.name, ...mapping(use) }],
  })
}

const mapping = (use: EngineUse) => ({
  FunctionName: FUNCTION_NAME,
  BatchSize: use.batchSize,
  ParallelizationFactor: LANES,
  StartingPosition: use.startingPosition ?? 'TRIM_HORIZON',
  ...(use.filterPattern === undefined
    ? {}
    : { FilterCriteria: { Filters: [{ Pattern: use.filterPattern }] } }),
})

function configuration(use: EngineUse, options: LibraryOptions): EngineConfiguration {
  const functions = {
    [FUNCTION_NAME]: {
      Runtime: 'nodejs20.x',
      CodeUri: fileURLToPath(new URL('handlers/', import.meta.url)),
      Handler: `${use.handler}.handler`,
      PerExecutionEnvironmentMaxConcurrency: use.invocationsPerThread ?? 1,
    },
  }
  // No environment: what happens to be set here must not change a figure.
  const surroundings = { workingDirectory: process.cwd(), environment: {} }
  return fromLibraryOptions({ data: use.directory, functions, ...options }, surroundings)
}
