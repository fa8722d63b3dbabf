import {
  decodeFailedBatchFacts,
  decodeFailedBatchPayload,
  FAILED_BATCH_VERSION,
} from '../../codec/failed-batch.ts'
import { unpack } from '../../codec/message-pack.ts'
import {
  type AddressedShardState,
  decodeShardState,
  SHARD_STATE_VERSION,
} from '../../codec/shard-state.ts'
import { shardKey } from '../../core/checkpoint/shard-key.ts'
import type { FailedBatchTotals } from '../../core/destination/failed-batch.ts'
import type { MappingUuid } from '../../core/ids.ts'
import { damaged } from '../../lmdb/environment-error.ts'
import type { MappingRecord, OutboxEntry, StoredFailedBatch } from '../../ports/state-store.ts'
import type { TableName } from './layout.ts'
import { bodyOf, type StateEnvironment } from './state-environment.ts'
import { mappingKey, mappingKeyRange } from './state-keys.ts'

/** Version byte of values that are plain MessagePack maps. */
export const RECORD_VERSION = 1
export const TOTALS_KEY = Buffer.from('failed-totals')
/** Keys read at a time: a cursor that stays open between them would pin old pages. */
const KEYS_PER_READ = 100

/** Totals with what is needed to go on: ids are never given twice. */
export type StoredTotals = FailedBatchTotals & { readonly lastId?: string }

/** What stands in the outbox; the batch itself is in the failed-batch store. */
export type StoredOutboxEntry = { readonly destination: string; readonly bytes: number }

type Expected = { readonly table: TableName; readonly what: string; readonly version: number }

/** Verified body of one entry, or `undefined` where there is none. */
function read(state: StateEnvironment, key: Buffer, expected: Expected): Buffer | undefined {
  const sealed = state.tables[expected.table].getBinary(key)
  const { version, what } = expected
  return sealed && bodyOf(sealed, key, { version, what, directory: state.directory })
}

export function readShards(
  state: StateEnvironment,
  mapping: MappingUuid,
): ReadonlyMap<string, AddressedShardState> {
  const shards = new Map<string, AddressedShardState>()
  const expected = {
    version: SHARD_STATE_VERSION,
    what: 'shard state',
    directory: state.directory,
  }
  for (const { key, value } of state.tables.shards.getRange(mappingKeyRange(mapping))) {
    const shard = decodeShardState(bodyOf(value, key, expected))
    shards.set(shardKey(shard.address), shard)
  }
  return shards
}

export function readMapping(
  state: StateEnvironment,
  mapping: MappingUuid,
): MappingRecord | undefined {
  return mappingUnder(state, mappingKey(mapping))
}

/** All mappings that have a record, in no order. */
export function* readMappings(state: StateEnvironment): Iterable<MappingRecord> {
  for (const key of keysOf(state, 'mappings')) {
    const record = mappingUnder(state, key)
    if (record !== undefined) yield record
  }
}

function mappingUnder(state: StateEnvironment, key: Buffer): MappingRecord | undefined {
  const expected = { table: 'mappings', what: 'mapping', version: RECORD_VERSION } as const
  const body = read(state, key, expected)
  return body && (unpack(body) as MappingRecord)
}

/** Oldest first; one payload is in memory at a time. Batches purged meanwhile are passed over. */
export function* readFailedBatches(
  state: StateEnvironment,
  filter?: { readonly mapping?: MappingUuid },
): Iterable<StoredFailedBatch> {
  for (const key of keysOf(state, 'failed')) {
    const stored = readFailedBatch(state, key, filter?.mapping)
    if (stored !== undefined) yield stored
  }
}

function readFailedBatch(
  state: StateEnvironment,
  key: Buffer,
  mapping?: MappingUuid,
): StoredFailedBatch | undefined {
  const version = FAILED_BATCH_VERSION
  const factsBody = read(state, key, { table: 'failed', what: 'failed batch', version })
  if (factsBody === undefined) return undefined
  const facts = decodeFailedBatchFacts(factsBody)
  if (mapping !== undefined && facts.mapping !== mapping) return undefined
  const id = key.toString('latin1')
  const body = read(state, key, { table: 'payloads', what: 'payload of failed batch', version })
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
  const body = read(state, key, expected)
  return body && (unpack(body) as StoredOutboxEntry)
}

/** Bytes of a failed batch that may be purged. */
export function readPurgeableBytes(state: StateEnvironment, key: Buffer): number {
  const body = read(state, key, { table: 'purgeable', what: 'size', version: RECORD_VERSION })
  return body === undefined ? 0 : (unpack(body) as number)
}

export function readTotals(state: StateEnvironment): StoredTotals {
  const sealed = state.meta.getBinary(TOTALS_KEY)
  if (sealed === undefined) return { count: 0, bytes: 0, purgedCount: 0 }
  const expected = { version: RECORD_VERSION, what: 'totals', directory: state.directory }
  return unpack(bodyOf(sealed, TOTALS_KEY, expected)) as StoredTotals
}

/** Keys in order. Read in portions, so a consumer may take its time. */
export function* keysOf(state: StateEnvironment, table: TableName): Iterable<Buffer> {
  let after: Buffer | undefined
  while (true) {
    const range = after === undefined ? {} : { start: after, exclusiveStart: true }
    const keys = [...state.tables[table].getKeys({ ...range, limit: KEYS_PER_READ })]
    const last = keys.at(-1)
    if (last === undefined) return
    if (after !== undefined && Buffer.compare(after, last) >= 0)
      throw damaged(state.directory, `the keys of ${table} are out of order`)
    yield* keys
    after = last
  }
}
