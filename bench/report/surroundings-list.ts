import type { Report } from '../suite/report.ts'
import { type Content, html, type Markup } from './markup.ts'
import { momentText, numberText, spanText } from './quantity-text.ts'

const BYTES_PER_GIGABYTE = 1024 ** 3

/** What must be known to judge the figures, and to take them again. */
export function surroundingsList(report: Report): Markup {
  const { machine, node, commit, seed, records, tableRecords, runs, begunAt, endedAt } = report
  const facts: readonly (readonly [string, Content])[] = [
    ['machine', `${machine.processors} × ${machine.processor}`],
    ['memory', `${numberText(machine.memoryBytes / BYTES_PER_GIGABYTE)} GB`],
    ['system', machine.system],
    ['load before', numberText(machine.loadBefore)],
    ['Node', node],
    ['commit', commit === null ? 'not a clone' : html`<code>${commit}</code>`],
    ['seed', html`<code>${seed}</code>`],
    ['backlog', `${numberText(records)} records`],
    ['table', `${numberText(tableRecords)} items`],
    ['runs of each', numberText(runs)],
    ['begun', moment(begunAt)],
    ['ended', moment(endedAt)],
    ['took', spanText((Date.parse(endedAt) - Date.parse(begunAt)) / 1000)],
  ]
  return html`<dl class="facts">${facts.map(([name, fact]) => html`<div><dt>${name}</dt><dd>${fact}</dd></div>`)}</dl>
<pre class="command" tabindex="0" aria-label="command line"><code>millrace ${report.commandLine.map(quoted).join(' ')}</code></pre>`
}

const moment = (iso: string): Markup => html`<time datetime="${iso}">${momentText(iso)}</time>`

/** As a shell must be given it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
