import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
/** The stream of a scenario's project. */
export const STREAM = 'orders'
/** Files of its folder: what the handler writes down, and where discarded batches go. */
export const JOURNAL = 'journal.ndjson'
export const FAILED = 'failed.ndjson'

/** What a handler does to a record with this word in it: test/fixtures/handlers/journal.mjs. */
export type Poison = 'throw' | 'exit' | 'kill' | 'late' | 'block' | 'hang'

export type Scenario = {
  readonly name: string
  /** At least; times `MILLRACE_TEST_RUNS`. */
  readonly kills: number
  readonly records: number
  readonly keys: number
  readonly shards?: number
  readonly factor?: number
  readonly batchSize: number
  readonly retries: number
  readonly bisect?: boolean
  readonly partial?: boolean
  /** One record in so many is poison, of one of these kinds. */
  readonly poison?: { readonly every: number; readonly kinds: readonly Poison[] }
  readonly delayMs?: number
  readonly concurrency?: number
  /** Discarded batches go to a file. */
  readonly destination?: boolean
  /** Records are put while the engine runs, not before. */
  readonly putWhileRunning?: boolean
  /** Shards split and close while records are put. Takes `putWhileRunning`, and more than one shard. */
  readonly splitting?: boolean
  /** The mapping is the program's own, and its settings change all the time. */
  readonly changing?: boolean
}

/** What `millrace.json` says. @param directory the folder of the project. */
export function scenarioConfiguration(scenario: Scenario, directory: string) {
  const { factor = 10, shards = 1, batchSize, retries, bisect, partial, concurrency } = scenario
  return {
    Streams: {
      [STREAM]: {
        ShardCount: shards,
        StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
      },
    },
    Functions: {
      journal: {
        Runtime: 'nodejs20.x',
        CodeUri: HANDLERS,
        Handler: 'journal.handler',
        Timeout: 1,
        Environment: {
          Variables: {
            JOURNAL: join(directory, JOURNAL),
            DELAY_MS: String(scenario.delayMs ?? 5),
            PARTIAL: partial ? 'yes' : 'no',
          },
        },
        ...(concurrency ? { PerExecutionEnvironmentMaxConcurrency: concurrency } : {}),
      },
    },
    Mappings: [
      {
        Stream: STREAM,
        FunctionName: 'journal',
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: batchSize,
        ParallelizationFactor: factor,
        MaximumRetryAttempts: retries,
        BisectBatchOnFunctionError: bisect ?? false,
        ...(partial ? { FunctionResponseTypes: ['ReportBatchItemFailures'] } : {}),
        ...(scenario.destination
          ? {
              DestinationConfig: {
                OnFailure: { Destination: `file:${join(directory, FAILED)}` },
              },
            }
          : {}),
      },
    ],
    Engine: { MaximumThreads: 3, RetryBackoff: { Base: '10ms', Maximum: '100ms' } },
  }
}

/** A record, as it is put, and its key. */
export type MadeRecord = { readonly key: string; readonly line: object }

/** The records of a scenario, some of them poison. */
export function makeRecords(scenario: Scenario, random: () => number): readonly MadeRecord[] {
  const { records, keys, poison } = scenario
  return Array.from({ length: records }, (_, n) => {
    const key = `key-${Math.floor(random() * keys)}`
    const kind =
      poison && random() < 1 / poison.every
        ? poison.kinds[Math.floor(random() * poison.kinds.length)]
        : undefined
    const image = {
      id: { S: key },
      n: { N: String(n) },
      text: { S: 'x'.repeat(Math.floor(random() * 300)) },
      ...(kind ? { poison: { S: kind } } : {}),
    }
    const line = { eventName: 'INSERT', dynamodb: { Keys: { id: { S: key } }, NewImage: image } }
    return { key, line }
  })
}

/** Numbers of the records in a payload. */
export function numbersOf(payload: string): readonly number[] {
  const { Records } = JSON.parse(payload) as {
    Records: readonly { dynamodb: { NewImage: { n: { N: string } } } }[]
  }
  return Records.map(({ dynamodb }) => Number(dynamodb.NewImage.n.N))
}
