import type { Report } from '../suite/report.ts'

/** What a reader is told first. */
export type Headline = {
  readonly verdict: 'reached' | 'missed' | 'unjudged'
  readonly sentence: string
  /** What missed: figures by their full name, thresholds as they were typed. */
  readonly missed: readonly { readonly text: string; readonly anchor: string }[]
  /** Figures with a bound and without a value. */
  readonly unmeasured: readonly { readonly text: string; readonly anchor: string }[]
}

type Judged = Pick<Report, 'benchmarks' | 'thresholds'>

/** Where a figure stands in the page. */
export const anchorOf = (benchmark: string, figure: string): string => `${benchmark}.${figure}`

/** Sums up the bounds of the figures and the thresholds of the user. */
export function headlineOf({ benchmarks, thresholds }: Judged): Headline {
  const bounded = benchmarks.flatMap(({ name, figures }) =>
    Object.entries(figures).flatMap(([id, { bound, passed }]) => {
      const text = anchorOf(name, id)
      return bound === null ? [] : [{ text, anchor: text, passed }]
    }),
  )
  const asked = thresholds.map(({ expression, passed }) => ({
    text: expression,
    anchor: 'thresholds',
    passed,
  }))
  const missedBounds = bounded.filter(({ passed }) => passed === false)
  const unmeasured = bounded.filter(({ passed }) => passed === null)
  const failed = asked.filter(({ passed }) => !passed)
  const judgedCount = bounded.length - unmeasured.length
  const missed = [...failed, ...missedBounds]
  return {
    verdict: missed.length > 0 ? 'missed' : judgedCount + asked.length > 0 ? 'reached' : 'unjudged',
    sentence: sentenceOf([
      partOf('threshold', asked.length, failed.length),
      partOf('bound', judgedCount, missedBounds.length),
    ]),
    missed,
    unmeasured,
  }
}

type Part = { readonly text: string; readonly isMissed: boolean } | undefined

function partOf(noun: 'threshold' | 'bound', count: number, missedCount: number): Part {
  if (count === 0) return undefined
  const [reached, missed] = noun === 'bound' ? ['reached', 'missed'] : ['held', 'failed']
  const isMissed = missedCount > 0
  if (isMissed) return { text: `${missedCount} of ${count} ${noun}s ${missed}`, isMissed }
  const all = count === 1 ? `the ${noun}` : `${count === 2 ? 'both' : `all ${count}`} ${noun}s`
  return { text: `${all} ${reached}`, isMissed }
}

/** What missed comes first. */
function sentenceOf(parts: readonly Part[]): string {
  const told = parts.filter((part) => part !== undefined)
  if (told.length === 0) return 'Nothing was held against a bound'
  const ordered = told.toSorted((a, b) => Number(b.isMissed) - Number(a.isMissed))
  const text = ordered.map((part) => part.text).join(', ')
  return text[0]!.toUpperCase() + text.slice(1)
}
