import { summarize } from '../suite/statistics.ts'

/** How something changes with time, and how sure that is. */
export type Trend = {
  /** For each unit of time. */
  readonly slope: number
  readonly standardError: number
  /** Holds the true slope in nineteen cases of twenty. */
  readonly interval: readonly [low: number, high: number]
  /** The interval has no zero in it. */
  readonly isDistinguishable: boolean
}

/** Parts that the time is cut into. */
const BLOCKS = 20
/** Of Student's t with as many degrees of freedom as blocks less two, for an interval of 95 %. */
const T_QUANTILE = 2.101

/**
 * Slope of a line through the medians of twenty parts of the time. Medians, because a heap is a saw: it climbs and is
 * collected, and neighbouring samples say the same thing twice. What neighbouring parts still have in common widens
 * the error as well.
 * @param points of time and value, times ascending. @returns `undefined` where a part has no point.
 */
export function trendOf(
  points: readonly (readonly [time: number, value: number])[],
): Trend | undefined {
  const blocks = blockMedians(points)
  if (!blocks) return undefined
  const meanTime = mean(blocks.map(([time]) => time))
  const meanValue = mean(blocks.map(([, value]) => value))
  const spread = sum(blocks.map(([time]) => (time - meanTime) ** 2))
  const slope = sum(blocks.map(([time, value]) => (time - meanTime) * (value - meanValue))) / spread
  const rests = blocks.map(([time, value]) => value - meanValue - slope * (time - meanTime))
  const variance = sum(rests.map((rest) => rest ** 2)) / (BLOCKS - 2)
  const standardError = Math.sqrt(variance / spread) * inflation(rests)
  const half = T_QUANTILE * standardError
  const interval = [slope - half, slope + half] as const
  return { slope, standardError, interval, isDistinguishable: interval[0] > 0 || interval[1] < 0 }
}

function blockMedians(
  points: readonly (readonly [number, number])[],
): readonly (readonly [number, number])[] | undefined {
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0]
  const length = (last - first) / BLOCKS
  const blocks = Array.from({ length: BLOCKS }, (): (readonly [number, number])[] => [])
  for (const point of points) {
    const block = Math.min(BLOCKS - 1, Math.floor((point[0] - first) / length))
    blocks[block]?.push(point)
  }
  if (blocks.some((block) => block.length === 0)) return undefined
  return blocks.map((block) => [
    mean(block.map(([time]) => time)),
    summarize(block.map(([, value]) => value)).median,
  ])
}

/** By how much the error is larger than that of values which have nothing in common with their neighbours. */
function inflation(rests: readonly number[]): number {
  const products = rests.slice(1).map((rest, i) => rest * rests[i]!)
  const squares = sum(rests.map((rest) => rest ** 2))
  const correlation = squares === 0 ? 0 : Math.min(0.9, Math.max(0, sum(products) / squares))
  return Math.sqrt((1 + correlation) / (1 - correlation))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]): number => sum(values) / values.length
