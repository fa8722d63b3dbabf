import { createHash } from 'node:crypto'
import { shardKey } from '../../core/checkpoint/shard-key.ts'
import type { ShardAddress } from '../../ports/state-store.ts'

/** LMDB takes 1978 bytes; parts that would pass it are hashed. @unit bytes */
const KEY_PART_BYTES_MAX = 400

/**
 * Key of a shard's state: JSON of its address, so that keys can be read and never meet. A part that is too long
 * stands there as `{"sha256":...}`, which no plain part can look like.
 */
export function shardStateKey(address: ShardAddress): Buffer {
  const key = Buffer.from(shardKey(address))
  if (key.length <= KEY_PART_BYTES_MAX) return key
  const { mapping, streamArn, label, shardId } = address
  return Buffer.from(JSON.stringify([mapping, streamArn, label, shardId].map(keyPart)))
}

/** Beginning of the keys of all shards of a mapping: what follows it begins with a quote or a brace. */
export function mappingKeyRange(mapping: string): { readonly start: Buffer; readonly end: Buffer } {
  const start = `[${JSON.stringify(keyPart(mapping))},`
  return { start: Buffer.from(start), end: Buffer.from(`${start}\uffff`) }
}

/** Key of a mapping's record. */
export function mappingKey(mapping: string): Buffer {
  return Buffer.from(JSON.stringify(keyPart(mapping)))
}

/** Key of a definition: those of a kind lie together, in the order of their ids. */
export function definitionKey(kind: string, id: string): Buffer {
  return Buffer.from(JSON.stringify([kind, keyPart(id)]))
}

/** Keys of all definitions of a kind. */
export function definitionKeyRange(kind: string): { readonly start: Buffer; readonly end: Buffer } {
  const start = `[${JSON.stringify(kind)},`
  return { start: Buffer.from(start), end: Buffer.from(`${start}\uffff`) }
}

function keyPart(part: string): string | { readonly sha256: string } {
  return Buffer.byteLength(JSON.stringify(part)) <= KEY_PART_BYTES_MAX
    ? part
    : { sha256: createHash('sha256').update(part).digest('hex') }
}
