import { cpSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { LibraryOptions } from '../../lib/settings/library-options.ts'
import type { Expectation } from '../audit/check-log.ts'
import { AuditFailure, type LedgerExpectation } from '../audit/run-audit.ts'
import type { Behaviour } from '../handlers/behaviour.ts'
import {
  appendRecords,
  type Backlog,
  openStreams,
  STREAM_SETTINGS,
  writeBacklog,
} from '../load/backlog.ts'
import { partitionKeyOf, Workload } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import { embeddedOptions, loggedFunction, streamOptions } from './configuration.ts'
import { live } from './life.ts'

const BATCH_SIZE = 100
const LOG_NAME = 'handlers.log'

/** Of one run: below it are positions, failed batches and what the handlers wrote down. */
export const logIn = (stateDirectory: string): string => join(stateDirectory, LOG_NAME)

/** What an engine finds when it starts, and what its handlers must then have seen. */
export type Scenario = {
  /** For one life. */
  options(behaviour: Behaviour): LibraryOptions
  readonly expected: Expectation
  readonly ledger: LedgerExpectation
  /** State of the lives before, with their log; none: the first life. */
  readonly before?: string
  /** That the store must hold. Default: 0. */
  readonly failedBatches?: number
}

/** A directory of state for a run, as the lives before have left it. */
export function stateOf({ before }: Scenario, parent: string): string {
  const directory = mkdtempSync(join(parent, 'life-'))
  if (before !== undefined) cpSync(before, directory, { recursive: true })
  return directory
}

/** Records that nothing was read of. */
export function unreadBacklog(backlog: Backlog): Scenario {
  const { directory, recordCount, workload } = backlog
  return {
    options: (behaviour) => embeddedOptions({ directory, batchSize: BATCH_SIZE, behaviour }),
    expected: { recordCount, keyNumberOf: (index) => workload.keyNumberOf(index) },
    ledger: { delivered: recordCount },
  }
}

/** An engine before this one gave up a batch for each of the first records; others came since. */
export async function failedBatches(
  { scratch, seed, signal }: BenchmarkContext,
  counts: { readonly failed: number; readonly unread: number },
): Promise<Scenario> {
  const workload = new Workload({ seed })
  const { directory } = await writeBacklog(scratch, counts.failed, { workload })
  const before = mkdtempSync(join(scratch, 'life-'))
  const giveUp = embeddedOptions({
    directory,
    batchSize: 1,
    behaviour: { failingShare: 1, logFile: logIn(before) },
    mapping: { MaximumRetryAttempts: 0 },
  })
  const { report } = await live({ options: giveUp, stateDirectory: before }, signal)
  if (report?.failedBatches !== counts.failed)
    throw new AuditFailure(`${report?.failedBatches} of ${counts.failed} failed batches are kept`)
  const recordCount = counts.failed + counts.unread
  await appendRecords({ directory }, { from: counts.failed, to: recordCount }, { workload })
  const discarded = new Set(Array.from({ length: counts.failed }, (_, record) => record))
  return {
    ...unreadBacklog({ directory, recordCount, workload }),
    expected: { recordCount, keyNumberOf: (index) => workload.keyNumberOf(index), discarded },
    ledger: { delivered: counts.unread, discarded: counts.failed },
    before,
    failedBatches: counts.failed,
  }
}

/** Mappings of a scenario: each stream has as many as there are functions. */
export type MappingCounts = {
  readonly streams: number
  readonly functions: number
  /** For each mapping, more or less. */
  readonly records: number
}

/** Many mappings, each of which lets the records of one key pass: every record has one that delivers it. */
export async function manyMappings(
  { scratch, seed }: BenchmarkContext,
  counts: MappingCounts,
): Promise<Scenario> {
  const keys = counts.streams * counts.functions
  const recordCount = keys * counts.records
  const workload = new Workload({ seed, keys })
  const streamOf = (key: number) => key % counts.streams
  const byStream = Array.from({ length: counts.streams }, (): unknown[] => [])
  for (let index = 0; index < recordCount; index++)
    byStream[streamOf(workload.keyNumberOf(index))]!.push(workload.record(index))
  const directory = mkdtempSync(join(scratch, 'backlog-'))
  const streams = await openStreams(directory)
  for (const [number, records] of byStream.entries()) {
    const stream = await streams.ensure(nameOf(number), STREAM_SETTINGS)
    for (let first = 0; first < records.length; first += PUT_RECORDS)
      await stream.put(records.slice(first, first + PUT_RECORDS))
  }
  await streams.close()
  const mappings = Array.from({ length: keys }, (_, key) => ({
    Stream: nameOf(streamOf(key)),
    FunctionName: `function-${Math.floor(key / counts.streams)}`,
    StartingPosition: 'TRIM_HORIZON' as const,
    BatchSize: BATCH_SIZE,
    FilterCriteria: { Filters: [{ Pattern: patternOf(partitionKeyOf(key)) }] },
  }))
  const functionNames = [...new Set(mappings.map(({ FunctionName }) => FunctionName))]
  return {
    options: (behaviour) => ({
      data: directory,
      streams: Object.fromEntries(byStream.map((_, number) => [nameOf(number), streamOptions()])),
      functions: Object.fromEntries(
        functionNames.map((name) => [name, loggedFunction({ behaviour })]),
      ),
      mappings,
    }),
    expected: { recordCount, keyNumberOf: (index) => workload.keyNumberOf(index) },
    // Each mapping reads its whole stream.
    ledger: { delivered: recordCount, filtered: recordCount * (counts.functions - 1) },
  }
}

const PUT_RECORDS = 500
const nameOf = (stream: number): string => `orders-${stream}`
const patternOf = (key: string): string =>
  JSON.stringify({ dynamodb: { Keys: { pk: { S: [key] } } } })
