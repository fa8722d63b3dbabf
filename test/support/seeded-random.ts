/** Numbers 0 <= value < 1 that are the same for the same seed (mulberry32). */
export function seededFraction(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The seed of a random test: `MILLRACE_TEST_SEED`, or a new one. Print it, so that a failure can be replayed. */
export function testSeed(): number {
  return Number(process.env['MILLRACE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
}

/** So many runs of a random test, times `MILLRACE_TEST_RUNS`. */
export function testRuns(runs: number): number {
  return Math.ceil(runs * Number(process.env['MILLRACE_TEST_RUNS'] ?? 1))
}

/** A UUID by chance. */
export function seededUuid(fraction: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(fraction() * 16).toString(16)).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
