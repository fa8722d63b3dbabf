import type { ThresholdVerdict } from '../suite/threshold.ts'
import { chip } from './figure-table.ts'
import { html, type Markup } from './markup.ts'
import { quantityText } from './quantity-text.ts'
import { type Column, tableHead } from './table-head.ts'

const COLUMNS: readonly Column[] = [
  { name: 'threshold' },
  { name: 'figure' },
  { name: 'measured', isNumber: true },
  { name: 'verdict' },
]

/** What the user has asked to hold, and whether it did. `null` where nothing was asked. */
export function thresholdTable(thresholds: readonly ThresholdVerdict[]): Markup | null {
  if (thresholds.length === 0) return null
  return html`<section id="thresholds" aria-labelledby="thresholds-title"><header><h2 id="thresholds-title">Thresholds</h2></header>
<table class="cards" role="table">${tableHead(COLUMNS)}
<tbody role="rowgroup">${thresholds.flatMap(({ expression, judged }) => judged.map((one) => row(expression, one)))}</tbody></table></section>
`
}

function row(expression: string, judged: ThresholdVerdict['judged'][number]): Markup {
  const { name, value, unit, passed, reason } = judged
  return html`<tr role="row"><th scope="row" role="rowheader"><code>${expression}</code></th>
<td role="cell">${name}</td>
<td role="cell" class="number measured">${value === null ? html`<span class="reason">${reason ?? 'not measured'}</span>` : quantityText(value, unit)}</td>
<td role="cell" class="verdict">${chip(passed, passed ? 'held' : 'failed')}</td></tr>
`
}
