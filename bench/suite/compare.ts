import { drawShare } from '../load/draw.ts'
import type { Bound, Figure } from './figure.ts'
import type { Report } from './report.ts'
import { summarize } from './statistics.ts'

/** Samples drawn from the samples, to see what else might have been measured. */
const RESAMPLES = 2000
const SEED = 1
/** Shares of the resamples that the interval leaves out at either side: it holds 95 %. */
const TAIL = 0.025
/** With fewer of each, even samples that do not overlap at all come about by chance more often than one time in twenty. */
const SAMPLES_MIN = 4

/** `higher` and `lower`: of a figure of which neither is better. `unknown`: see `reason`. */
export type Verdict = 'same' | 'better' | 'worse' | 'higher' | 'lower' | 'unknown'

/** One figure in two reports. */
export type FigureComparison = {
  /** `benchmark.figure` */
  readonly name: string
  readonly unit: string
  readonly before: number | null
  readonly after: number | null
  /** After by before. */
  readonly ratio: number | null
  /** 95 % of what the ratio might have been, by the spread of the samples. */
  readonly interval: readonly [number, number] | null
  readonly verdict: Verdict
  readonly reason?: string
}

export type Comparison = {
  /** What else differs between the two runs, and may be the cause. */
  readonly differences: readonly string[]
  /** Figures that only one of the two has. */
  readonly unmatched: readonly string[]
  readonly figures: readonly FigureComparison[]
}

/** What of a report a comparison reads. */
export type Comparable = Pick<
  Report,
  'machine' | 'node' | 'commit' | 'seed' | 'records' | 'seconds' | 'smoke'
> & {
  readonly benchmarks: readonly {
    readonly name: string
    readonly figures: Readonly<Record<string, Figure>>
  }[]
}

/** Compares each figure that both reports have. The same reports give the same answer. */
export function compareReports(before: Comparable, after: Comparable): Comparison {
  const [old, young] = [figuresOf(before), figuresOf(after)]
  const names = [...new Set([...old.keys(), ...young.keys()])]
  const isShared = (name: string) => old.has(name) && young.has(name)
  return {
    differences: differencesOf(before, after),
    unmatched: names.filter((name) => !isShared(name)),
    figures: names
      .filter(isShared)
      .map((name) => compareFigures(name, old.get(name)!, young.get(name)!)),
  }
}

/** @param name for the result. */
export function compareFigures(name: string, before: Figure, after: Figure): FigureComparison {
  const shared = { name, unit: after.unit, before: before.value, after: after.value }
  const unknown = (reason: string): FigureComparison => ({
    ...shared,
    ...{ ratio: null, interval: null, verdict: 'unknown', reason },
  })
  if (before.unit !== after.unit)
    return unknown(`it was in ${before.unit}, and is in ${after.unit}`)
  if (before.value === null || after.value === null)
    return unknown(`not measured: ${before.reason ?? after.reason}`)
  const [old, young] = [samplesOf(before), samplesOf(after)]
  if (new Set([...old, ...young]).size === 1)
    return { ...shared, ratio: 1, interval: [1, 1], verdict: 'same' }
  if ([...old, ...young].some((sample) => sample <= 0))
    return unknown('there is no ratio to values that are zero or less')
  const ratio = after.value / before.value
  if (old.length < SAMPLES_MIN || young.length < SAMPLES_MIN)
    return {
      ...shared,
      ...{ ratio, interval: null, verdict: 'unknown' },
      reason: `it takes ${SAMPLES_MIN} samples of each to tell a difference from chance`,
    }
  const interval = intervalOf(old, young)
  return { ...shared, ratio, interval, verdict: verdictOf(interval, directionOf(after)) }
}

/** Whether more or less of a figure is better, by its bound, or by its unit; `undefined`: neither. */
export function directionOf({
  bound,
  unit,
}: {
  readonly bound: Bound | null
  readonly unit: string
}): 'more' | 'less' | undefined {
  if (bound) return 'atLeast' in bound ? 'more' : 'less'
  if (unit.endsWith('/s')) return 'more'
  return ['ms', 's', 'µs', 'MB', 'MB/h'].includes(unit) ? 'less' : undefined
}

function verdictOf(
  [low, high]: readonly [number, number],
  direction: ReturnType<typeof directionOf>,
): Verdict {
  if (low <= 1 && high >= 1) return 'same'
  const isMore = low > 1
  if (direction === undefined) return isMore ? 'higher' : 'lower'
  return isMore === (direction === 'more') ? 'better' : 'worse'
}

/** Bootstrap: ratios of the medians of samples drawn, with replacement, from either side's samples. */
function intervalOf(old: readonly number[], young: readonly number[]): readonly [number, number] {
  const ratios = Array.from({ length: RESAMPLES }, (_, round) => {
    const [below, above] = [resampled(old, 2 * round), resampled(young, 2 * round + 1)]
    return summarize(above).median / summarize(below).median
  }).toSorted((a, b) => a - b)
  const at = (share: number): number => ratios[Math.round(share * (RESAMPLES - 1))]!
  return [at(TAIL), at(1 - TAIL)]
}

function resampled(samples: readonly number[], draw: number): readonly number[] {
  const { length } = samples
  return samples.map((_, i) => samples[Math.floor(drawShare(SEED, draw * length + i) * length)]!)
}

/** A figure that has no samples is one of itself. */
function samplesOf({ value, details }: Figure): readonly number[] {
  const { samples } = details
  return Array.isArray(samples) ? samples : [value!]
}

function figuresOf({ benchmarks }: Comparable): ReadonlyMap<string, Figure> {
  return new Map(
    benchmarks.flatMap(({ name, figures }) =>
      Object.entries(figures).map(([id, figure]) => [`${name}.${id}`, figure] as const),
    ),
  )
}

function differencesOf(before: Comparable, after: Comparable): readonly string[] {
  const told = ({ machine, node, commit, seed, records, seconds, smoke }: Comparable) => ({
    processor: `${machine.processors} x ${machine.processor}`,
    system: machine.system,
    ...{ node, commit, seed, records, seconds, smoke },
  })
  const [old, young] = [told(before), told(after)]
  return (Object.keys(old) as (keyof typeof old)[])
    .filter((what) => old[what] !== young[what])
    .map((what) => `${what}: ${old[what]} and ${young[what]}`)
}
