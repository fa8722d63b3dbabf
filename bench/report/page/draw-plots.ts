// Runs in the report's page: draws what is embedded there. `uPlot` comes from the script before this one.
import type { DrawnAxis, DrawnPlot } from '../drawn-plot.ts'

type Drawing = { readonly uplot: uPlot; readonly frame: HTMLElement }
/** Of an axis: where its ticks are between two values, and what is written there. */
type Ticks = {
  readonly splits?: (min: number, max: number, countMax: number) => number[]
  readonly text: (value: number, all: readonly number[]) => string
  /** Of one value under the cursor. */
  readonly exact: (value: number) => string
}

const HEIGHT = 260
const COLOURS = 6
/** Lines beyond the colours are dashed. */
const DASHES = [[], [8, 4], [2, 3]]
/** The same, of what the legend shows. */
const BORDERS = ['solid', 'dashed', 'dotted']
const FONT = '12px system-ui, sans-serif'
/** Decades of a log axis that leave room for more than their own ticks. */
const DECADES_FEW = 2
/** Between two ticks. @unit pixels */
const TICK_SPACE = { x: 56, y: 22 }
const TIMES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400]
/** 50, 90, 99 % and so on. */
const NINES = [-Math.log10(0.5), 1, 2, 3, 4, 5, 6]

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 })
const precise = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 })
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const percentiles = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 })

const numberText = (value: number): string =>
  (Math.abs(value) >= 1000 ? whole : precise).format(value)
const percentileText = (nines: number): string =>
  `${percentiles.format(Number((100 * (1 - 10 ** -nines)).toPrecision(Math.floor(nines) + 3)))} %`

