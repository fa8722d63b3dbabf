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
import type { Definition, DefinitionKind } from '../../ports/definition-store.ts'
import type { MappingRecord } from '../../ports/state-store.ts'
import type { TableName } from './layout.ts'
import { bodyOf, type StateEnvironment } from './state-environment.ts'
import { definitionKeyRange, mappingKey, mappingKeyRange } from './state-keys.ts'

/** Version byte of values that are plain MessagePack maps. */
export const RECORD_VERSION = 1
export const TOTALS_KEY = Buffer.from('failed-totals')
/** Keys read at a time: a cursor that stays open between them would pin old pages. */
const KEYS_PER_READ = 100

/** Totals with what is needed to go on: ids are never given twice. */
export type StoredTotals = FailedBatchTotals & { readonly lastId?: string }

type Expected = { readonly table: TableName; readonly what: string; readonly version: number }

/** Verified body of one entry, or `undefined` where there is none. */
export function readBody(
  state: StateEnvironment,
  key: Buffer,
  expected: Expected,
): Buffer | undefined {
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
  const body = readBody(state, key, expected)
  return body && (unpack(body) as MappingRecord)
}

/** In the order of their ids. */
export function readDefinitions(
  state: StateEnvironment,
  kind: DefinitionKind,
): readonly Definition[] {
  const { directory } = state
  const expected = { version: RECORD_VERSION, what: 'definition', directory }
  const range = state.tables.definitions.getRange(definitionKeyRange(kind))
  return Array.from(range, ({ key, value }) => unpack(bodyOf(value, key, expected)) as Definition)
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
