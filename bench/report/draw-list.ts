import type { Axis, Plot } from '../suite/benchmark.ts'
import type { DrawnAxis, DrawnPlot } from './drawn-plot.ts'
import { fairLimit, type Point, thin } from './thin.ts'

/** A line on the page is not wider than some hundred dots: more points of a series would not be seen. */
const POINTS_MAX = 1000
/** However little room there is. */
const POINTS_MIN = 8
/** Of a point's two numbers, with their commas; long ones included. */
const POINT_BYTES = 16
const DIGITS = 6

/** What the page draws, in the order of `plots`, cut down so that it takes no more than about `bytes`. */
export function drawList(plots: readonly Plot[], bytes: number): readonly DrawnPlot[] {
  const drawable = plots.map((plot) => plot.series.map(({ points }) => pointsOf(plot, points)))
  const lengths = drawable.flat().map(({ length }) => length)
  const fair = fairLimit(lengths, Math.floor(bytes / POINT_BYTES))
  const limit = Math.max(POINTS_MIN, Math.min(fair, POINTS_MAX))
  return plots.map((plot, i) => ({
    title: plot.title,
    x: axisOf(plot.x),
    y: axisOf(plot.y),
    series: plot.series.map(({ name }, k) => {
      const points = drawable[i]![k]!
      const drawn = thin(points, limit)
      return {
        name,
        xs: drawn.map(([x]) => rounded(placeOn(x, plot.x))),
        ys: drawn.map(([, y]) => rounded(placeOn(y, plot.y))),
        ...(drawn.length < points.length && { thinnedFrom: points.length }),
      }
    }),
  }))
}

const axisOf = ({ label, scale = 'linear' }: Axis): DrawnAxis => ({ label, scale })

/** Those that have a place on the axes, by x. */
function pointsOf({ x, y }: Plot, points: readonly Point[]): readonly Point[] {
  return points
    .filter((point) => hasPlace(point[0], x) && hasPlace(point[1], y))
    .toSorted((a, b) => a[0] - b[0])
}

function hasPlace(value: number, { scale }: Axis): boolean {
  if (!Number.isFinite(value)) return false
  if (scale === 'log') return value > 0
  return scale !== 'percentile' || (value >= 0 && value < 100)
}

/** Of a percentile the number of its nines: 99 is 2, 99.9 is 3. */
const placeOn = (value: number, { scale }: Axis): number =>
  scale === 'percentile' ? -Math.log10(1 - value / 100) : value

const rounded = (value: number): number => Number(value.toPrecision(DIGITS))
