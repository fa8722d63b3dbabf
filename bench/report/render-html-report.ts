import { createHash } from 'node:crypto'
import type { Report } from '../suite/report.ts'
import { benchmarkSection } from './benchmark-section.ts'
import { drawList } from './draw-list.ts'
import { headlineOf } from './headline.ts'
import { html, inlineData, type Markup } from './markup.ts'
import { type InlinePart, type PageParts, readPageParts } from './page-parts.ts'
import { summary } from './summary.ts'
import { surroundingsList } from './surroundings-list.ts'
import { thresholdTable } from './threshold-table.ts'

/** Of a report's file. Plots are cut down to what the rest leaves of it. @unit bytes */
const FILE_BYTES = 390_000
/** For the plots, however long the rest is. @unit bytes */
const PLOTS_BYTES_MIN = 20_000

const TITLE_SIGNS = { reached: '✓ ', missed: '✗ ', unjudged: '' } as const

/**
 * A report as one HTML file, which needs nothing besides itself: uPlot, styles and data are in it, and its content
 * security policy lets it load nothing and run no script but these.
 */
export function renderHtmlReport(report: Report): string {
  const parts = readPageParts()
  const empty = documentOf(report, parts, 0)
  const room = FILE_BYTES - Buffer.byteLength(empty)
  return documentOf(report, parts, Math.max(room, PLOTS_BYTES_MIN))
}

/** @param plotBytes what the data of the plots may take. */
function documentOf(report: Report, parts: PageParts, plotBytes: number): string {
  const headline = headlineOf(report)
  const { benchmarks } = report
  const plots = drawList(
    benchmarks.flatMap((benchmark) => benchmark.plots),
    plotBytes,
  )
  const owners = benchmarks.flatMap((benchmark) => benchmark.plots.map(() => benchmark))
  const sections = benchmarks.map((benchmark) => {
    const own = plots.map((plot, index) => ({ plot, index }))
    return benchmarkSection(
      benchmark,
      own.filter(({ index }) => owners[index] === benchmark),
    )
  })
  return html`${DOCTYPE}
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(parts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${TITLE_SIGNS[headline.verdict]}${headline.sentence} · Millrace benchmarks</title>
<link rel="icon" href="data:,">
${parts.styles.map(({ element }) => element)}
</head>
<body>
<main>
${summary(report, headline)}
${thresholdTable(report.thresholds)}
${sections}
<section id="surroundings" aria-labelledby="surroundings-title"><header><h2 id="surroundings-title">Where and how</h2></header>
${surroundingsList(report)}
${HINTS}</section>
</main>
${inlineData('plots', plots)}
${parts.scripts.map(({ element }) => element)}
</body>
</html>
`.text
}

const DOCTYPE: Markup = html`<!doctype html>`

const HINTS: Markup = html`<p class="hints">A figure is the median of its runs. In a strip, each dot is a run, the line across is the median, the dashed one the bound; a strip shows at least 5 % to each side. On a plot: drag to enlarge, double-click for all of it, click a name to hide its line; with the keyboard, arrow keys move through its values.</p>
<noscript><p class="warning">The plots are drawn by a script in this file, which is not allowed to run.</p></noscript>`

/** Nothing is loaded, and of what stands in the file only our own scripts and styles count: not what a name smuggles in. */
function policyOf({ styles, scripts }: PageParts): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(' ')}`,
    `style-src ${styles.map(hashOf).join(' ')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

const hashOf = ({ text }: InlinePart): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`
