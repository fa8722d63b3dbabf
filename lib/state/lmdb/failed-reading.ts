import {
  decodeFailedBatchFacts,
  decodeFailedBatchPayload,
  FAILED_BATCH_VERSION,
} from '../../codec/failed-batch.ts'
import { unpack } from '../../codec/message-pack.ts'
import type { FailedBatchFacts, FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import type { MappingUuid } from '../../core/ids.ts'
import type { RedriveTask } from '../../core/redrive/redrive-task.ts'
import { damaged } from '../../lmdb/environment-error.ts'
import type { OutboxEntry, StoredFailedBatch } from '../../ports/state-store.ts'
import type { StateEnvironment } from './state-environment.ts'
import { keysOf, RECORD_VERSION, readBody } from './state-reading.ts'

/** What stands in the outbox; the batch itself is in the failed-batch store. */
export type StoredOutboxEntry = { readonly destination: string; readonly bytes: number }

/** A failed batch that a redrive holds: it is not purged, and no other redrive takes it. */
export type StoredClaim = {
  readonly task: string
  readonly bytes: number
  /** The redrive ended, and only the outbox still needs the batch: it leaves with its delivery. */
  readonly settled?: true
}

/**
 * Oldest first; one payload is in memory at a time. Batches purged meanwhile are passed over, and those that were
 * redriven and only wait for their destination.
 */
export function* readFailedBatches(
  state: StateEnvironment,
  filter?: { readonly mapping?: MappingUuid },
): Iterable<StoredFailedBatch> {
  for (const key of keysOf(state, 'failed')) {
    if (readClaim(state, key)?.settled) continue
    const stored = readFailedBatch(state, key, filter?.mapping)
    if (stored !== undefined) yield stored
  }
}

/** As {@link readFailedBatches}, without the payloads. */
export function* readFailedSummaries(state: StateEnvironment): Iterable<FailedBatchSummary> {
  for (const key of keysOf(state, 'failed')) {
    const summary = readFailedSummary(state, key)
    if (summary !== undefined) yield summary
  }
}

function readFailedSummary(state: StateEnvironment, key: Buffer): FailedBatchSummary | undefined {
  const claim = readClaim(state, key)
  if (claim?.settled) return undefined
  const facts = readFacts(state, key)
  if (facts === undefined) return undefined
  const waits = () => readOutboxEntry(state, key) !== undefined
  return {
    id: key.toString('latin1'),
    facts,
    state: claim !== undefined ? 'redriving' : waits() ? 'waiting' : 'kept',
  }
}

/** Batches that a redrive holds, oldest first. */
export function* readRedriveBatches(
  state: StateEnvironment,
  task: string,
): Iterable<FailedBatchSummary> {
  for (const key of keysOf(state, 'claims')) {
    const claim = readClaim(state, key)
    if (claim?.task !== task) continue
    const summary = readFailedSummary(state, key)
    if (summary !== undefined) yield summary
  }
}

/** @returns `undefined` where there is none, or it was redriven. */
export function readKeptBatch(state: StateEnvironment, key: Buffer): StoredFailedBatch | undefined {
  return readClaim(state, key)?.settled ? undefined : readFailedBatch(state, key)
}

function readFacts(state: StateEnvironment, key: Buffer): FailedBatchFacts | undefined {
  const expected = { table: 'failed', what: 'failed batch', version: FAILED_BATCH_VERSION } as const
  const body = readBody(state, key, expected)
  return body && decodeFailedBatchFacts(body)
}

function readFailedBatch(
  state: StateEnvironment,
  key: Buffer,
  mapping?: MappingUuid,
): StoredFailedBatch | undefined {
  const facts = readFacts(state, key)
  if (facts === undefined) return undefined
  if (mapping !== undefined && facts.mapping !== mapping) return undefined
  const id = key.toString('latin1')
  const version = FAILED_BATCH_VERSION
  const what = 'payload of failed batch'
  const body = readBody(state, key, { table: 'payloads', what, version })
  if (body === undefined) throw damaged(state.directory, `failed batch ${id} has no payload`)
  return { id, failed: { ...facts, payload: decodeFailedBatchPayload(body) } }
}

/** The oldest entries of the outbox, at most `limit`. */
export function readOutbox(state: StateEnvironment, limit: number): readonly OutboxEntry[] {
  const entries: OutboxEntry[] = []
  for (const key of [...state.tables.outbox.getKeys({ limit })]) {
    const entry = readOutboxEntry(state, key)
    const stored = readFailedBatch(state, key)
    const id = key.toString('latin1')
    if (entry === undefined || stored === undefined)
      throw damaged(state.directory, `outbox entry ${id} has no failed batch`)
    entries.push({ id, destination: entry.destination, failed: stored.failed })
  }
  return entries
}

export function readOutboxEntry(
  state: StateEnvironment,
  key: Buffer,
): StoredOutboxEntry | undefined {
  const expected = { table: 'outbox', what: 'outbox entry', version: RECORD_VERSION } as const
  const body = readBody(state, key, expected)
  return body && (unpack(body) as StoredOutboxEntry)
}

/** Bytes of a failed batch that may be purged; `undefined` where it may not. */
export function readPurgeableBytes(state: StateEnvironment, key: Buffer): number | undefined {
  const expected = { table: 'purgeable', what: 'size', version: RECORD_VERSION } as const
  const body = readBody(state, key, expected)
  return body && (unpack(body) as number)
}

export function readClaim(state: StateEnvironment, key: Buffer): StoredClaim | undefined {
  const expected = {
    table: 'claims',
    what: 'claim of failed batch',
    version: RECORD_VERSION,
  } as const
  const body = readBody(state, key, expected)
  return body && (unpack(body) as StoredClaim)
}

/** Oldest first. */
export function readRedrives(state: StateEnvironment): readonly RedriveTask[] {
  const tasks: RedriveTask[] = []
  const expected = { table: 'redrives', what: 'redrive', version: RECORD_VERSION } as const
  for (const key of keysOf(state, 'redrives')) {
    const body = readBody(state, key, expected)
    if (body !== undefined) tasks.push(unpack(body) as RedriveTask)
  }
  return tasks.sort((a, b) => a.createdAt - b.createdAt)
}
