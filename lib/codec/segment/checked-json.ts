import { crc32 } from 'node:zlib'

const HEADER_BYTES = 5

/** JSON behind a version byte and a CRC-32: small facts at rest. */
export function encodeCheckedJson(version: number, value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value))
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + body.length)
  bytes.writeUInt8(version, 0)
  bytes.writeUInt32LE(crc32(body), 1)
  body.copy(bytes, HEADER_BYTES)
  return bytes
}

/** What was encoded, or why it cannot be read. */
export type CheckedJson =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'version'; readonly version: number }
  | { readonly type: 'damaged' }

/** Reads what {@link encodeCheckedJson} wrote with `version`. */
export function decodeCheckedJson(version: number, bytes: Buffer): CheckedJson {
  if (bytes.length < HEADER_BYTES) return { type: 'damaged' }
  if (bytes[0] !== version) return { type: 'version', version: bytes[0]! }
  const body = bytes.subarray(HEADER_BYTES)
  if (crc32(body) !== bytes.readUInt32LE(1)) return { type: 'damaged' }
  return { type: 'value', value: JSON.parse(body.toString()) }
}
