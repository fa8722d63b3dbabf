import type { AuditTotals } from '../audit/run-audit.ts'
import type { Rival } from '../suite/figure.ts'
import type { BenchmarkReport } from '../suite/report.ts'
import type { DrawnPlot } from './drawn-plot.ts'
import { chip, figureTable } from './figure-table.ts'
import { html, type Markup } from './markup.ts'
import { countText, numberText, spanText } from './quantity-text.ts'

/** A plot, and which one of the page it is. */
export type NumberedPlot = { readonly plot: DrawnPlot; readonly index: number }

/** One benchmark: its question, its figures, what the audits found, its plots. */
export function benchmarkSection(
  { name, question, seconds, audit, figures, rivals }: BenchmarkReport,
  plots: readonly NumberedPlot[],
): Markup {
  return html`<section id="${name}" aria-labelledby="${name}-title">
<header><h2 id="${name}-title">${name}</h2><p class="question">${question}</p><small>${spanText(seconds)}</small></header>
${figureTable(name, figures)}
${auditLine(audit)}
${rivals.length === 0 ? null : rivalList(rivals)}
${plots.length === 0 ? null : html`<div class="plots">${plots.map(plotFrame)}</div>`}
</section>
`
}

/** What was compared with, and what makes that unfair. */
function rivalList(rivals: readonly Rival[]): Markup {
  return html`<dl class="rivals">${rivals.map(
    ({ name, version, started, note }) =>
      html`<dt>${name} <small>${version}</small></dt><dd>${note} <code>${started}</code></dd>`,
  )}</dl>`
}

/** A sound run has no record in any of these. */
const faultsOf = ({ lost, duplicated, reordered, unexpected }: AuditTotals) => ({
  lost,
  duplicated,
  reordered,
  unexpected,
})

/** Whether the handlers saw what they should have. `null` where nothing was audited. */
export function auditLine(audit: AuditTotals): Markup | null {
  if (audit.runs === 0) return null
  const faults = Object.entries(faultsOf(audit))
  const isSound = faults.every(([, count]) => count === 0)
  const found = faults.map(([name, count]) => `${numberText(count)} ${name}`).join(', ')
  return html`<p class="audit">${chip(isSound, isSound ? 'audited' : 'unsound')} ${countText(audit.runs, 'run')}, ${countText(audit.invocations, 'invocation')}, ${countText(audit.deliveries, 'delivery', 'deliveries')}: <span class="found">${found}, ${numberText(audit.repeated)} repeated</span></p>`
}

function plotFrame({ plot, index }: NumberedPlot): Markup {
  const { title, series } = plot
  const names = series.map(({ name }) => name).join(', ')
  const isThinned = series.some(({ thinnedFrom }) => thinnedFrom !== undefined)
  return html`<figure><figcaption>${title}</figcaption>
<div data-plot="${index}" class="frame" tabindex="0" role="group" aria-label="${title}: ${names}. Arrow keys show values."></div>
<details data-points="${index}"><summary>points${isThinned ? ' that are drawn' : ''}</summary><div class="scroll" tabindex="0"></div></details>${
    isThinned
      ? html`<small class="thinned">${series.map(({ name, xs, thinnedFrom }) => (thinnedFrom === undefined ? null : html`<span>${name}: ${numberText(xs.length)} of ${numberText(thinnedFrom)} points are drawn, the extremes among them. </span>`))}</small>`
      : null
  }</figure>
`
}
