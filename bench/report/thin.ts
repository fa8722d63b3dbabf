export type Point = readonly [x: number, y: number]

/**
 * At most so many of these points, which stand in the order of x: of each stretch the lowest and the highest, so that
 * no spike is lost, and the first and the last of all.
 * @param limit at least 4.
 */
export function thin(points: readonly Point[], limit: number): readonly Point[] {
  if (points.length <= limit) return points
  const inner = points.slice(1, -1)
  const stretches = Math.floor((limit - 2) / 2)
  const kept = Array.from({ length: stretches }, (_, i) =>
    extremesOf(
      inner.slice(
        Math.floor((i * inner.length) / stretches),
        Math.floor(((i + 1) * inner.length) / stretches),
      ),
    ),
  )
  return [points[0]!, ...kept.flat(), points.at(-1)!]
}

/** The lowest and the highest, in their order. */
function extremesOf(stretch: readonly Point[]): readonly Point[] {
  let [low, high] = [0, 0]
  for (const [i, [, y]] of stretch.entries()) {
    if (y < stretch[low]![1]) low = i
    if (y > stretch[high]![1]) high = i
  }
  const [first, second] = [Math.min(low, high), Math.max(low, high)]
  return first === second ? [stretch[first]!] : [stretch[first]!, stretch[second]!]
}

/** The greatest length to which all may be cut so that they have room for `total` together. */
export function fairLimit(lengths: readonly number[], total: number): number {
  let room = total
  const ascending = lengths.toSorted((a, b) => a - b)
  for (const [i, length] of ascending.entries()) {
    const share = Math.floor(room / (ascending.length - i))
    if (length > share) return share
    room -= length
  }
  return Number.POSITIVE_INFINITY
}
