/** Median, extremes and the samples themselves, in the order in which they were taken. */
export type Summary = {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly samples: readonly number[]
}

/** @param samples at least one. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const isOdd = sorted.length % 2 === 1
  const median = isOdd ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)!, samples }
}

/** @param spanNs how long `count` took. */
export const perSecond = (count: number, spanNs: number): number => (count / spanNs) * 1e9
