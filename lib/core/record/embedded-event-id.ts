// hot path: bench/micro/segment
import type { ShardId, StreamArn } from '../ids.ts'
import { orderHash } from '../lane/lane-hash.ts'

const hexTable = (digits: number): readonly string[] =>
  Array.from({ length: 16 ** digits }, (_, value) => value.toString(16).padStart(digits, '0'))

const HEX2 = hexTable(2)
const HEX3 = hexTable(3)
/** Ordinals whose ids share a beginning: three hexadecimal digits of them. */
const BLOCK = 0x1000

function hex8(value: number): string {
  return HEX3[value >>> 20]! + HEX3[(value >>> 8) & 0xfff]! + HEX2[value & 0xff]!
}

/** One-to-one on 32 bits: neighbours look unlike, and no two collide. */
function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The first 16 digits of every `eventID` of a shard. */
export function eventIdPrefix(streamArn: StreamArn, shardId: ShardId): string {
  const name = `${streamArn}/${shardId}`
  return hex8(orderHash(name)) + hex8(orderHash(`event ${name}`))
}

/**
 * `eventID` of the records of one shard: 32 lower-case hexadecimal digits, the same at each delivery, unlike any
 * other of the shard. Neighbours share all but the last three, so that one concatenation makes each.
 * @param prefix {@link eventIdPrefix} of the shard.
 * @returns a function of the record's ordinal.
 * @source D35
 */
export function createEventIds(prefix: string): (ordinal: number) => string {
  let block = -1
  let blockPrefix = ''
  let mask = 0
  return (ordinal) => {
    const ordinalBlock = Math.floor(ordinal / BLOCK)
    if (ordinalBlock !== block) {
      block = ordinalBlock
      const low = scramble(block >>> 0)
      const high = Math.floor(block / 0x1_0000_0000)
      blockPrefix = prefix + high.toString(16).padStart(5, '0') + hex8(low)
      mask = scramble(low) & (BLOCK - 1)
    }
    return blockPrefix + HEX3[(ordinal & (BLOCK - 1)) ^ mask]!
  }
}