function clockText(seconds: number): string {
  const sign = seconds < 0 ? '-' : ''
  const whole = Math.floor(Math.abs(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const rest = two(whole % 60)
  return sign + (hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`)
}

const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-9

const TICKS: Readonly<Record<DrawnAxis['scale'], Ticks>> = {
  linear: { text: (value) => compact.format(value), exact: numberText },
  log: { splits: logSplits, text: (value) => compact.format(value), exact: numberText },
  time: {
    text: (value, all) => (all.every(isWhole) ? clockText(value) : `${precise.format(value)} s`),
    exact: (value) => (isWhole(value) ? clockText(value) : `${precise.format(value)} s`),
  },
  percentile: {
    splits: percentileSplits,
    text: percentileText,
    exact: percentileText,
  },
}

/** Decades, and where there are few of them what halves them. */
function logSplits(min: number, max: number, countMax: number): number[] {
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))]
  const steps = Math.log10(max / min) <= DECADES_FEW ? [1, 2, 5] : [1]
  const stride = Math.max(1, Math.ceil((last - first) / countMax))
  const splits: number[] = []
  for (let exponent = first; exponent <= last; exponent += stride)
    for (const step of steps) splits.push(step * 10 ** exponent)
  return splits.filter((value) => value >= min * 0.999 && value <= max * 1.001)
}

/** Those that have room beside the one before them. */
function percentileSplits(min: number, max: number, countMax: number): number[] {
  const apart = (max - min) / countMax
  const splits: number[] = []
  for (const nines of NINES)
    if (nines >= min && nines <= max && nines - (splits.at(-1) ?? -apart) >= apart)
      splits.push(nines)
  return splits
}

/** From 0 where it is linear, so that a small change does not look large. */
function rangeOfY(axis: DrawnAxis, low: number | null, high: number | null): [number, number] {
  const [min, max] = [low ?? 0, high ?? 1]
  if (axis.scale === 'log') return [min / 1.25, max * 1.25]
  const above = max > 0 ? max * 1.08 : 0
  const below = min < 0 ? min * 1.08 : 0
  return above === below ? [0, 1] : [below, above]
}

/** With room at both ends, where points are few and would be cut in half. */
function rangeOfX(axis: DrawnAxis, low: number | null, high: number | null): [number, number] {
  const [min, max] = [low ?? 0, high ?? 1]
  if (axis.scale === 'log') return [min / 1.25, max * 1.25]
  if (min === max) return [min - 0.5, max + 0.5]
  const isContinuous = axis.scale === 'time' || axis.scale === 'percentile'
  const room = isContinuous ? 0 : (max - min) * 0.03
  return [min - room, max + room]
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

const seriesColour = (index: number): string => colour(`series-${index % COLOURS}`)
/** How often all colours have been used before. */
const roundOf = (index: number): number => Math.floor(index / COLOURS) % DASHES.length
const isDashed = (index: number): boolean => roundOf(index) > 0
/** For what is an element: it changes its colour with the page. */
const seriesVariable = (index: number): string => `var(--series-${index % COLOURS})`

/** Colours are asked for at each drawing: light and dark may change while the page is open. */
function axisOptions(axis: DrawnAxis, side: 'x' | 'y'): uPlot.Axis {
  const { splits, text } = TICKS[axis.scale]
  const line = { stroke: () => colour('line'), width: 1 }
  return {
    scale: side,
    label: axis.label,
    font: FONT,
    labelFont: FONT,
    labelSize: 22,
    stroke: () => colour('faint'),
    grid: line,
    ticks: { ...line, size: 4 },
    ...(side === 'y' ? { size: sizeOfValues } : { size: 32, space: TICK_SPACE.x }),
    ...(axis.scale === 'time' && { incrs: TIMES }),
    // A log scale shows the values of its own ticks only, if it is not told to show all.
    filter: (_, values) => values,
    ...(splits && {
      splits: (self, _axis, min, max) => {
        const room = side === 'x' ? self.bbox.width : self.bbox.height
        return splits(min, max, Math.max(1, room / uPlot.pxRatio / TICK_SPACE[side]))
      },
    }),
    values: (_, values) => values.map((value) => text(value, values)),
  }
}

/** As wide as the longest of them. */
function sizeOfValues(self: uPlot, values: string[] | null): number {
  self.ctx.save()
  self.ctx.font = FONT
  const widths = (values ?? []).map((text) => self.ctx.measureText(text).width)
  self.ctx.restore()
  return Math.ceil(Math.max(16, ...widths)) + 12
}

function seriesOptions({ series, y }: DrawnPlot): uPlot.Series[] {
  return series.map(({ name }, i) => ({
    label: name,
    scale: 'y',
    stroke: () => seriesColour(i),
    dash: DASHES[roundOf(i)]!,
    width: 2,
    spanGaps: true,
    points: { size: 7, fill: () => colour('paper') },
    value: (_: uPlot, value: number | null) => (value === null ? '' : TICKS[y.scale].exact(value)),
  }))
}

function optionsOf(plot: DrawnPlot, width: number): uPlot.Options {
  const distribution = (axis: DrawnAxis) => (axis.scale === 'log' ? { distr: 3 } : {})
  return {
    width,
    height: HEIGHT,
    padding: [12, 16, 0, 0],
    cursor: {
      y: false,
      drag: { x: true, y: false, dist: 8 },
      points: { size: 9, width: 0, fill: (_, index) => seriesVariable(index - 1) },
    },
    legend: {
      markers: {
        width: (_, index) => (isDashed(index - 1) ? 2 : 0),
        stroke: (_, index) => seriesVariable(index - 1),
        dash: (_, index) => BORDERS[roundOf(index - 1)]!,
        fill: (_, index) => (isDashed(index - 1) ? 'transparent' : seriesVariable(index - 1)),
      },
    },
    scales: {
      x: {
        time: false,
        ...distribution(plot.x),
        range: (_, min, max) => rangeOfX(plot.x, min, max),
      },
      y: { ...distribution(plot.y), range: (_, min, max) => rangeOfY(plot.y, min, max) },
    },
    axes: [axisOptions(plot.x, 'x'), axisOptions(plot.y, 'y')],
    series: [
      {
        label: plot.x.label,
        value: (_, value) => (value === null ? '' : TICKS[plot.x.scale].exact(value)),
      },
      ...seriesOptions(plot),
    ],
  }
}

/** One x for all series: where a series has no point of its own, its line goes on. */
function alignedData({ series }: DrawnPlot): uPlot.AlignedData {
  const tables = series.map(({ xs, ys }): uPlot.AlignedData => [[...xs], [...ys]])
  return tables.length > 0 ? uPlot.join(tables) : [[]]
}

function draw(plot: DrawnPlot, frame: HTMLElement): Drawing {
  const uplot = new uPlot(optionsOf(plot, frame.clientWidth), alignedData(plot), frame)
  const legend = uplot.root.querySelector('.u-legend')
  legend?.setAttribute('aria-live', 'polite')
  for (const name of uplot.root.querySelectorAll<HTMLElement>('.u-series:not(:first-child) th'))
    makeButton(name)
  frame.addEventListener('keydown', (event) => moveCursor(uplot, event))
  return { uplot, frame }
}

/** A name in the legend shows and hides its line: by the keyboard, too. */
function makeButton(name: HTMLElement): void {
  name.tabIndex = 0
  name.setAttribute('role', 'button')
  name.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    name.click()
  })
}

function moveCursor(uplot: uPlot, event: KeyboardEvent): void {
  const xs = uplot.data[0]
  const here = uplot.cursor.idx ?? -1
  const targets: Readonly<Record<string, number>> = {
    ArrowRight: Math.min(here + 1, xs.length - 1),
    ArrowLeft: Math.max(here - 1, 0),
    Home: 0,
    End: xs.length - 1,
  }
  const target = targets[event.key]
  if (event.key === 'Escape') uplot.setCursor({ left: -10, top: -10 })
  if (target === undefined || xs.length === 0) return
  event.preventDefault()
  uplot.setCursor({ left: uplot.valToPos(xs[target]!, 'x'), top: uplot.over.clientHeight / 2 })
}

const data: readonly DrawnPlot[] = JSON.parse(document.getElementById('plots')!.textContent!)
const drawings = [...document.querySelectorAll<HTMLElement>('[data-plot]')].map((frame) =>
  draw(data[Number(frame.dataset['plot'])]!, frame),
)

const redraw = (): void => {
  for (const { uplot } of drawings) uplot.redraw(false)
}
const resize = (): void => {
  for (const { uplot, frame } of drawings)
    if (frame.clientWidth > 0 && frame.clientWidth !== uplot.width)
      uplot.setSize({ width: frame.clientWidth, height: HEIGHT })
}
for (const query of ['(prefers-color-scheme: dark)', 'print'])
  matchMedia(query).addEventListener('change', redraw)
addEventListener('resize', resize)
