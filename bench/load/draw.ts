// hot path: bench/micro/segment

const GOLDEN = 0x9e3779b9

/**
 * A number that looks random and is the same for ever: what is drawn for `index` does not depend on what was drawn
 * before. The engine's own hashes are not used here, so that no benchmark repeats a mistake of theirs.
 * @returns unsigned 32 bits.
 */
export function draw(seed: number, index: number): number {
  let mixed = Math.imul(index ^ Math.imul(seed, GOLDEN), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** {@link draw} as a share. @returns 0 to 1, excluded. */
export const drawShare = (seed: number, index: number): number => draw(seed, index) / 2 ** 32
