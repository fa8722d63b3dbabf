// hot path: once for each record.
import { FNV_OFFSET_BASIS, finishHash, fnv1a, orderHash } from '../../core/lane/lane-hash.ts'
import { canonicalOrderKey, type KeyAttribute } from '../../core/lane/order-key.ts'
import type { JsonCursor } from './json-cursor.ts'
import { type JsonName, jsonName } from './json-name.ts'

const TYPE_S = jsonName('S')
const TYPE_N = jsonName('N')
const TYPE_B = jsonName('B')
const HASH_OF_S = fnv1a(FNV_OFFSET_BASIS, Buffer.from('S:'), 0, 2)
const HASH_OF_N = fnv1a(FNV_OFFSET_BASIS, Buffer.from('N:'), 0, 2)
const HASH_OF_B = fnv1a(FNV_OFFSET_BASIS, Buffer.from('B:'), 0, 2)

/**
 * Passes a record's `Keys`.
 *
 * @param partitionKey HASH attribute of the stream's schema; absent: order is kept by the whole `Keys`.
 * @returns The order hash.
 * @throws MalformedJsonError
 * @source D2
 */
export function scanOrderHash(cursor: JsonCursor, partitionKey: JsonName | undefined): number {
  const start = cursor.startOfValue()
  let hash: number | undefined
  if (cursor.enterObject()) {
    do {
      cursor.readName()
      if (partitionKey && cursor.textIs(partitionKey)) hash = scanPartitionKey(cursor)
      else cursor.skipValue()
    } while (cursor.nextMember())
  }
  return hash ?? hashOfKeys(cursor.bytes.toString('utf8', start, cursor.at), partitionKey)
}

/** @returns the hash of `<type letter>:<value>`, or undefined where the value is not as plain as that. */
function scanPartitionKey(cursor: JsonCursor): number | undefined {
  const start = cursor.startOfValue()
  if (!cursor.enterObject()) return undefined
  cursor.readName()
  const prefixHash = cursor.textIs(TYPE_S)
    ? HASH_OF_S
    : cursor.textIs(TYPE_N)
      ? HASH_OF_N
      : cursor.textIs(TYPE_B)
        ? HASH_OF_B
        : undefined
  if (prefixHash !== undefined && cursor.valueAhead() === 'string') {
    cursor.readString()
    const { textStart, textEnd, textEscaped } = cursor
    if (!textEscaped && !cursor.nextMember()) {
      return finishHash(fnv1a(prefixHash, cursor.bytes, textStart, textEnd))
    }
  }
  cursor.at = start
  cursor.skipValue()
  return undefined
}

/** The slow way: escapes in the key, or no schema. */
function hashOfKeys(text: string, partitionKey: JsonName | undefined): number {
  const keys = JSON.parse(text) as Record<string, KeyAttribute>
  return orderHash(canonicalOrderKey(keys, partitionKey?.text))
}
