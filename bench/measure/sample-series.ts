/** How a process stood at one moment. */
export type Sample = {
  /** Since the sampler was started. @unit ms */
  readonly atMs: number
  /** Of whatever is counted, until then. */
  readonly count: number
  /** Processor time of all threads until then. @unit µs */
  readonly processorUs: number
  /** RssAnon; `undefined` where the system does not tell. @unit bytes */
  readonly anonymousBytes: number | undefined
  /** Longest that the main thread kept a timer waiting since the sample before. @unit ms */
  readonly loopDelayMs: number
  /** Time in garbage collections of the main thread until then. @unit ms */
  readonly gcMs: number
}

/** `[seconds since the start, value]` */
export type Points = readonly (readonly [seconds: number, value: number])[]

export type SampleSeries = {
  /** @unit 1/s */
  readonly throughput: Points
  /** RssAnon; empty where the system does not tell. @unit MB */
  readonly memory: Points
  /** Of one processor: two that are busy are 200. @unit % */
  readonly processor: Points
  /** The longest in each span. @unit ms */
  readonly loopDelay: Points
  /** Time that the main thread stood still. @unit % */
  readonly gc: Points
}

/** As many as a plot can show. */
const POINTS_MAX = 600
const MEBIBYTE = 1024 * 1024

/** What is drawn of samples: rates are of the span since the sample before. @param samples ascending in time. */
export function seriesOf(samples: readonly Sample[], pointsMax = POINTS_MAX): SampleSeries {
  const kept = thin(samples, pointsMax)
  const rates = (value: (sample: Sample) => number): Points =>
    kept.slice(1).map((sample, i) => {
      const before = kept[i]!
      const spanMs = sample.atMs - before.atMs
      return [sample.atMs / 1000, (value(sample) - value(before)) / spanMs]
    })
  return {
    throughput: rates(({ count }) => count * 1000),
    processor: rates(({ processorUs }) => processorUs / 10),
    gc: rates(({ gcMs }) => gcMs * 100),
    memory: kept.flatMap(({ atMs, anonymousBytes }) =>
      anonymousBytes === undefined ? [] : [[atMs / 1000, anonymousBytes / MEBIBYTE] as const],
    ),
    loopDelay: kept.slice(1).map(({ atMs, loopDelayMs }) => [atMs / 1000, loopDelayMs]),
  }
}

/** Every n-th, so that no more than asked for are left; the longest delay of those left out stays. */
function thin(samples: readonly Sample[], pointsMax: number): readonly Sample[] {
  // The first one is where rates begin: it is no point of theirs.
  const [first, ...rest] = inOrder(samples)
  if (!first) return []
  const every = Math.ceil(rest.length / pointsMax)
  const kept: Sample[] = [first]
  for (let from = 0; from < rest.length; from += every) {
    const span = rest.slice(from, from + every)
    const loopDelayMs = Math.max(...span.map((sample) => sample.loopDelayMs))
    kept.push({ ...span.at(-1)!, loopDelayMs })
  }
  return kept
}

/** Two samples of one moment have no rate between them. */
const inOrder = (samples: readonly Sample[]): readonly Sample[] =>
  samples.filter(({ atMs }, i) => i === 0 || atMs > samples[i - 1]!.atMs)
