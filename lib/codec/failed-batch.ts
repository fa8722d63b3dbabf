import type { FailedBatch } from '../core/destination/failed-batch.ts'
import { pack, unpack } from './message-pack.ts'

export const FAILED_BATCH_VERSION = 1

/** A failed batch in two parts: lists are read without the payloads, which may be 6 MB each and more. */
export type EncodedFailedBatch = { readonly facts: Buffer; readonly payload: Buffer }

/** The payload stays whole, as UTF-8. */
export function encodeFailedBatch(failed: FailedBatch): EncodedFailedBatch {
  const { payload, ...facts } = failed
  return { facts: pack(facts), payload: Buffer.from(payload, 'utf8') }
}

/** Everything of a failed batch but its payload. The caller has verified checksum and version. */
export function decodeFailedBatchFacts(facts: Uint8Array): Omit<FailedBatch, 'payload'> {
  return unpack(facts) as Omit<FailedBatch, 'payload'>
}

/** The payload that {@link encodeFailedBatch} wrote. */
export function decodeFailedBatchPayload(payload: Buffer): string {
  return payload.toString('utf8')
}
