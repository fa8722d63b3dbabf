// hot path: bench/micro/segment

/** Where an FNV-1a 32 begins. Shape: unsigned 32 bits. @source D2 */
export const FNV_OFFSET_BASIS = 0x811c9dc5

const FNV_PRIME = 0x01000193

/** FNV-1a 32 of `bytes[start..end)`, going on from `hash`. @returns any 32 bits: {@link finishHash} makes them unsigned. */
export function fnv1a(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let mixed = hash
  for (let i = start; i < end; i++) mixed = Math.imul(mixed ^ bytes[i]!, FNV_PRIME)
  return mixed
}

/** murmur3's finaliser: FNV-1a alone leaves the low bits of short keys alike. @returns unsigned 32 bits. @source D2 */
export function finishHash(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/**
 * What order is kept by: equal for records of one partition key.
 *
 * @param canonical The canonical order key (type letter, `:`, value), as text or as its UTF-8 bytes: both give one hash.
 *   A lone surrogate counts as U+FFFD, as in every UTF-8 encoder.
 * @returns unsigned 32 bits, the low and the high ones both usable.
 * @source D2
 */
export function orderHash(canonical: string | Uint8Array): number {
  return finishHash(
    typeof canonical === 'string'
      ? fnv1aOfText(canonical)
      : fnv1a(FNV_OFFSET_BASIS, canonical, 0, canonical.length),
  )
}

/** The lane of a record: 0-based, below `factor`. @param factor `ParallelizationFactor`, 1..10. @source D2 */
export function laneOf(hash: number, factor: number): number {
  return hash % factor
}

/** Keys are ASCII nearly always: that path reads characters; the first other one leaves it. */
function fnv1aOfText(text: string): number {
  let hash = FNV_OFFSET_BASIS
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) {
      const rest = new TextEncoder().encode(text.slice(i))
      return fnv1a(hash, rest, 0, rest.length)
    }
    hash = Math.imul(hash ^ code, FNV_PRIME)
  }
  return hash
}
