import type { SavedState } from './history.ts'

/** D4: whether a state says that this record is settled. */
export function covers(
  { mark, generations }: SavedState,
  { sequenceNumber, lane32 }: { readonly sequenceNumber: string; readonly lane32: number },
): boolean {
  if (mark !== null && compare(sequenceNumber, mark) <= 0) return true
  return generations.some(({ factor, positions }) => {
    const position = positions[lane32 % factor]
    return typeof position === 'string' && compare(sequenceNumber, position) <= 0
  })
}

/** Sequence numbers as big integers: below 0, 0, above 0. */
export function compare(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const MASK = 0xffffffffn

/** D2 again, with big integers: FNV-1a 32 and murmur3's finaliser. */
export function hashOf(canonical: string): number {
  let hash = 0x811c9dc5n
  for (const byte of new TextEncoder().encode(canonical))
    hash = ((hash ^ BigInt(byte)) * 0x01000193n) & MASK
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & MASK
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & MASK
  return Number(hash ^ (hash >> 16n))
}
