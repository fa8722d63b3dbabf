import type { Figure, Figures } from '../suite/figure.ts'
import { anchorOf } from './headline.ts'
import { html, type Markup } from './markup.ts'
import { boundText, numberText, quantityText, wordsOf } from './quantity-text.ts'
import { spreadStrip } from './spread-strip.ts'
import { type Column, tableHead } from './table-head.ts'

/** Samples that are listed by their numbers. */
const SAMPLES_LISTED = 20

const COLUMNS: readonly Column[] = [
  { name: 'figure' },
  { name: 'median', isNumber: true },
  { name: 'bound', isNumber: true },
  { name: 'verdict' },
  { name: 'spread of the runs' },
]

/** Every figure of a benchmark: value, bound, verdict, spread, and behind a click what else is known of it. */
export function figureTable(benchmark: string, figures: Figures): Markup {
  return html`<table class="cards" role="table"><caption class="unseen">Figures of ${benchmark}</caption>${tableHead(COLUMNS)}
<tbody role="rowgroup">${Object.entries(figures).map(([id, figure]) => row(benchmark, id, figure))}</tbody></table>`
}

function row(benchmark: string, id: string, figure: Figure): Markup {
  const { value, unit, meaning, bound, details } = figure
  return html`<tr role="row" id="${anchorOf(benchmark, id)}"><th scope="row" role="rowheader"><code>${id}</code><span class="meaning">${meaning}</span>${detailsOf(details)}</th>
<td role="cell" class="number value">${value === null ? '–' : [numberText(value), unit && html` <small>${unit}</small>`]}</td>
<td role="cell" class="number bound">${bound && boundText(bound)}${bound?.aim === undefined ? null : html`<small class="aim">aim ${numberText(bound.aim)}</small>`}</td>
<td role="cell" class="verdict">${verdictChip(figure)}</td>
<td role="cell" class="strip">${value === null ? html`<span class="reason">${figure.reason ?? ''}</span>` : spread(figure)}</td></tr>
`
}

/** The word, with a sign and a colour beside it. */
function verdictChip({ passed, value, bound }: Figure): Markup | null {
  if (passed !== null) return chip(passed, passed ? 'reached' : 'missed')
  return value === null && bound !== null ? html`<span class="chip">not measured</span>` : null
}

/** A verdict that is told by sign, word and colour. */
export const chip = (isGood: boolean, word: string): Markup =>
  html`<span class="chip ${isGood ? 'good' : 'bad'}"><span aria-hidden="true">${isGood ? '✓' : '✗'}</span> ${word}</span>`

/** Nothing where there was one run only. */
function spread(figure: Figure): Markup | null {
  const { min, max } = figure.details
  if (typeof min !== 'number' || typeof max !== 'number' || min === max) return null
  return html`${spreadStrip(figure)}<small class="range">${numberText(min)} … ${quantityText(max, figure.unit)}</small>`
}

function detailsOf({ min: _, max: __, ...details }: Figure['details']): Markup | null {
  const told = Object.entries(details).filter(
    ([name, detail]) => name !== 'samples' || isLong(detail),
  )
  if (told.length === 0) return null
  return html`<details><summary>details</summary><dl>${told.map(
    ([name, detail]) => html`<dt>${wordsOf(name)}</dt><dd>${detailText(detail)}</dd>`,
  )}</dl></details>`
}

const isLong = (detail: unknown): boolean => Array.isArray(detail) && detail.length > 1

/** Of whatever a benchmark has put down. */
function detailText(detail: unknown): string {
  if (typeof detail === 'number') return numberText(detail)
  if (typeof detail === 'string') return detail
  if (Array.isArray(detail)) return listText(detail)
  if (typeof detail !== 'object' || detail === null) return String(detail)
  const { median, min, max, samples: _, ...rest } = detail as Readonly<Record<string, unknown>>
  if (typeof median === 'number' && typeof min === 'number' && typeof max === 'number')
    return `${numberText(median)} (${numberText(min)} … ${numberText(max)})`
  const parts = Object.entries(median === undefined ? detail : { median, ...rest })
  return parts.map(([name, part]) => `${wordsOf(name)} ${detailText(part)}`).join(', ')
}

function listText(list: readonly unknown[]): string {
  const shown = list.slice(0, SAMPLES_LISTED).map(detailText).join(', ')
  const hidden = list.length - SAMPLES_LISTED
  return hidden > 0 ? `${shown} and ${numberText(hidden)} more` : shown
}
