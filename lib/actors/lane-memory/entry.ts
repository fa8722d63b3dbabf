import { CHUNK_UNITS, UNIT_BYTES } from './slab.ts'

/**
 * A record in a lane's bytes: a head of 32 bytes, then the body, padded to 8.
 * An entry that fits into one chunk never crosses its border: the rest of the chunk is skipped by a head whose
 * `bodyBytes` is {@link SKIP_REST}. A larger one begins at a chunk's start and goes on in the following chunks.
 *
 * | offset | width | what |
 * | --- | --- | --- |
 * | 0 | u32 | body, bytes |
 * | 4 | u32 | length in the serialized event, bytes |
 * | 8 | f64 | ordinal |
 * | 16 | f64 | arrival, epoch ms |
 * | 24 | u32 | shared structures that the body needs |
 */
export const ENTRY_HEAD_BYTES = 32
export const SKIP_REST = -1
/** In the ring of chunks: the rest of this chunk was never written, and the chunk is gone. */
export const CHUNK_GONE = -1

/** Units of an entry with a body of this size. */
export function entryUnits(bodyBytes: number): number {
  return (ENTRY_HEAD_BYTES + bodyBytes + UNIT_BYTES - 1) >>> 3
}

/** The start of the chunk after the one that `units` lies in. */
export function nextChunk(units: number): number {
  return (units + CHUNK_UNITS - (units & (CHUNK_UNITS - 1))) >>> 0
}
