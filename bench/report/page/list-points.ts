// Runs in the report's page: a plot's points as a table, for those who do not see it or want its numbers. It is made
// when it is first opened, so that the file does not hold each number twice.
import type { DrawnPlot } from '../drawn-plot.ts'

const plots: readonly DrawnPlot[] = JSON.parse(document.getElementById('plots')!.textContent!)

function cell(name: 'td' | 'th', text: string): HTMLElement {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

function row(...cells: readonly HTMLElement[]): HTMLTableRowElement {
  const made = document.createElement('tr')
  made.append(...cells)
  return made
}

const xText = (x: number, { scale }: DrawnPlot['x']): string =>
  scale === 'percentile' ? String(Number((100 * (1 - 10 ** -x)).toPrecision(8))) : String(x)

function tableOf({ x, y, series }: DrawnPlot): HTMLTableElement {
  const table = document.createElement('table')
  const head = table.createTHead()
  head.append(row(...['', x.label, y.label].map((text) => cell('th', text))))
  const body = table.createTBody()
  for (const { name, xs, ys } of series)
    for (const [i, value] of xs.entries())
      body.append(row(cell('th', name), cell('td', xText(value, x)), cell('td', String(ys[i]))))
  return table
}

for (const details of document.querySelectorAll<HTMLDetailsElement>('[data-points]'))
  details.addEventListener(
    'toggle',
    () => {
      const plot = plots[Number(details.dataset['points'])]!
      details.querySelector('.scroll')!.append(tableOf(plot))
    },
    { once: true },
  )
