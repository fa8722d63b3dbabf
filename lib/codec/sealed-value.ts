import { crc32 } from 'node:zlib'

/** Version byte, then the CRC-32 of key, version and body, little endian. @unit bytes */
const SEAL_BYTES = 5

/** What stood under a key: a body that is as it was written, or why it cannot be believed. */
export type Unsealed =
  | { readonly type: 'body'; readonly version: number; readonly body: Buffer }
  | { readonly type: 'damaged'; readonly reason: string }

/**
 * A stored value: version byte, CRC-32, body. The checksum covers the key as well, so a value that turns up under
 * another key is found too. Copies `body`.
 * @source design §4, reliability §3
 */
export function seal(key: Uint8Array, version: number, body: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(SEAL_BYTES + body.length)
  sealed[0] = version
  sealed.set(body, SEAL_BYTES)
  sealed.writeUInt32LE(checksum(key, sealed), 1)
  return sealed
}

/** Opens what {@link seal} made. Never throws, whatever the bytes are. `body` is a view of `sealed`. */
export function unseal(key: Uint8Array, sealed: Buffer): Unsealed {
  if (sealed.length < SEAL_BYTES)
    return { type: 'damaged', reason: `${sealed.length} bytes are too few` }
  if (sealed.readUInt32LE(1) !== checksum(key, sealed))
    return { type: 'damaged', reason: 'the checksum differs' }
  return { type: 'body', version: sealed[0]!, body: sealed.subarray(SEAL_BYTES) }
}

function checksum(key: Uint8Array, sealed: Buffer): number {
  const start = crc32(sealed.subarray(0, 1), crc32(key))
  return crc32(sealed.subarray(SEAL_BYTES), start)
}
