import { type AuditTotals, NO_AUDITS } from '../audit/run-audit.ts'
import type { BenchmarkReport, Report } from '../suite/report.ts'
import { auditLine } from './benchmark-section.ts'
import type { Headline } from './headline.ts'
import { html, type Markup } from './markup.ts'
import { momentText } from './quantity-text.ts'

const SMOKE =
  'a smoke run: everything at its smallest. It shows that the suite works, not how fast anything is'
const SIGNS = { reached: '✓', missed: '✗', unjudged: '–' } as const

/** The top of the page: what came out, for those who read no further. */
export function summary(
  report: Report,
  { verdict, sentence, missed, unmeasured }: Headline,
): Markup {
  const { machine, node, begunAt, smoke, warnings, benchmarks } = report
  return html`<header class="top"><p class="product">Millrace benchmarks</p>
<h1 class="${verdict}"><span class="sign" aria-hidden="true">${SIGNS[verdict]}</span> ${sentence}</h1>
${links('missed', missed)}${links('not measured', unmeasured)}
${auditLine(benchmarks.reduce((totals, { audit }) => sum(totals, audit), NO_AUDITS))}
<p class="where">${momentText(begunAt)} · ${machine.processors} × ${machine.processor} · Node ${node}</p>
${warningList(smoke ? [SMOKE, ...warnings] : warnings)}
</header>
<nav aria-label="benchmarks">${benchmarks.map(navLink)}</nav>
`
}

function warningList(warnings: readonly string[]): Markup | null {
  if (warnings.length === 0) return null
  return html`<div class="warning"><ul>${warnings.map(
    (text) => html`<li><span aria-hidden="true">⚠</span> ${text}</li>`,
  )}</ul></div>`
}

function links(word: string, found: Headline['missed']): Markup | null {
  if (found.length === 0) return null
  const list = found.map(({ text, anchor }) => html`<li><a href="#${anchor}">${text}</a></li>`)
  return html`<div class="found-list"><span>${word}:</span><ul>${list}</ul></div>`
}

function navLink({ name, figures }: BenchmarkReport): Markup {
  const isMissed = Object.values(figures).some(({ passed }) => passed === false)
  return html`<a href="#${name}">${isMissed ? html`<span class="bad"><span aria-hidden="true">✗</span><span class="unseen">missed: </span></span> ` : null}${name}</a>`
}

function sum(totals: AuditTotals, audit: AuditTotals): AuditTotals {
  const counts = Object.entries(totals) as [keyof AuditTotals, number][]
  return Object.fromEntries(
    counts.map(([name, count]) => [name, count + audit[name]]),
  ) as AuditTotals
}
